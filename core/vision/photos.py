"""Many photos prepared for a network, on all cores."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from core.engine import on_all_cores
from core.errors import InvalidInputError
from core.vision.preparation import Region, prepare


def prepare_all(
    photos: Iterable[bytes], size: int, region: Region | None = None
) -> Iterator[np.ndarray | InvalidInputError]:
    """`prepare` many photos on all cores, in order and in constant memory.

    A photo that cannot be used is handed over as the error that says why.
    """
    return on_all_cores(photos, lambda photo: prepare(photo, size, region))


def batches(
    pictures: Iterable[np.ndarray | InvalidInputError], size: int = 8
) -> Iterator[np.ndarray]:
    """Pictures stacked, `size` at a time, the last batch as it comes.

    Raises
    ------
    InvalidInputError
        The first that is among the pictures.
    """
    batch: list[np.ndarray] = []
    for picture in pictures:
        if isinstance(picture, InvalidInputError):
            raise picture
        batch.append(picture)
        if len(batch) == size:
            yield np.stack(batch)
            batch = []
    if batch:
        yield np.stack(batch)
