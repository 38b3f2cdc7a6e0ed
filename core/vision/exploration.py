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
from core.vision.looks import SQUARE_PX, PhotoLooks, rounded, shrunk, thumbnail
from core.vision.photos import prepare_all
from core.vision.quality import find_poor_photos, looked_at
from core.vision.transfer.datasets import ImageDataset

ResultT = TypeVar("ResultT")

_MAX_CLASSES = 1000  # their sums take 105 MiB
_EVERY = 8  # photos between two snapshots: as many as a network takes at once


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
    _check_classes(len(dataset.classes))
    names = tuple(photo.name for photo in dataset.photos)
    step = ExplorationStep(
        stage="photos",
        total=total,
        counts=dataset.counts(),
        sizes=_sizes_of(dataset),
        backbone=backbone,
        names=names,
        labels=dataset.labels,
    )
    yield step

    thumbnails = np.empty((total, THUMBNAIL_PX, THUMBNAIL_PX), np.float32)
    sums = np.zeros((len(dataset.classes), SQUARE_PX, SQUARE_PX, 3), np.uint32)
    tile_px = tile_size(total)
    tiles = np.empty((total if total <= MOST_TILES else 0, tile_px, tile_px, 3), np.uint8)
    measures = []
    looks = on_all_cores((one.data for one in dataset.photos), lambda x: looked_at(x, SQUARE_PX))
    for done, (pixels, measure) in _named(looks, names):
        measures.append(measure)
        thumbnails[done - 1] = thumbnail(pixels)
        if len(tiles):
            tiles[done - 1] = rounded(shrunk(pixels, tile_px))
        sums[dataset.photos[done - 1].label] += pixels
        if done % _EVERY == 0:
            yield replace(step, done=done)
    members = step.counts.values()
    step = replace(
        step,
        sheet=contact_sheet(tiles) if len(tiles) else None,
        mean_image=rounded(sums.sum(axis=0, dtype=np.uint64) / total),
        class_means=np.stack(
            [
                rounded(of_class / max(count, 1))
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


def explored(
    looks: PhotoLooks,
    names: Sequence[str],
    labels: np.ndarray,
    classes: Sequence[str],
    backbone: str = DEFAULT_BACKBONE,
    seed: int = 0,
) -> Iterator[ExplorationStep]:
    """What `explore` finds among photos that were looked at before, but for means and the map.

    Memory is linear in the photos: 4 D + 2,304 bytes each for what is given. Measured with 5,000
    and 20,000 vectors of D = 1,280, each takes 36 kB in all, most of it while labels are reviewed.

    Parameters
    ----------
    looks : of N photos, N >= 1.
    names : of them.
    labels : (N,) int64 in 0..C-1
    classes : C names, at most 1,000.
    backbone : the network that has embedded the photos.
    seed : int >= 0

    Raises
    ------
    InvalidInputError
        If there are more than 1,000 classes.
    """
    _check_classes(len(classes))
    counts = np.bincount(labels, minlength=len(classes)).tolist()
    step = ExplorationStep(
        stage="embeddings",
        done=len(names),
        total=len(names),
        counts=dict(zip(classes, counts, strict=True)),
        sizes=_sizes(looks.widths, looks.heights),
        backbone=backbone,
        names=tuple(names),
        labels=labels,
        quality=find_poor_photos(looks.measures, looks.widths, looks.heights),
    )
    search = _search(looks.vectors, looks.thumbnails)
    yield from after_embedding(step, looks.vectors, search, seed=seed, has_map=False)


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
    for done, pixels in _named(prepare_all(photos, SQUARE_PX), names):
        thumbnails.append(thumbnail(pixels))
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
        sizes=_sizes_of(dataset),
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


def _check_classes(count: int) -> None:
    if count > _MAX_CLASSES:
        raise InvalidInputError(
            f"Expected at most {_MAX_CLASSES:,} classes. Received: {count:,}; put the photos of a "
            "class into one folder."
        )


def _sizes_of(dataset: ImageDataset) -> Sizes:
    widths = np.array([photo.width for photo in dataset.photos], np.int64)
    heights = np.array([photo.height for photo in dataset.photos], np.int64)
    return _sizes(widths, heights)


def _sizes(widths: np.ndarray, heights: np.ndarray) -> Sizes:
    return Sizes(
        widths=widths,
        heights=heights,
        landscape=int((widths > heights).sum()),
        portrait=int((widths < heights).sum()),
        square=int((widths == heights).sum()),
    )
