"""Photos that are nearly the same: copies, crops, mirror images, shots of one burst."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from core.learning.findings.neighbours import MOST_EXACT, NeighbourSearch, unit_rows
from core.learning.findings.pairs import DuplicatePair, best_first, crossing

__all__ = ["THUMBNAIL_PX", "DuplicatePair", "crossing", "find_duplicates", "near_duplicates"]

THUMBNAIL_PX = 48

Candidates = tuple[np.ndarray, np.ndarray, np.ndarray]
"""Positions of the photos of pairs, the first before the second, and their cosines."""

# Chosen on flowers and on cats and dogs with 250 altered copies each; see `near_duplicates`.
_MIN_COSINE = 0.8
_MIN_COARSE = 0.95
_MIN_ALIGNED = 0.8

_ROWS, _PAIRS = 256, 64  # at once
_MOST_PER_PHOTO = 5
_COARSE_PX, _WINDOW_PX = 12, 16


def near_duplicates(vectors: np.ndarray, thumbnails: np.ndarray) -> tuple[DuplicatePair, ...]:
    """Pairs of photos that show the same picture, those that overlap best first.

    A pair is a candidate if the network finds the photos alike, or if their tiny thumbnails
    are. It is kept if the outlines agree once the one has been laid over the other, mirrored
    or not, whole or cropped by up to 15 %. Many photos of one picture are all named, but not
    every pair of them: each photo is paired with five others at most.

    Measured here with EfficientNet-Lite0 on 250 altered copies of each kind, the share found in
    flowers and in cats and dogs: resized, at JPEG quality 30, mirrored, grey, contrast: all;
    brightness 40 % up or down: 0.99 or more; cropped by 5 and by 10 %: 0.99 or more; mirrored,
    cropped by 8 % and brighter: 0.98 or more; cropped by 15 %: 0.82 and 0.90; by 20 %: 0.22 and
    0.30. Of the 12 pairs found in the 4,500 photos themselves, 10 are copies or shots of one burst
    and 2 are sunflowers from one series. In 4,000 photos of Flickr8k, which had no part in the
    choice, it finds the copy that is known and one burst, and nothing else.

    Parameters
    ----------
    vectors : (N, D) float32
        Embeddings.
    thumbnails : (N, 48, 48) float32 or uint8, grey, any scale

    Returns
    -------
    tuple of DuplicatePair
    """
    blocks = find_duplicates(vectors, thumbnails)
    return best_first(pair for block in blocks for pair in block)


def find_duplicates(
    vectors: np.ndarray, thumbnails: np.ndarray
) -> Iterator[tuple[DuplicatePair, ...]]:
    """`near_duplicates` step by step, in memory linear in the photos.

    Up to 20,000 photos are compared each with each. Of more, those that may be the same are
    searched for in time that grows little faster than their number, and hardly one is missed; then
    each photo is paired with the five that are most like it, wherever they are.
    """
    count, block = len(thumbnails), THUMBNAIL_PX // _COARSE_PX
    tiny = thumbnails.reshape(count, _COARSE_PX, block, _COARSE_PX, block)
    tiny = tiny.mean(axis=(2, 4), dtype=np.float32)
    tiny, mirrored = _standardised(tiny), _standardised(tiny[:, :, ::-1])
    blocks = _compared if count <= MOST_EXACT else _searched
    for firsts, seconds, cosines in blocks(vectors, tiny, mirrored):
        for at in range(0, firsts.size, _PAIRS):
            i, j, cosine = (all_[at : at + _PAIRS] for all_ in (firsts, seconds, cosines))
            overlap = _aligned(*(thumbnails[k].astype(np.float32, copy=False) for k in (i, j)))
            yield tuple(
                DuplicatePair(int(i[k]), int(j[k]), *map(float, numbers))
                for k, numbers in enumerate(zip(cosine, overlap, strict=True))
                if overlap[k] >= _MIN_ALIGNED
            )
        yield ()


def _compared(vectors: np.ndarray, tiny: np.ndarray, mirrored: np.ndarray) -> Iterator[Candidates]:
    """Every photo with every later one."""
    vectors = unit_rows(vectors)
    for start in range(0, len(tiny), _ROWS):
        rows = slice(start, start + _ROWS)
        cosine = vectors[rows] @ vectors[start:].T
        coarse = np.maximum(tiny[rows] @ tiny[start:].T, tiny[rows] @ mirrored[start:].T)
        worth = _worth(cosine, coarse)
        worth[np.tril_indices(len(worth), m=worth.shape[1])] = -np.inf
        firsts, seconds = _best(worth)
        yield start + firsts, start + seconds, cosine[firsts, seconds]


def _searched(vectors: np.ndarray, tiny: np.ndarray, mirrored: np.ndarray) -> Iterator[Candidates]:
    """Every photo with those that are most like it: by the network, as they are, and mirrored."""
    none = np.empty(0, np.int64)
    searches = [NeighbourSearch(each, most_exact=MOST_EXACT) for each in (vectors, tiny)]
    for search in searches:
        for _ in search.build():
            yield none, none, np.empty(0, np.float32)
    by_network, by_thumbnail = searches
    units, count = by_network.units, len(tiny)
    paired = np.full((count, _MOST_PER_PHOTO), -1)
    for start in range(0, count, _ROWS):
        rows = np.arange(start, min(start + _ROWS, count))
        others = np.concatenate(
            [
                by_network.around(rows, _MOST_PER_PHOTO)[0],
                by_thumbnail.around(rows, _MOST_PER_PHOTO)[0],
                by_thumbnail.nearest(mirrored[rows], _MOST_PER_PHOTO + 1)[0],
            ],
            axis=1,
        )
        others.sort(axis=1)
        cosine = _products(units[rows], units[others])
        coarse = np.maximum(
            _products(tiny[rows], tiny[others]), _products(tiny[rows], mirrored[others])
        )
        worth = _worth(cosine, coarse)
        worth[others == rows[:, None]] = -np.inf
        worth[:, 1:][others[:, 1:] == others[:, :-1]] = -np.inf  # found in two ways
        places, columns = _best(worth)
        firsts, seconds = rows[places], others[places, columns]
        paired[firsts, np.arange(len(firsts)) - np.searchsorted(firsts, firsts)] = seconds
        # what a photo before was paired with comes once
        is_new = (firsts < seconds) | (paired[seconds] != firsts[:, None]).all(axis=1)
        ends = np.sort(np.stack([firsts, seconds])[:, is_new], axis=0)
        yield ends[0], ends[1], cosine[places, columns][is_new]


def _products(rows: np.ndarray, others: np.ndarray) -> np.ndarray:
    """(M, K) of (M, D) and (M, K, D)."""
    return np.einsum("md,mkd->mk", rows, others)


def _worth(cosine: np.ndarray, coarse: np.ndarray) -> np.ndarray:
    """How promising pairs are; -inf for those that are not to be looked at."""
    candidates = np.where((cosine >= _MIN_COSINE) | (coarse >= _MIN_COARSE), 0, -np.inf)
    return candidates + np.maximum(cosine, coarse)


def _best(worth: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Rows and columns of the most promising pairs of each row, row after row."""
    if worth.shape[1] > _MOST_PER_PHOTO:
        columns = np.argpartition(-worth, _MOST_PER_PHOTO, axis=1)[:, :_MOST_PER_PHOTO]
    else:
        columns = np.tile(np.arange(worth.shape[1]), (len(worth), 1))
    rows = np.repeat(np.arange(len(worth)), columns.shape[1])
    columns = columns.ravel()
    kept = worth[rows, columns] > -np.inf
    return rows[kept], columns[kept]


def _aligned(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """(P,): the best correlation of one photo, whole, with a window of the other.

    Gradients are compared: round things on a plain ground, such as flowers, have the same light
    and dark areas without being the same.
    """
    best = np.full(len(first), -1, np.float32)
    for whole, other in ((first, second), (second, first)):
        windows = _WINDOWS[:, None] @ other[:, None, None] @ _WINDOWS.transpose(0, 2, 1)
        windows = _gradients(windows).reshape(len(other), len(_WINDOWS) ** 2, -1)  # (P, W, F)
        small = _WINDOWS[0] @ whole @ _WINDOWS[0].T
        for view in (small, small[:, :, ::-1]):
            best = np.maximum(best, (windows @ _gradients(view)[..., None])[..., 0].max(axis=1))
    return best


def _gradients(images: np.ndarray) -> np.ndarray:
    """(..., S, S) as (..., F) of length 1, or 0 if the image is plain."""
    across = np.diff(images, axis=-1)[..., 1:, :]
    down = np.diff(images, axis=-2)[..., :, 1:]
    flat = np.concatenate([across, down], axis=-1).reshape(*images.shape[:-2], -1)
    return flat / np.maximum(np.linalg.norm(flat, axis=-1, keepdims=True), 1e-6)


def _standardised(images: np.ndarray) -> np.ndarray:
    """(N, 12, 12) as (N, 144) with mean 0 and length 1, or 0 if the image is plain."""
    flat = images.reshape(len(images), _COARSE_PX**2)
    flat = flat - flat.mean(axis=1, keepdims=True)
    return flat / np.maximum(np.linalg.norm(flat, axis=1, keepdims=True), 1e-6)


def _shrinking(start: float, stop: float) -> np.ndarray:
    """(16, 48) float32: averages the part from `start` to `stop`, in [0, 1], of a side."""
    edges = np.linspace(start, stop, _WINDOW_PX + 1)[:, None] * THUMBNAIL_PX
    pixels = np.arange(THUMBNAIL_PX)
    covered = np.minimum(edges[1:], pixels + 1) - np.maximum(edges[:-1], pixels)
    return (covered.clip(min=0) / np.diff(edges, axis=0)).astype(np.float32)


_WINDOWS = np.stack(
    [
        _shrinking(start, start + 1 - cropped)
        for cropped, places in ((0, 1), (0.05, 3), (0.1, 3), (0.15, 4))
        for start in np.linspace(0, cropped, places)
    ]
)
