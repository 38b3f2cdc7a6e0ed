"""What a classifier learns of the photos themselves, so that it can say “none of these”."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from core.learning.feature_cache import FeatureCache
from core.learning.novelty import MOST_EXAMPLES, fit_novelty
from core.learning.training import Split
from core.vision.transfer.checkpoint import Checkpoint
from core.vision.transfer.datasets import ImageDataset
from core.vision.transfer.trained_model import TrainedModel


def learn_known(
    model: TrainedModel,
    checkpoint: Checkpoint,
    dataset: ImageDataset,
    split: Split,
    cache: FeatureCache | None = None,
) -> Iterator[float]:
    """Give a classifier its novelty detector, of its training and validation photos.

    Parameters
    ----------
    checkpoint : what the classifier was made of.
    cache : features of a frozen backbone; of those that are there, none is computed again.

    Yields
    ------
    The share that is done, in [0, 1].
    """
    train = _some(split.train)
    known = _cached(checkpoint, [dataset.digests[i] for i in train], cache)
    # Validation photos always go through the classifier itself, as all others will: it computes in
    # f32, and the backbone may have computed in bf16.
    asked = split.validation if known is not None else np.concatenate([train, split.validation])
    rows: list[np.ndarray] = [] if known is None else [known]
    done = 0
    for _, embeddings in model.outputs([dataset.photos[i].data for i in asked]):
        rows.append(embeddings)
        done += len(embeddings)
        yield done / len(asked)
    features = np.concatenate(rows)
    kernel, bias = checkpoint.weights["predictions"]
    model.novelty = fit_novelty(features[: len(train)], features[len(train) :], kernel, bias)


def _some(positions: np.ndarray) -> np.ndarray:
    """At most `MOST_EXAMPLES`, spread evenly."""
    if len(positions) <= MOST_EXAMPLES:
        return positions
    return positions[np.linspace(0, len(positions) - 1, MOST_EXAMPLES).astype(np.int64)]


def _cached(
    checkpoint: Checkpoint, digests: Sequence[str], cache: FeatureCache | None
) -> np.ndarray | None:
    """(N, D) float32 embeddings, if a frozen backbone has computed the features of all of them."""
    backbone = checkpoint.backbone
    if backbone is None or cache is None or cache.missing(backbone.name, digests):
        return None
    features = cache.stack(backbone.name, digests)
    if checkpoint.hidden is None:
        return features
    kernel, bias = checkpoint.hidden
    return np.maximum(features @ kernel + bias, 0)
