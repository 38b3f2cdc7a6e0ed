"""Vectors of a frozen network for examples of any kind, those that a cache has not yet."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

import numpy as np

from core.learning.datasets import LabelledExamples
from core.learning.examples import SkippedFile
from core.learning.feature_cache import FeatureCache

Examples: TypeAlias = LabelledExamples[Any, Any]
Embed: TypeAlias = Callable[[Any, str, FeatureCache], Iterator[float]]
"""Adds the vectors of a data set by a network to a cache; yields the share that is done.

What the network cannot take is a refusal in the cache.
"""


def usable(examples: Examples, network: str, cache: FeatureCache) -> np.ndarray:
    """(n,) int64: positions of the examples that the network could take."""
    return np.array(
        [i for i, one in enumerate(examples.digests) if (network, one) in cache.vectors], np.int64
    )


def refused(examples: Examples, network: str, cache: FeatureCache) -> tuple[SkippedFile, ...]:
    """The examples that the network could not take, and why."""
    return tuple(
        SkippedFile(example.name, str(cache.refusals[network, digest]))
        for example, digest in zip(examples.members, examples.digests, strict=True)
        if (network, digest) in cache.refusals
    )


def vectors_at(
    examples: Examples, network: str, cache: FeatureCache, positions: np.ndarray
) -> np.ndarray:
    """(n, D) float32 of the examples at (n,) positions; (0, 0) of none."""
    digests = [examples.digests[i] for i in positions]
    return cache.stack(network, digests) if digests else np.empty((0, 0), np.float32)
