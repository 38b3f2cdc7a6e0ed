"""The data: crops of photos, and of pictures with a style."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from core.media import decode, open_image
from core.optvis.pictures import recolored
from core.optvis.style_samples import STYLE_SAMPLES, style_sample

_SHORT_SIDE = 224
_PHOTO_AS_STYLE = 0.2


@dataclass(frozen=True)
class Pictures:
    """Photos to learn from and to measure on, and pictures with a style, uint8 arrays."""

    photos: list[np.ndarray]
    held_out: list[np.ndarray]
    styles: list[np.ndarray]


def read_pictures(data: Path, validation: int = 40) -> Pictures:
    """From `imagenet_samples.zip`, `bsds500.zip` and `paintings.zip` in `data`, and our samples.

    Parameters
    ----------
    validation : so many photos of BSDS500 are held out.
    """
    segmented = [_shrunk(photo) for photo in _members(data / "bsds500.zip")]
    sampled = [_shrunk(photo) for photo in _members(data / "imagenet_samples.zip")]
    paintings = [decode(picture) for picture in _members(data / "paintings.zip")]
    drawn = [decode(style_sample(name)) for name in STYLE_SAMPLES]
    return Pictures(
        photos=segmented[validation:] + sampled,
        held_out=segmented[:validation],
        styles=[*paintings, *drawn],
    )


def crops(
    pictures: Pictures, size: int, batch: int, random: np.random.Generator, *, itself: int = 1
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Endless batches of content and style, (batch, size, size, 3) float32, 0..255.

    Contents are in the colours of their styles, as they are when the network is used.

    Parameters
    ----------
    itself : so many photos of each batch are their own style.
    """
    while True:
        content = [
            _crop(pictures.photos[random.integers(len(pictures.photos))], size, random)
            for _ in range(batch)
        ]
        styles = [*content[:itself], *(_style(pictures, size, random) for _ in content[itself:])]
        colored = map(recolored, content[itself:], styles[itself:])
        yield np.stack([*content[:itself], *colored]), np.stack(styles)


def _style(pictures: Pictures, size: int, random: np.random.Generator) -> np.ndarray:
    """A crop at any scale, in colours that may be exchanged, so that few pictures become many."""
    if random.uniform() < _PHOTO_AS_STYLE:
        picture = pictures.photos[random.integers(len(pictures.photos))]
    else:
        picture = pictures.styles[random.integers(len(pictures.styles))]
    shorter = round(size * random.uniform(1.2, 3.2))
    share = shorter / min(picture.shape[:2])
    if share < 1:
        sides = [max(size, round(share * side)) for side in picture.shape[1::-1]]
        picture = np.asarray(Image.fromarray(picture).resize(sides, Image.Resampling.BOX))
    crop = _crop(picture, size, random)
    return crop[..., random.permutation(3)] if random.uniform() < 0.5 else crop


def _crop(picture: np.ndarray, size: int, random: np.random.Generator) -> np.ndarray:
    top, left = (random.integers(side - size + 1) for side in picture.shape[:2])
    crop = picture[top : top + size, left : left + size].astype(np.float32)
    return crop[:, ::-1] if random.uniform() < 0.5 else crop


def _shrunk(photo: bytes) -> np.ndarray:
    image = open_image(photo, size_hint=_SHORT_SIDE)
    share = _SHORT_SIDE / min(image.size)
    sides = [max(_SHORT_SIDE, round(share * side)) for side in image.size]
    return np.asarray(image.resize(sides, Image.Resampling.BICUBIC))


def _members(path: Path) -> Iterator[bytes]:
    with zipfile.ZipFile(path) as archive:
        for name in sorted(archive.namelist()):
            if name.lower().endswith((".jpg", ".jpeg", ".png")):
                yield archive.read(name)
