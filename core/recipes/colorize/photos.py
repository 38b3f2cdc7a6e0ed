"""The photos that the colouring network learns from, and those that it is measured on."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image

from core.media import open_image
from core.recipes.common.command_line import show_progress
from core.recipes.common.files import cache_folder
from core.vision.colorization.color_space import grey, to_lab

STORED = 256  # side of a stored photo, px
CELL = 4  # px of a stored photo that have one colour
LEAST_CHROMA = 4.0  # mean, of a photo that counts as being in colour
_HELD_OUT = {"flowers": 0.1, "cats_dogs": 0.1, "bsds500": 0.2, "imagenet_samples": 1.0}


@dataclass(frozen=True)
class Photos:
    """N photos to learn from, made square.

    Attributes
    ----------
    greys : (N, 256, 256) uint8
    colors : (N, 64, 64, 2) int8, mean ab of cells of 4 x 4 pixels
    """

    greys: np.ndarray
    colors: np.ndarray


@dataclass(frozen=True)
class Member:
    """One photo of an archive."""

    archive: Path
    name: str

    def read(self) -> bytes:
        return _opened(self.archive).read(self.name)


def members(data: Path) -> tuple[tuple[Member, ...], tuple[Member, ...]]:
    """Photos to learn from, and those that are held out.

    Flickr8k has its own split; of the others a share is held out, by a hash of the name; of
    ImageNet's all are, so that its classes can be asked of photos that were coloured.
    """
    taught: list[Member] = []
    held_out: list[Member] = []
    for member in _photos(data / "flickr8k.zip"):
        (taught if member.name.startswith("train/") else held_out).append(member)
    for stem, share in _HELD_OUT.items():
        for member in _photos(data / f"{stem}.zip"):
            draw = int(hashlib.sha256(member.name.encode()).hexdigest()[:8], 16) / 2**32
            (held_out if draw < share else taught).append(member)
    return tuple(taught), tuple(held_out)


def read_photos(taught: tuple[Member, ...]) -> Photos:
    """The photos in colour among those of `members`, from the cache if they are there."""
    digest = hashlib.sha256(repr([m.name for m in taught]).encode()).hexdigest()[:8]
    paths = [cache_folder() / f"colorize-{digest}-{kind}.npy" for kind in ("greys", "colors")]
    if not all(path.exists() for path in paths):
        greys = np.empty((len(taught), STORED, STORED), np.uint8)
        colors = np.empty((len(taught), STORED // CELL, STORED // CELL, 2), np.int8)
        kept = 0
        for i, member in enumerate(taught):
            greys[kept], colors[kept], chroma = _stored(member)
            kept += chroma >= LEAST_CHROMA
            if i % 50 == 0:
                show_progress(f"read {i:,} of {len(taught):,} photos")
        show_progress("")
        for path, array in zip(paths, (greys, colors), strict=True):
            np.save(path, array[:kept])
    return Photos(*(np.load(path) for path in paths))


def _stored(member: Member) -> tuple[np.ndarray, np.ndarray, float]:
    image = open_image(member.read(), size_hint=STORED)
    square = image.resize((STORED, STORED), Image.Resampling.BICUBIC, reducing_gap=3.0)
    rgb = np.asarray(square)
    ab = to_lab(rgb)[..., 1:]
    cells = STORED // CELL
    mean = ab.reshape(cells, CELL, cells, CELL, 2).mean(axis=(1, 3))
    chroma = float(np.hypot(*np.moveaxis(ab, -1, 0)).mean())
    return grey(rgb), np.clip(np.rint(mean), -128, 127).astype(np.int8), chroma


def _photos(archive: Path) -> Iterator[Member]:
    for name in sorted(_opened(archive).namelist()):
        if name.lower().endswith((".jpg", ".jpeg", ".png")):
            yield Member(archive, name)


@cache
def _opened(archive: Path) -> zipfile.ZipFile:
    """Opened once: an archive's list of contents takes longer to read than a photo."""
    return zipfile.ZipFile(archive)
