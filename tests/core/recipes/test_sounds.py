"""The recipe of sounds: its evaluation of heads."""

from __future__ import annotations

import io
import json

import numpy as np
import pytest
import soundfile

from core.recipes.sounds import clips
from core.recipes.sounds.__main__ import main
from core.recipes.sounds.measuring import HeldOutPredictions, by_recording, cross_validate
from core.sound.classification import classify

RATE = 24_000
PITCHES = {"dog": 400, "rain": 1500, "siren": 5000}


def tone(hertz: float, seed: int, noise: float = 0.05) -> bytes:
    """A second of a sound as Ogg Vorbis."""
    times = np.arange(RATE) / RATE
    samples = 0.4 * np.sin(2 * np.pi * hertz * times)
    samples += noise * np.random.default_rng(seed).normal(size=RATE)
    file = io.BytesIO()
    soundfile.write(file, samples.astype(np.float32), RATE, format="OGG", subtype="VORBIS")
    return file.getvalue()


@pytest.fixture(scope="module")
def archives(workspace, pack):
    """Three classes by pitch, in three folds of ESC-10 and as many of UrbanSound8K."""
    esc10 = {
        f"00{i} - {name.title()}/{fold}-{i}{fold}{take}-A.ogg": tone(hertz, 10 * fold + take)
        for i, (name, hertz) in enumerate(PITCHES.items())
        for fold in (1, 2, 4)
        for take in (0, 1)
    }
    urban = {
        f"fold{fold}/{fold}{label}{take}-{label}-0-0.ogg": tone(hertz, 50 + 10 * fold + take)
        for label, hertz in zip((3, 5, 8), PITCHES.values(), strict=True)
        for fold in (1, 2, 10)
        for take in (0, 1)
    }
    (workspace.data / "esc10.zip").write_bytes(pack(esc10))
    (workspace.data / "urbansound8k_part.zip").write_bytes(pack(urban))
    return workspace


@pytest.fixture(scope="module")
def finished(archives):
    assert main(["--data", str(archives.data)]) == 0
    return archives


def figures(workspace) -> dict:
    return json.loads((workspace.assets / "sounds" / "figures.json").read_text("utf-8"))


def test_labels_folds_and_recordings_are_those_of_the_names(finished):
    esc10 = clips.read_esc10(finished.data / "esc10.zip")
    assert esc10.classes == ("dog", "rain", "siren")
    assert sorted(set(esc10.folds.tolist())) == [1, 2, 4]
    urban = clips.read_urbansound8k(finished.data / "urbansound8k_part.zip")
    assert urban.classes == ("dog_bark", "engine_idling", "siren")
    assert sorted(set(urban.folds.tolist())) == [1, 2, 10]
    assert len(set(urban.sources.tolist())) == 18


def test_every_head_has_a_card_and_figures_by_fold(finished):
    for name, sources in (
        ("birds", ["birds"]),
        ("photos", ["photos"]),
        ("photos_birds", ["photos", "birds"]),
    ):
        card = finished.card(f"sounds/sounds_{name}")
        assert card["sources"] == sources
        assert len(card["classes"]) == 5  # sirens are in both
        assert list(card["files"]) == [f"sounds_{name}.head.npz"]
        assert {"accuracy", "folds", "macro_f1", "esc10", "confusion"} <= set(card["metrics"])
        assert card["metrics"]["esc10"]["accuracy"] > 0.6  # by chance a third
    protocol = figures(finished)["esc10"]
    assert protocol["clips"] == 18 and protocol["recordings"] == 18
    assert set(protocol["by_fold"]) == {"photos", "book", "birds", "both"}
    assert [row["clips"] for row in protocol["by_clips"]["birds"]] == [1, 2, 5, 10, 20, None]


def test_the_app_classifies_by_what_was_written(finished):
    assert classify(tone(5000, 99)).labels[0] == "siren"


def test_a_second_run_encodes_and_measures_nothing_again(finished, monkeypatch):
    before, card = finished.cached(), finished.card("sounds/sounds_birds")
    path = finished.assets / "sounds" / "figures.json"
    path.write_text(json.dumps({**figures(finished), "urbansound8k": figures(finished)["esc10"]}))
    main(["--data", str(finished.data)])
    assert finished.cached() == before
    assert figures(finished)["urbansound8k"] == figures(finished)["esc10"]  # as it was left
    again = finished.card("sounds/sounds_birds")
    assert again["files"] == card["files"]  # the same weights to the bit


def predictions(right: list[bool]) -> HeldOutPredictions:
    labels = np.zeros(len(right), np.int64)
    probabilities = np.where(np.array(right)[:, None], [1.0, 0.0], [0.0, 1.0]).astype(np.float32)
    return HeldOutPredictions(("a", "b"), labels, probabilities, np.ones(len(right), np.int64))


def test_mistakes_are_counted_by_recording():
    recordings = np.array(["x"] * 6 + ["y"] * 3 + ["z"] * 2 + ["w"])
    right = [False] * 5 + [True] + [True, True, False] + [True, False] + [True]
    assert by_recording(predictions(right), recordings) == {"right": 0.5, "half_of_mistakes": 1}
    assert by_recording(predictions([True] * 12), recordings) == {
        "right": 1.0,
        "half_of_mistakes": 0,
    }
    spread = [False, True, True, True, True, True, False, True, True, False, True, True]
    assert by_recording(predictions(spread), recordings)["half_of_mistakes"] == 2


def test_a_fold_is_predicted_by_a_head_that_has_not_learned_from_it():
    """Labels that depend on nothing but the clip cannot be guessed in a fold left out."""
    generator = np.random.default_rng(0)
    vectors = generator.normal(0, 1, (120, 20)).astype(np.float32)
    labels, folds = np.arange(120) % 2, np.repeat([1, 2, 3], 40)
    result = cross_validate([vectors], labels, ("a", "b"), folds)
    assert 0.3 < result.summary()["accuracy"] < 0.7
    vectors[:, 0] += 6 * labels
    assert cross_validate([vectors], labels, ("a", "b"), folds).summary()["accuracy"] > 0.9
