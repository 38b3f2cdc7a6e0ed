"""Texts that are nearly the same: copies, quotations, one template filled in twice.

References
----------
Shingles: Broder (1997), On the resemblance and containment of documents,
https://doi.org/10.1109/SEQUEN.1997.666900
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from zlib import crc32

import numpy as np

from core.learning.findings.neighbours import NeighbourSearch
from core.learning.findings.pairs import DuplicatePair

_SHINGLE_WORDS = 4
_MIN_COSINE = 0.8
_MIN_OVERLAP = 0.5
_NEIGHBOURS = 5
_ROWS = 512  # texts that are compared at once
_WORD = re.compile(r"\w+")
_MOST_SHINGLES = 2_000


def shingles(text: str) -> np.ndarray:
    """The different runs of four words of a text, as sorted (n,) uint32 numbers.

    A text of fewer words is one run. Of a long text every second, third ... number is left away,
    chosen by the number itself, so that like texts keep the same.
    """
    words = _WORD.findall(text.lower())
    count = max(1, len(words) - _SHINGLE_WORDS + 1)
    runs = (" ".join(words[i : i + _SHINGLE_WORDS]) for i in range(count))
    return np.unique(np.array([crc32(run.encode()) for run in runs], np.uint32))[:_MOST_SHINGLES]


def overlap(first: np.ndarray, second: np.ndarray) -> float:
    """How much of the shorter text is in the other one, in [0, 1], by their `shingles`."""
    shorter = min(len(first), len(second))
    if max(len(first), len(second)) >= _MOST_SHINGLES:  # each has its smallest numbers
        top = min(first[-1], second[-1])
        first, second = first[first <= top], second[second <= top]
        shorter = max(1, min(len(first), len(second)))
    common = len(np.intersect1d(first, second, assume_unique=True))
    return common / shorter


def find_duplicates(
    texts: Sequence[str], digests: Sequence[str], vectors: np.ndarray
) -> Iterator[tuple[float, tuple[DuplicatePair, ...]]]:
    """Near duplicates step by step: the share of the work that is done, and pairs.

    A pair is a candidate if one is among the five most similar embeddings of the other. It is kept
    if half of the runs of four words of the shorter text are in the other one. Copies are each
    paired with the first text of their content.

    Parameters
    ----------
    texts, digests : N of them, and what tells whether two are the same.
    vectors : (N, D) float32, their embeddings.
    """
    place: dict[str, int] = {}
    copies = []
    for position, digest in enumerate(digests):
        first = place.setdefault(digest, position)
        if first != position:
            copies.append(DuplicatePair(first, position, 1.0, 1.0))
    yield 0.0, tuple(copies)
    different = np.fromiter(place.values(), np.int64)
    search = NeighbourSearch(vectors[different])
    for share in search.build():
        yield share / 2, ()
    seen: set[tuple[int, int]] = set()
    for start in range(0, len(different), _ROWS):
        rows = np.arange(start, min(start + _ROWS, len(different)))
        near, cosines = search.around(rows, _NEIGHBOURS)
        known: dict[int, np.ndarray] = {}
        pairs = []
        for at, column in np.argwhere(cosines >= _MIN_COSINE).tolist():
            ends = sorted((int(different[rows[at]]), int(different[near[at, column]])))
            first, second = ends
            if (first, second) in seen:
                continue
            seen.add((first, second))
            for position in ends:
                if position not in known:
                    known[position] = shingles(texts[position])
            in_common = overlap(known[first], known[second])
            if in_common >= _MIN_OVERLAP:
                similarity = float(cosines[at, column])
                pairs.append(DuplicatePair(first, second, similarity, in_common))
        yield 0.5 + (int(rows[-1]) + 1) / len(different) / 2, tuple(pairs)
