"""What the colouring network learns from, and how good what came of it is."""

from __future__ import annotations

import io
import zipfile

import numpy as np
import pytest
from PIL import Image

from core.recipes.colorize import __main__ as recipe
from core.recipes.colorize import measuring, training
from core.recipes.colorize.photos import CELL, STORED, Photos, members, read_photos
from core.recipes.colorize.training import batch, frequency
from core.recipes.common.training import TrainingPlan
from core.vision.colorization.bins import NEIGHBOURS, bins, rebalancing, soft_bins
from core.vision.colorization.network import colorizing_network
from core.zoo.keras_runtime import keras


@pytest.fixture
def archives(tmp_path):
    """Small archives of the names that the recipe asks for: red photos, and a grey one each."""
    names = {
        "flickr8k": ["train/a.jpg", "train/b.jpg", "val/c.jpg"],
        "flowers": [f"daisy/{i:04}.jpg" for i in range(30)],
        "cats_dogs": ["cats/0000.jpg"],
        "bsds500": ["1.jpg"],
        "imagenet_samples": ["n1_tench.jpg", "n2_goldfish.jpg"],
    }
    for stem, files in names.items():
        with zipfile.ZipFile(tmp_path / f"{stem}.zip", "w") as archive:
            for name in files:
                color = (120, 120, 120) if name == "train/b.jpg" else (200, 40, 30)
                file = io.BytesIO()
                Image.new("RGB", (40, 30), color).save(file, "JPEG")
                archive.writestr(name, file.getvalue())
    return tmp_path


def test_no_photo_is_both_learned_from_and_measured_on(archives):
    taught, held_out = members(archives)
    assert not set(taught) & set(held_out)
    assert {m.name for m in held_out if m.archive.stem == "flickr8k"} == {"val/c.jpg"}
    assert not any(m.archive.stem == "imagenet_samples" for m in taught)
    shares = [sum(m.archive.stem == "flowers" for m in part) for part in (taught, held_out)]
    assert sum(shares) == 30
    assert shares[1] > 0


def test_grey_photos_are_not_learned_from(archives, monkeypatch, tmp_path):
    monkeypatch.setenv("GRAFT_CACHE", str(tmp_path / "cache"))
    taught, _ = members(archives)
    photos = read_photos(taught)
    assert len(photos.greys) == len(photos.colors) == len(taught) - 1
    assert photos.colors[0, 0, 0, 0] > 50  # a of red


def test_a_crop_has_the_colors_of_its_own_place():
    """Grey levels say where a cell lies, and so do its colours."""
    cells = STORED // CELL
    places = np.arange(cells)
    greys = np.repeat(np.repeat(places[None, :] + 4 * places[:, None] % 128, CELL, 0), CELL, 1)
    colors = np.stack(np.meshgrid(places, places), axis=-1)  # a is the column, b the row
    photos = Photos(greys[None].astype(np.uint8), colors[None].astype(np.int8))
    even = np.ones(len(bins()), np.float32)
    maps, targets = batch(photos, 2, even, np.random.default_rng(0))
    for light, target in zip(maps["light"], targets, strict=True):
        level = np.rint(light.mean(axis=-1) * 255)
        numbers, shares = target[..., :NEIGHBOURS].astype(int), target[..., NEIGHBOURS:]
        column, row = np.moveaxis((bins()[numbers] * shares[..., None]).sum(axis=-2), -1, 0)
        correlation = np.corrcoef((column + 4 * row % 128).ravel(), level.ravel())[0, 1]
        assert correlation > 0.9


def test_rare_colors_count_more_and_the_mean_weight_is_one():
    colors = np.zeros((4, 8, 8, 2), np.int8)
    colors[0, 0, 0] = (60, 50)
    counts = frequency(Photos(np.empty(0), colors))
    weights = rebalancing(counts)
    usual, rare = (soft_bins(np.array(ab))[0][0] for ab in ((0, 0), (60, 50)))
    assert weights[rare] > 5 * weights[usual]
    assert counts[usual] > 0.99


@pytest.mark.slow
def test_colors_are_better_than_none_on_photos_it_has_not_seen(shared_data):
    _, held_out = members(shared_data)
    metrics = measuring.measure(held_out[::8])
    painted, grey = metrics["painted"], metrics["grey"]
    assert painted["balanced_auc"] >= grey["balanced_auc"] + 0.05
    assert painted["auc"] >= grey["auc"]
    assert painted["ciede2000"] <= grey["ciede2000"]
    assert painted["chroma"] >= 0.6 * painted["true_chroma"]
    assert metrics["top1"]["painted"] > metrics["top1"]["grey"]


@pytest.fixture(scope="module")
def red_photos(workspace, pack):
    """Archives of few photos, red but for their texture and a stripe of every colour."""

    def red(number: int) -> bytes:
        texture = np.random.default_rng(number).integers(60, 200, (64, 64, 1))
        pixels = (texture * np.array([1.0, 0.25, 0.2])).astype(np.uint8)
        pixels[:, :16] = np.random.default_rng(number).integers(0, 256, (64, 16, 3))
        file = io.BytesIO()
        Image.fromarray(pixels).resize((256, 256)).save(file, "JPEG")
        return file.getvalue()

    names = {
        "flickr8k": [*(f"train/{i}.jpg" for i in range(6)), "val/6.jpg"],
        "flowers": ["daisy/0000.jpg"],
        "cats_dogs": ["cats/0000.jpg"],
        "bsds500": ["1.jpg"],
        "imagenet_samples": ["n01440764_tench.jpg"],
    }
    for stem, files in names.items():
        archive = pack({name: red(i) for i, name in enumerate(files)})
        (workspace.data / f"{stem}.zip").write_bytes(archive)
    return workspace


@pytest.mark.slow
def test_the_recipe_ships_a_network_and_goes_on_where_it_was_interrupted(red_photos, monkeypatch):
    folders = red_photos
    arguments = ["--data", str(folders.data), "--steps", "24", "--batch-size", "2"]
    arguments += ["--choosing", "1"]
    losses: list[list[float]] = []

    def recording(*args, **options):
        losses.append(training.train(*args, **options))
        return losses[-1]

    def interrupt(text: str) -> None:
        if text.startswith("step 21"):
            raise KeyboardInterrupt

    monkeypatch.setattr(recipe, "train", recording)
    monkeypatch.setattr(training, "_CHECKPOINT_STEPS", 8)
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(training, "show_progress", interrupt)
        recipe.main(arguments)
    assert recipe.main(arguments) == 0
    (resumed,) = losses
    assert len(resumed) == 8  # after the second checkpoint, at step 16
    card = folders.card("colors/colorizer")
    assert card["steps"] == 24
    assert card["temperature"] in measuring.TEMPERATURES
    assert {"photos", "painted", "grey", "mean_color", "top1"} <= set(card["metrics"])
    assert set(card["files"]) == {"colorizer.bin", "colorizer.frequency.npy", "colorizer.xml"}
    before = folders.cached()
    recipe.main(arguments)
    assert len(losses) == 1 and folders.cached() == before
    assert folders.card("colors/colorizer")["metrics"] == card["metrics"]


@pytest.mark.slow
def test_the_loss_falls_and_the_seed_decides(tmp_path):
    generator = np.random.default_rng(0)
    photos = Photos(
        generator.integers(0, 256, (2, STORED, STORED)).astype(np.uint8),
        np.full((2, STORED // CELL, STORED // CELL, 2), (50, 40), np.int8),
    )

    def run(name: str) -> list[float]:
        plan = TrainingPlan(
            learning_rate=1e-3,
            ema_momentum=0.5,
            batch_size=2,
            seed=0,
            weights=tmp_path / f"{name}.weights.h5",
        )
        keras().utils.set_random_seed(0)
        return training.train(colorizing_network(), photos, plan, steps=8)

    losses = run("first")
    assert losses[-1] < 0.8 * losses[0]
    assert run("again") == pytest.approx(losses, rel=1e-3)
