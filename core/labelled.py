"""What data sets of labelled examples of any kind share: files left out, and a seeded split."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.errors import InvalidInputError


@dataclass(frozen=True, slots=True)
class SkippedFile:
    """A file that is not in the data set, and why."""

    name: str
    reason: str


def split_by_content(
    contents: Sequence[bytes],
    labels: np.ndarray,
    classes: Sequence[str],
    held_out: float,
    seed: int,
    *,
    what: str,
) -> tuple[np.ndarray, np.ndarray]:
    """Divide examples in two, each class in the same proportion.

    The seed and its own bytes decide where an example comes in the order of its class, so that
    nearly every one keeps its part when others come, go or change their class.

    Parameters
    ----------
    contents : N byte strings
    labels : (N,) int64, positions in `classes`
    held_out : float in (0, 1), the share of each class in the second part.
    seed : int
    what : what the examples are, in the plural, for the messages: "photos".

    Returns
    -------
    (n,) and (m,) int64: positions of the examples of the two parts, in random order.

    Raises
    ------
    InvalidInputError
        If there are fewer than two classes, or a class with fewer than two examples.
    """
    counts = np.bincount(labels, minlength=len(classes))
    poor = [name for name, count in zip(classes, counts, strict=True) if count < 2]
    if len(classes) < 2 or poor:
        raise InvalidInputError(
            f"Expected at least two classes with at least two {what} each. Received: "
            f"{len(classes)} classes; with too few {what}: {', '.join(poor) or 'none'}."
        )
    places = [_place(content, seed) for content in contents]
    order = np.array(sorted(range(len(places)), key=places.__getitem__), np.int64)
    sorted_labels = labels[order]
    held = np.zeros(len(order), bool)
    for label in range(len(classes)):
        members = np.flatnonzero(sorted_labels == label)
        second = min(max(1, round(held_out * members.size)), members.size - 1)
        held[members[:second]] = True
    return order[~held], order[held]


def _place(content: bytes, seed: int) -> bytes:
    return hashlib.blake2b(content, digest_size=16, key=str(seed).encode()).digest()
