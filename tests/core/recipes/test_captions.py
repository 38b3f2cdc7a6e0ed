"""The recipe of the captioner, on eight photos."""

from __future__ import annotations

import numpy as np
import pytest

from core import zoo
from core.recipes.captions import __main__ as recipe
from core.recipes.captions import training
from core.recipes.captions.flickr8k import Photos, read_photos
from core.recipes.captions.training import train
from core.recipes.common.training import TrainingPlan
from core.vision.captioning.network import CaptionDecoder, DecoderSize
from core.vision.captioning.vocabulary import CaptionVocabulary
from core.zoo.keras_runtime import keras, tensorflow

CAPTIONS = ("a cat looks at you", "a woman smiles in a suit", "a cup of coffee on a table")
OPTIONS = ["--epochs", "1", "--batch-size", "3", "--choosing", "2", "--without-standard-tool"]


@pytest.fixture(scope="module")
def flickr8k(workspace, photo, pack, write_lines):
    """Six photos to learn from and two to test on, five captions each."""
    files = {f"train/{i}.jpg": photo(i) for i in range(6)}
    files |= {f"val/{i}.jpg": photo(i) for i in (6, 7)}
    # the same picture as another of the real set
    files["train/2851198725_37b6027625.jpg"] = photo(0)
    (workspace.data / "flickr8k.zip").write_bytes(pack(files))
    lines = [
        f"{name.rpartition('/')[2]}\t{CAPTIONS[i % 3]}"
        for i, name in enumerate(files)
        for _ in range(5)
    ]
    write_lines(workspace.data / "flickr8k_captions.tsv.xz", lines)
    return workspace


@pytest.fixture(scope="module")
def arguments(flickr8k) -> list[str]:
    return ["--data", str(flickr8k.data), *OPTIONS]


@pytest.fixture(scope="module")
def finished(flickr8k, arguments):
    """The workspace after the whole recipe, with few widths and penalties to choose among."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(recipe.measuring, "WIDTHS", (1, 2))
        patch.setattr(recipe.measuring, "PENALTIES", (0.5, 1.0))
        assert recipe.main(arguments) == 0
        yield flickr8k


@pytest.fixture
def memorisable() -> tuple[Photos, CaptionVocabulary, DecoderSize]:
    """Three photos that differ clearly, and a small decoder."""
    maps = np.eye(3, 8, dtype=np.float16)[:, None, None]
    captions = tuple((text,) * 5 for text in CAPTIONS)
    photos = Photos(("cat", "woman", "cup"), captions, np.repeat(maps, 4, axis=2))
    vocabulary = CaptionVocabulary.of([t for texts in captions for t in texts], 1)
    size = DecoderSize(
        len(vocabulary),
        positions=4,
        channels=8,
        max_length=8,
        width=32,
        heads=2,
        layers=1,
        dropout=0.0,
    )
    return photos, vocabulary, size


@pytest.fixture
def eager():
    """Steps run one by one: tracing a graph takes longer than a dozen of them."""
    tensorflow().config.run_functions_eagerly(True)
    yield
    tensorflow().config.run_functions_eagerly(False)


def plan(folder) -> TrainingPlan:
    return TrainingPlan(
        learning_rate=5e-3,
        ema_momentum=0.5,
        batch_size=2,
        seed=0,
        weights=folder / "decoder.weights.h5",
    )


def test_the_picture_that_is_there_twice_is_left_out(flickr8k):
    photos = read_photos(flickr8k.data, "train", recipe.NETWORK, mirrored=True)
    assert photos.names == tuple(f"{i}.jpg" for i in range(6))
    assert photos.captions[1] == (CAPTIONS[1],) * 5
    assert photos.maps.shape[:2] == (6, 2)
    assert not np.array_equal(photos.maps[:, 0], photos.maps[:, 1])  # one is mirrored


@pytest.mark.slow
def test_the_card_says_what_the_captioner_is(finished):
    card = finished.card("captions/captions_flickr8k")
    assert card["decoder"]["network"] == recipe.NETWORK
    assert card["split"].startswith("4 photos of the standard training list to learn from, 2 of")
    assert {"bleu_1", "bleu_4", "beam", "length_penalty", "refining"} <= set(card["metrics"])
    assert [row["beam"] for row in card["metrics"]["by_beam"]] == [1, 2, 2]
    assert card["made"]["keras"] and "pycocoevalcap" not in card["made"]
    for name in card["files"]:
        assert (finished.assets / "captions" / name).exists()


@pytest.mark.slow
def test_the_captioner_is_in_the_zoo(finished):
    spec = zoo.shipped("captions_flickr8k")
    assert spec.card["seed"] == 0
    assert zoo.asset_path(spec, ".words.txt").read_text("utf-8").split()


@pytest.mark.slow
def test_a_second_run_trains_nothing_again(finished, arguments):
    card, files = finished.card("captions/captions_flickr8k"), finished.cached()
    recipe.main(arguments)
    assert finished.cached() == files
    assert finished.card("captions/captions_flickr8k")["metrics"] == card["metrics"]


def test_a_training_learns_and_goes_on_where_it_was_interrupted(
    memorisable, eager, tmp_path, monkeypatch
):
    photos, vocabulary, size = memorisable
    messages: list[str] = []

    def run(name: str) -> list[float]:
        (tmp_path / name).mkdir(exist_ok=True)
        keras().utils.set_random_seed(0)
        return train(CaptionDecoder(size), photos, vocabulary, plan(tmp_path / name), epochs=6)

    def interrupt(text: str) -> None:
        messages.append(text)
        if text.startswith("epoch 3"):
            raise KeyboardInterrupt

    losses = run("whole")
    assert len(losses) == 6
    assert losses[-1] < 0.8 * losses[0]
    monkeypatch.setattr(training, "show_result", interrupt)
    with pytest.raises(KeyboardInterrupt):
        run("interrupted")
    # the seed decides what comes out
    assert messages == [f"epoch {i}: {loss:.4f}" for i, loss in enumerate(losses[:3], start=1)]
    monkeypatch.undo()
    assert run("interrupted") == pytest.approx(losses[2:], rel=1e-3)
