"""The recipe of the small pictures that the transfer lab opens on."""

from __future__ import annotations

from core.recipes.style_tiles import main
from core.vision.transfer.datasets import ImageDataset


def test_pictures_are_drawn_each_with_a_seed_of_its_own(workspace):
    assert main(["--each", "2"]) == 0
    tiles = workspace.assets / "style_tiles.zip"
    dataset = ImageDataset.from_zip(tiles)
    assert set(dataset.counts().values()) == {2} and len(dataset.classes) == 6
    assert len({photo.data for photo in dataset.photos}) == 12
    before = tiles.read_bytes()
    main(["--each", "2"])
    assert tiles.read_bytes() == before
