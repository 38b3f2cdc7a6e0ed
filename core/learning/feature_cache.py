"""What frozen networks make of examples, so that several trainings need not ask twice."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from core.errors import InvalidInputError, without_frames

Key = tuple[str, str]
"""A network, and the digest of an example's content."""


@dataclass(slots=True)
class FeatureCache:
    """Feature vectors by network and content, whatever data set an example is in.

    Attributes
    ----------
    vectors : (D,) float32 each.
    refusals : what is wrong with examples that a network cannot take.
    seconds : what computing each of them took.
    """

    vectors: dict[Key, np.ndarray] = field(default_factory=dict)
    refusals: dict[Key, InvalidInputError] = field(default_factory=dict)
    seconds: dict[Key, float] = field(default_factory=dict)

    def copy(self) -> FeatureCache:
        """Another one with the same vectors in it."""
        return FeatureCache({**self.vectors}, {**self.refusals}, {**self.seconds})

    def missing(self, network: str, digests: Sequence[str]) -> list[int]:
        """Positions in `digests` of what has to be computed, each content once."""
        firsts = {digest: i for i, digest in reversed([*enumerate(digests)])}
        return [
            i
            for digest, i in sorted(firsts.items(), key=lambda item: item[1])
            if (network, digest) not in self.vectors and (network, digest) not in self.refusals
        ]

    def add(
        self, network: str, digests: Sequence[str], vectors: Iterable[np.ndarray], seconds: float
    ) -> None:
        """Keep what took so many seconds together."""
        for digest, vector in zip(digests, vectors, strict=True):
            self.vectors[network, digest] = vector
            self.seconds[network, digest] = seconds / len(digests)

    def refuse(self, network: str, digest: str, error: InvalidInputError) -> None:
        """Keep that a network cannot take an example, and why."""
        self.refusals[network, digest] = without_frames(error)

    def stack(self, network: str, digests: Sequence[str]) -> np.ndarray:
        """(N, D) float32: the vectors of examples, none of which is missing."""
        return np.stack([self.vectors[network, digest] for digest in digests])

    def spent(self, network: str, digests: Iterable[str]) -> float:
        """Seconds that computing the vectors of examples took, as far as they are there."""
        return sum(self.seconds.get((network, digest), 0.0) for digest in {*digests})
