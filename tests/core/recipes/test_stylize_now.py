"""The recipe of what styles a photo at once, on a few pictures."""

from __future__ import annotations

import numpy as np
import pytest

from core.optvis.stylize_now import stylize_now
from core.recipes.stylize_now import __main__ as recipe
from core.recipes.stylize_now.pictures import crops, read_pictures

OPTIONS = ["--size", "32", "--batch", "2", "--validation", "1"]


@pytest.fixture(scope="module")
def archives(workspace, photo, pack):
    """Three photos of each set, and one painting."""
    for stem, numbers in (("imagenet_samples", (0, 1, 2)), ("bsds500", (3, 4, 5))):
        archive = pack({f"{i}.jpg": photo(i, 240) for i in numbers})
        (workspace.data / f"{stem}.zip").write_bytes(archive)
    (workspace.data / "paintings.zip").write_bytes(pack({"wave.jpg": photo(7, 256)}))
    return workspace


def test_held_out_photos_are_not_learned_from(archives):
    pictures = read_pictures(archives.data, validation=1)
    assert (len(pictures.photos), len(pictures.held_out)) == (5, 1)
    assert not any(np.array_equal(pictures.held_out[0], photo) for photo in pictures.photos)
    assert min(pictures.photos[0].shape[:2]) == 224


def test_the_seed_decides_the_crops_and_some_are_their_own_style(archives):
    pictures = read_pictures(archives.data, validation=1)

    def batch() -> tuple[np.ndarray, np.ndarray]:
        return next(crops(pictures, 32, 3, np.random.default_rng(0), itself=1))

    content, style = batch()
    assert content.shape == style.shape == (3, 32, 32, 3)
    np.testing.assert_array_equal(content[0], style[0])
    assert not np.array_equal(content[1], style[1])
    np.testing.assert_array_equal(batch()[0], content)


@pytest.mark.slow
def test_the_recipe_ships_a_decoder_and_goes_on_where_it_was(archives, photo, monkeypatch):
    arguments = ["--data", str(archives.data), *OPTIONS]
    assert recipe.main([*arguments, "--steps", "3"]) == 0
    first = archives.card("optvis/style_decoder")
    assert first["steps"] == 3
    assert recipe.main([*arguments, "--steps", "40"]) == 0
    card = archives.card("optvis/style_decoder")
    assert card["steps"] == 40
    assert card["features"] == ["block2_conv1", "block3_conv1"]
    assert set(card["metrics"]) == {"style_loss_left", "left_by_colors_alone"}
    assert set(card["files"]) == {"style_decoder.bin", "style_decoder.xml"}
    # what was learned brings results closer to their styles than a decoder that draws grey
    assert card["metrics"]["style_loss_left"] < first["metrics"]["style_loss_left"]
    assert stylize_now(photo(0), photo(1), size=64).shape == (64, 64, 3)
    before = archives.cached()
    recipe.main([*arguments, "--steps", "40"])  # nothing is left to do
    assert archives.cached() == before
    again = archives.card("optvis/style_decoder")
    assert again["metrics"] == card["metrics"]
    # the graph's names count up in a process; its constants are the same to the bit
    assert again["files"]["style_decoder.bin"] == card["files"]["style_decoder.bin"]
