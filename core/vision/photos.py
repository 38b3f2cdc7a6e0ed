"""Many photos prepared for a network, on all cores."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import numpy as np

from core.engine import machine
from core.errors import InvalidInputError, without_frames
from core.vision.preparation import Region, prepare

ResultT = TypeVar("ResultT")
_AHEAD_PER_THREAD = 8


def prepare_all(
    photos: Iterable[bytes], size: int, region: Region | None = None
) -> Iterator[np.ndarray | InvalidInputError]:
    """`prepare` many photos on all cores, in order and in constant memory.

    A photo that cannot be used is handed over as the error that says why.
    """
    return on_all_cores(photos, lambda photo: prepare(photo, size, region))


def on_all_cores(
    photos: Iterable[bytes], work: Callable[[bytes], ResultT]
) -> Iterator[ResultT | InvalidInputError]:
    """What some work makes of many photos, as `prepare_all`."""

    def result_or_error(photo: bytes) -> ResultT | InvalidInputError:
        try:
            return work(photo)
        except InvalidInputError as err:
            return without_frames(err)

    threads = machine().cores
    with ThreadPoolExecutor(threads, thread_name_prefix="decode") as pool:
        waiting: deque = deque()
        for photo in photos:
            waiting.append(pool.submit(result_or_error, photo))
            if len(waiting) > threads * _AHEAD_PER_THREAD:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


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
