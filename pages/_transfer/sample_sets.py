"""Data sets to start with: drawn by this app, or from packages that are installed anyway."""

from __future__ import annotations

import gzip
import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PIL import Image

from core.media import decode, encode_png
from core.settings import settings
from core.vision.transfer.datasets import ImageDataset
from pages._ui.samples import packaged_file

_Classes = dict[str, list[tuple[str, bytes]]]

_TILE_PX = 64
_TEXTURES = ("brick", "grass", "gravel")
_DIGITS_EACH = 60
_DIGIT_PX = 64
_INK = 16  # the largest value of a pixel
_FACES = 100  # come first, then as many pieces of background
_FACE_PX = 100


@dataclass(frozen=True, slots=True)
class SampleSet:
    """Photos with classes; `credit` says where they come from."""

    name: str
    credit: str
    classes: Callable[[], _Classes]

    def dataset(self) -> ImageDataset:
        """The photos, read and checked."""
        return ImageDataset.from_classes(self.classes())


def _styles() -> _Classes:
    """What `python -m core.recipes.style_tiles` has drawn."""
    classes: _Classes = {}
    with zipfile.ZipFile(settings().assets / "style_tiles.zip") as archive:
        for name in archive.namelist():
            classes.setdefault(name.split("/")[0], []).append((name, archive.read(name)))
    return classes


def _textures() -> _Classes:
    """Tiles that do not overlap, 64 of each photo."""
    classes = {}
    for name in _TEXTURES:
        pixels = decode(packaged_file("skimage", f"data/{name}.png"))
        rows, columns = (side // _TILE_PX for side in pixels.shape[:2])
        tiles = pixels.reshape(rows, _TILE_PX, columns, _TILE_PX, 3).swapaxes(1, 2)
        classes[name] = [
            (f"{name}/row {r + 1} column {c + 1}.png", encode_png(tiles[r, c]))
            for r in range(rows)
            for c in range(columns)
        ]
    return classes


def _digits() -> _Classes:
    """The first sixty of each digit, as dark ink on white."""
    table = gzip.decompress(packaged_file("sklearn", "datasets/data/digits.csv.gz"))
    rows = np.loadtxt(io.BytesIO(table), delimiter=",", dtype=np.int64)
    pictures = (255 - rows[:, :-1] * 255 // _INK).reshape(-1, 8, 8)
    return {
        f"{digit}": _enlarged(
            pictures[rows[:, -1] == digit][:_DIGITS_EACH], _DIGIT_PX, f"{digit}/digit"
        )
        for digit in range(10)
    }


def _faces() -> _Classes:
    pieces = np.load(io.BytesIO(packaged_file("skimage", "data/lfw_subset.npy")))
    pixels = np.rint(pieces * 255)
    return {
        "face": _enlarged(pixels[:_FACES], _FACE_PX, "face/face"),
        "no face": _enlarged(pixels[_FACES:], _FACE_PX, "no face/background"),
    }


def _enlarged(pictures: np.ndarray, side: int, name: str) -> list[tuple[str, bytes]]:
    """Named PNG files of (N, h, w) grey pictures in 0..255."""
    images = (Image.fromarray(picture.astype(np.uint8)) for picture in pictures)
    return [
        (
            f"{name} {number}.png",
            encode_png(np.asarray(image.resize((side, side), Image.Resampling.BICUBIC))),
        )
        for number, image in enumerate(images, start=1)
    ]


SAMPLE_SETS: dict[str, SampleSet] = {
    sample.name: sample
    for sample in (
        SampleSet(
            "Painting styles",
            "24 small pictures in each of six styles, drawn by this app's own code. Each is a "
            "piece of a picture of its own, so that training and test share none.",
            _styles,
        ),
        SampleSet(
            "Textures",
            "64 tiles of each of three photos that come with scikit-image: brick and gravel from "
            "CC0Textures, grass by linolafett, all CC0. The tiles do not overlap, but training "
            "and test are pieces of the same three photos.",
            _textures,
        ),
        SampleSet(
            "Digits",
            "The first 60 of each digit in scikit-learn's copy of the test set of Optical "
            "Recognition of Handwritten Digits (E. Alpaydin, UCI, 1998; no licence stated), "
            "8 x 8 pixels enlarged to 64. So few pixels are often alike without being copies.",
            _digits,
        ),
        SampleSet(
            "Faces",
            "100 faces and 100 pieces of background that come with scikit-image, from Labeled "
            "Faces in the Wild (Huang et al., 2012; no licence stated), 25 x 25 pixels enlarged "
            "to 100.",
            _faces,
        ),
    )
}
"""Small data sets that the app has drawn, and those of scikit-image and scikit-learn."""

DEFAULT_SET = "Painting styles"
