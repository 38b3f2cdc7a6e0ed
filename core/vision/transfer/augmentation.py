"""Other views of a photo, so that a classifier does not learn how it happened to be framed."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from PIL import Image, ImageEnhance

from core.engine import machine
from core.media import open_image

_SHARE = (0.5, 1.0)  # of the photo's area
_RATIO = (3 / 4, 4 / 3)  # width over height
_BRIGHTNESS = (0.8, 1.2)


def augment(photo: bytes, size: int, generator: np.random.Generator) -> np.ndarray:
    """A random part of a photo, perhaps mirrored, a little brighter or darker.

    Parameters
    ----------
    photo : an encoded photo.
    size : int [px]
    generator : decides; the same state gives the same picture.

    Returns
    -------
    (size, size, 3) uint8

    References
    ----------
    The random resized crop of Szegedy et al. (2014), https://arxiv.org/abs/1409.4842, with half
    of the photo as the least that is kept, since small data sets show one thing a photo.
    """
    image = open_image(photo, size_hint=size)
    width, height = image.size
    area = width * height * generator.uniform(*_SHARE)
    ratio = np.exp(generator.uniform(*np.log(_RATIO)))
    box_width = min(width, round((area * ratio) ** 0.5))
    box_height = min(height, round((area / ratio) ** 0.5))
    left = int(generator.integers(0, width - box_width + 1))
    top = int(generator.integers(0, height - box_height + 1))
    box = (left, top, left + box_width, top + box_height)
    view = image.resize((size, size), Image.Resampling.BICUBIC, box=box, reducing_gap=3.0)
    if generator.random() < 0.5:
        view = view.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    return np.asarray(ImageEnhance.Brightness(view).enhance(generator.uniform(*_BRIGHTNESS)))


def augment_all(photos: Sequence[bytes], size: int, generator: np.random.Generator) -> np.ndarray:
    """`augment` N photos on all cores: (N, size, size, 3) uint8."""
    generators = generator.spawn(len(photos))
    with ThreadPoolExecutor(machine().cores, thread_name_prefix="augment") as pool:
        return np.stack(list(pool.map(augment, photos, [size] * len(photos), generators)))
