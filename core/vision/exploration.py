"""A first look at photos: sizes, means, what is wrong with them, near duplicates, a map."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

from core.engine import on_all_cores
from core.errors import InvalidInputError
from core.learning.findings.first_look import FirstLookStep, Found, after_embedding
from core.learning.findings.pairs import DuplicatePair, best_first, moved_pairs
from core.vision.classification import DEFAULT_BACKBONE, embed_all
from core.vision.contact_sheet import MOST_TILES, ContactSheet, contact_sheet, tile_size
from core.vision.duplicates import THUMBNAIL_PX, find_duplicates
from core.vision.photos import prepare_all
from core.vision.quality import find_poor_photos, looked_at
from core.vision.transfer.datasets import ImageDataset

ResultT = TypeVar("ResultT")

MEAN_PX = 96
_MAX_CLASSES = 1000  # their sums take 105 MiB
_EVERY = 8  # photos between two snapshots: as many as a network takes at once
_LUMA = np.array([0.299, 0.587, 0.114], np.float32)  # ITU-R BT.601


@dataclass(frozen=True, slots=True)
class Sizes:
    """Sizes of N photos, and how many are of each shape."""

    widths: np.ndarray  # (N,) int64 [pixels], as heights
    heights: np.ndarray
    landscape: int
    portrait: int
    square: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplorationStep(FirstLookStep):
    """What is known of N photos of C classes so far; None is not known yet."""

    sizes: Sizes
    backbone: str
    sheet: ContactSheet | None = None  # the squares that networks see, small; not of too many
    mean_image: np.ndarray | None = None  # (96, 96, 3) uint8, of these squares
    class_means: np.ndarray | None = None  # (C, 96, 96, 3) uint8; black for an empty class


def explore(
    dataset: ImageDataset, backbone: str = DEFAULT_BACKBONE, seed: int = 0
) -> Iterator[ExplorationStep]:
    """Look at a data set, with a snapshot several times a second; the last has everything.

    Parameters
    ----------
    dataset : ImageDataset with at least one photo and at most 1,000 classes.
    backbone : the network that embeds the photos, as for `core.vision.classification.embed`.
    seed : int >= 0, of the map.

    Raises
    ------
    InvalidInputError
        If there are no photos or more than 1,000 classes, or a photo cannot be decoded; its
        name is in the message.
    UnknownNameError, WeightsUnavailableError, MemoryBudgetError
        As for `core.vision.classification.embed`.
    """
    total = len(dataset.photos)
    if not total:
        raise InvalidInputError("Expected at least one photo to explore. Received: none.")
    if len(dataset.classes) > _MAX_CLASSES:
        raise InvalidInputError(
            f"Expected at most {_MAX_CLASSES:,} classes. Received: {len(dataset.classes):,}; "
            "put the photos of a class into one folder."
        )
    names = tuple(photo.name for photo in dataset.photos)
    step = ExplorationStep(
        stage="photos",
        total=total,
        counts=dataset.counts(),
        sizes=_sizes(dataset),
        backbone=backbone,
        names=names,
        labels=dataset.labels,
    )
    yield step

    thumbnails = np.empty((total, THUMBNAIL_PX, THUMBNAIL_PX), np.float32)
    sums = np.zeros((len(dataset.classes), MEAN_PX, MEAN_PX, 3), np.uint32)
    tile_px = tile_size(total)
    tiles = np.empty((total if total <= MOST_TILES else 0, tile_px, tile_px, 3), np.uint8)
    measures = []
    looks = on_all_cores((one.data for one in dataset.photos), lambda x: looked_at(x, MEAN_PX))
    for done, (pixels, measure) in _named(looks, names):
        measures.append(measure)
        thumbnails[done - 1] = _thumbnail(pixels)
        if len(tiles):
            tiles[done - 1] = _rounded(_shrunk(pixels, tile_px))
        sums[dataset.photos[done - 1].label] += pixels
        if done % _EVERY == 0:
            yield replace(step, done=done)
    members = step.counts.values()
    step = replace(
        step,
        sheet=contact_sheet(tiles) if len(tiles) else None,
        mean_image=_rounded(sums.sum(axis=0, dtype=np.uint64) / total),
        class_means=np.stack(
            [
                _rounded(of_class / max(count, 1))
                for of_class, count in zip(sums, members, strict=True)
            ]
        ),
        quality=find_poor_photos(measures, step.sizes.widths, step.sizes.heights),
        stage="embeddings",
    )
    yield step

    rows = []
    embedded = embed_all((photo.data for photo in dataset.photos), backbone=backbone)
    for done, row in _named(embedded, names):
        rows.append(row)
        if done % _EVERY == 0:
            yield replace(step, done=done)
    vectors = np.stack(rows)
    yield from after_embedding(step, vectors, _search(vectors, thumbnails), seed=seed)


def _search(vectors: np.ndarray, thumbnails: np.ndarray) -> Iterator[Found]:
    """Near duplicates as they are found, and how far the search is by about then."""
    last = 0
    for pairs in find_duplicates(vectors, thumbnails):
        last = max([last, *(pair.first for pair in pairs)])
        yield last / len(vectors), pairs


@dataclass(frozen=True, slots=True)
class DuplicatesStep:
    """Near duplicates so far, those that overlap best first, and how much of the work is done."""

    pairs: tuple[DuplicatePair, ...]
    share: float


def duplicates_among(
    photos: Sequence[bytes], *, backbone: str = DEFAULT_BACKBONE
) -> Iterator[DuplicatesStep]:
    """The near duplicates of `explore` among photos without labels.

    Parameters
    ----------
    photos : encoded, at least one.

    Raises
    ------
    InvalidInputError
        If there are none, or one cannot be used; its number is in the message.
    UnknownNameError, WeightsUnavailableError, MemoryBudgetError
        As for `core.vision.classification.embed`.
    """
    total = len(photos)
    if not total:
        raise InvalidInputError("Expected at least one photo. Received: none.")
    names = [f"Photo {number}" for number in range(1, total + 1)]
    thumbnails, rows = [], []
    for done, pixels in _named(prepare_all(photos, MEAN_PX), names):
        thumbnails.append(_thumbnail(pixels))
        if done % _EVERY == 0:
            yield DuplicatesStep((), 0.3 * done / total)
    for done, row in _named(embed_all(photos, backbone=backbone), names):
        rows.append(row)
        if done % _EVERY == 0:
            yield DuplicatesStep((), 0.3 + 0.6 * done / total)
    pairs: tuple[DuplicatePair, ...] = ()
    for share, more in _search(np.stack(rows), np.stack(thumbnails)):
        pairs = best_first((*pairs, *more))
        yield DuplicatesStep(pairs, 0.9 + 0.1 * share)
    yield DuplicatesStep(pairs, 1.0)


def corrected(step: ExplorationStep, dataset: ImageDataset, origin: np.ndarray) -> ExplorationStep:
    """The exploration of a data set after corrections, without looking at its photos again.

    Parameters
    ----------
    step : what is known of the data set as it was.
    dataset : the same with some photos left out or put into other classes.
    origin : (M,) int64, ascending: where each photo of `dataset` was.

    Returns
    -------
    ExplorationStep
        For the photos of `dataset`. The mean images stay those of all photos as they were, and so
        does the contact sheet: photo `i` is its tile `origin[i]`. Quality and review are of all
        photos, with the labels that they had, and are left to `step`.
    """
    return replace(
        step,
        counts=dataset.counts(),
        sizes=_sizes(dataset),
        names=tuple(photo.name for photo in dataset.photos),
        labels=dataset.labels,
        vectors=None if step.vectors is None else step.vectors[origin],
        duplicates=None if step.duplicates is None else moved_pairs(step.duplicates, origin),
        positions=None if step.positions is None else step.positions[origin],
        quality=None,
        review=None,
    )


def _named(
    results: Iterator[ResultT | InvalidInputError], names: Sequence[str]
) -> Iterator[tuple[int, ResultT]]:
    """Results with the number of the photo, from 1; an error gets the name of the photo."""
    for number, (name, result) in enumerate(zip(names, results, strict=True), start=1):
        if isinstance(result, InvalidInputError):
            raise InvalidInputError(f"{name}: {result} Leave this photo out.") from result
        yield number, result


def _sizes(dataset: ImageDataset) -> Sizes:
    widths = np.array([photo.width for photo in dataset.photos], np.int64)
    heights = np.array([photo.height for photo in dataset.photos], np.int64)
    return Sizes(
        widths=widths,
        heights=heights,
        landscape=int((widths > heights).sum()),
        portrait=int((widths < heights).sum()),
        square=int((widths == heights).sum()),
    )


def _shrunk(pixels: np.ndarray, side: int) -> np.ndarray:
    """(96, 96, 3) uint8 as (side, side, 3) float32; `side` divides 96."""
    block = MEAN_PX // side
    total = np.zeros((side, side, 3), np.uint16)
    for row, column in np.ndindex(block, block):
        total += pixels[row::block, column::block]
    return total / np.float32(block * block)


def _thumbnail(pixels: np.ndarray) -> np.ndarray:
    """(96, 96, 3) uint8 as (48, 48) float32, grey."""
    grey: np.ndarray = _shrunk(pixels, THUMBNAIL_PX).dot(_LUMA)
    return grey


def _rounded(means: np.ndarray) -> np.ndarray:
    return np.rint(means).astype(np.uint8)
