"""Features of photos by a frozen backbone, each once, damaged photos among them."""

from __future__ import annotations

from collections.abc import Iterator

from core import engine
from core.errors import InvalidInputError
from core.learning.feature_cache import FeatureCache
from core.learning.findings.changes import Changes, find_changes
from core.vision.classification import DEFAULT_BACKBONE
from core.vision.transfer.datasets import ImageDataset
from core.vision.transfer.strategies import compute_features

_AT_ONCE = 8


def embed_photos(dataset: ImageDataset, backbone: str, cache: FeatureCache) -> Iterator[float]:
    """Add the features that are missing, those that trainings use; the share that is done.

    A photo that cannot be used is refused in the cache.

    Raises
    ------
    UnknownNameError, WeightsUnavailableError, MemoryBudgetError
        If there is no such network, or it cannot be had or held here.
    """
    missing = cache.missing(backbone, dataset.digests)
    if not missing:
        return
    network = engine.predictor(backbone)
    for start in range(0, len(missing), _AT_ONCE):
        part = missing[start : start + _AT_ONCE]
        digests = [dataset.digests[i] for i in part]
        photos = [dataset.photos[i].data for i in part]
        try:
            for _ in compute_features(network, digests, photos, cache):
                pass
        except InvalidInputError:  # which of them, is found one by one
            for digest, photo in zip(digests, photos, strict=True):
                try:
                    for _ in compute_features(network, [digest], [photo], cache):
                        pass
                except InvalidInputError as err:
                    cache.refuse(backbone, digest, err)
        yield (start + len(part)) / len(missing)


def find_photo_changes(
    first: ImageDataset,
    second: ImageDataset,
    backbone: str = DEFAULT_BACKBONE,
    cache: FeatureCache | None = None,
    seed: int = 0,
) -> Iterator[Changes]:
    """What is new in a second set of photos; see `core.learning.findings.changes.find_changes`."""
    yield from find_changes(first, second, backbone, embed_photos, cache=cache, seed=seed)
