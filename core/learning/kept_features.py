"""What frozen networks have made of a data set, in the points that a training can go on from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from core.errors import InvalidInputError
from core.learning.feature_cache import FeatureCache
from core.learning.resuming import ResumePoint
from core.learning.stored import checked

PREFIX = "features/"
_REFUSALS = "refusals"
_DIGEST_BYTES = 16
_MOST_LETTERS = 1000  # of a refusal


class KeptFeatures:
    """The vectors of a data set in a cache, as arrays of a point.

    Nothing is copied again as long as nothing was computed, and whoever compares arrays by identity
    sees that they are the same.

    Parameters
    ----------
    network, digests : whose vectors; see `FeatureCache`.
    """

    def __init__(self, cache: FeatureCache, network: str, digests: Sequence[str]) -> None:
        self._cache, self._network = cache, network
        self._digests = tuple(dict.fromkeys(digests))
        self._count = 0
        self._arrays: dict[str, np.ndarray] = {}

    @property
    def have_grown(self) -> bool:
        """Whether there are more vectors than `arrays` has last returned."""
        return len(self._present()) > self._count

    def _present(self) -> list[str]:
        return [one for one in self._digests if (self._network, one) in self._cache.vectors]

    def arrays(self) -> dict[str, np.ndarray]:
        """Digests (N, 16) uint8, vectors (N, D) float32 and seconds (N,) float64, by name."""
        present, network = self._present(), self._network
        if len(present) != self._count:
            self._count, prefix = len(present), f"{PREFIX}{network}/"
            self._arrays = {}
            if present:
                spent = [self._cache.seconds.get((network, digest), 0.0) for digest in present]
                self._arrays = {
                    f"{prefix}digests": np.frombuffer(
                        bytes.fromhex("".join(present)), np.uint8
                    ).reshape(-1, _DIGEST_BYTES),
                    f"{prefix}vectors": self._cache.stack(network, present),
                    f"{prefix}seconds": np.array(spent, np.float64),
                }
        return self._arrays

    def about(self) -> dict[str, Any]:
        """What the network cannot take, and why."""
        refusals, network = self._cache.refusals, self._network
        refused = [
            [digest, str(refusals[network, digest])]
            for digest in self._digests
            if (network, digest) in refusals
        ]
        return {_REFUSALS: {network: refused}} if refused else {}


def restore_features(
    point: ResumePoint,
    cache: FeatureCache,
    network: str,
    digests: Sequence[str],
    width: Callable[[], int],
) -> tuple[str, ...]:
    """Add what a point holds of a network to the cache.

    Parameters
    ----------
    digests : of the data set; all that is in the point must be among them.
    width : D, of the vectors of that network; asked for if there are any.

    Returns
    -------
    The digests of vectors in the point.

    Raises
    ------
    InvalidInputError
        If the point is damaged.
    """
    known = {*digests}

    def read() -> list[tuple[str, np.ndarray, float]]:
        name = f"{PREFIX}{network}/"
        if f"{name}vectors" not in point.arrays:
            return []
        packed, vectors, seconds = (
            point.arrays[f"{name}{part}"] for part in ("digests", "vectors", "seconds")
        )
        count = len(packed)
        if packed.dtype != np.uint8 or packed.shape != (count, _DIGEST_BYTES):
            raise ValueError
        if vectors.dtype != np.float32 or vectors.shape != (count, width()):
            raise ValueError
        if seconds.dtype != np.float64 or seconds.shape != (count,) or (seconds < 0).any():
            raise ValueError
        if not (np.isfinite(vectors).all() and np.isfinite(seconds).all()):
            raise ValueError
        own = [row.tobytes().hex() for row in packed]
        if not known.issuperset(own):
            raise ValueError
        return list(zip(own, vectors, seconds.tolist(), strict=True))

    def refusals() -> list[tuple[str, str]]:
        refused = point.about.get(_REFUSALS, {}).get(network, [])
        texts = [(str(digest), str(why)[:_MOST_LETTERS]) for digest, why in refused]
        if not known.issuperset(digest for digest, _ in texts):
            raise ValueError
        return texts

    kept, refused = checked(read), checked(refusals)
    for digest, vector, seconds in kept:
        if (network, digest) not in cache.vectors:
            cache.add(network, [digest], [vector], seconds)
    for digest, why in refused:
        if (network, digest) not in cache.vectors:
            cache.refuse(network, digest, InvalidInputError(why))
    return tuple(digest for digest, _, _ in kept)
