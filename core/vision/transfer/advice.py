"""Which strategy suits a data set, by how many photos it has and how similar they are to ImageNet.

References
----------
The four quadrants: https://cs231n.github.io/transfer-learning/, "When and how to fine-tune?".
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from core import engine
from core.errors import InvalidInputError
from core.learning.comparison import Comparison, compare
from core.learning.feature_cache import FeatureCache
from core.learning.logistic_regression import fit, unit_length
from core.learning.metrics import Evaluation
from core.vision.photos import batches, prepare_all
from core.vision.transfer.advice_record import Quadrant, Reference, Trial, recorded
from core.vision.transfer.datasets import ImageDataset
from core.vision.transfer.training_run import Strategy

MOST_PHOTOS = 200
"""As many are looked at, of all classes the same number as far as they have it."""
_AT_ONCE = 8
_FOLDS = 5
_INVERSE_PENALTY = 30.0  # that of the strategies
LITTLE = 0.01
"""Advice holds where the best strategy was more accurate by no more than that."""
_LIKELY = 0.05  # up to which a difference is hardly chance

RACED: tuple[Strategy, ...] = ("features", "augment", "fine_tune", "initialise", "scratch")
"""The strategies among which the best is looked for."""
LESSON: dict[Quadrant, Strategy] = {
    "few, similar": "features",
    "few, different": "features",
    "many, similar": "fine_tune",
    "many, different": "initialise",
}
"""What the lesson recommends, by the closest of our strategies. For few photos that differ it asks
for a linear classifier on an earlier layer's features; ours are of the last one."""

REASONS: dict[Strategy, str] = {
    "features": "One dense layer on frozen features overfits least, and is trained in seconds.",
    "augment": "One dense layer on frozen features overfits least, and random views of the photos "
    "stand in for some that are missing.",
    "fine_tune": "There are enough photos to adapt the last blocks; the earlier layers fit them as "
    "they are.",
    "initialise": "There are enough photos to adapt every layer to what ImageNet does not show.",
    "scratch": "There are enough photos to train without pretrained weights, which do not fit "
    "them.",
}
"""Why a strategy is recommended where it is."""
_ENOUGH = (
    "Frozen features already separate the classes, so that other strategies have little to gain."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Similarity:
    """How similar photos are to those of ImageNet, to the network that was trained on these.

    Attributes
    ----------
    photos : so many were looked at.
    confidence : mean probability of the most probable of ImageNet's classes.
    alignment : mean cosine between a photo's features and the weights of the class whose weights
        are nearest: these are about the direction of the class's photos.
    value : float in [0, 1]
        The geometric mean of both, each over what it is on ImageNet's own photos.

    References
    ----------
    Confidence is low out of distribution: Hendrycks and Gimpel (2016),
    https://arxiv.org/abs/1610.02136. Weights of a class stand for its photos: Qi et al. (2017),
    https://arxiv.org/abs/1712.07136
    """

    photos: int
    confidence: float
    alignment: float
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """What suits a data set.

    Attributes
    ----------
    photos_per_class : the median over the classes.
    similarity : Similarity
    quadrant : where that is.
    frozen_accuracy : float in [0, 1] or None
        What a dense layer on frozen features reaches in cross-validation over the sample.
    strategy : what is recommended: that of the quadrant, or frozen features where these suffice.
    reason : why, in a sentence.
    trials : the recorded ones of that quadrant, on which the recommendation rests.
    """

    photos_per_class: float
    similarity: Similarity
    quadrant: Quadrant
    frozen_accuracy: float | None
    strategy: Strategy
    reason: str
    trials: tuple[Trial, ...] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class AdviceStep:
    """A snapshot: photos that were looked at, of how many.

    The last one has the advice, and the features for a training after it.
    """

    done: int
    total: int
    advice: Advice | None = None
    cache: FeatureCache | None = field(default=None, repr=False)


def advise(dataset: ImageDataset, cache: FeatureCache | None = None) -> Iterator[AdviceStep]:
    """Look at a sample of the photos and recommend a strategy; seconds.

    Parameters
    ----------
    dataset : at least one photo.
    cache : features from before; new ones are added.

    Raises
    ------
    InvalidInputError
        If there are no photos, or one cannot be used.
    WeightsUnavailableError, MemoryBudgetError
        As for `core.vision.classification.embed`.
    """
    cache = FeatureCache() if cache is None else cache
    record = recorded()
    chosen = sample(dataset)
    if not chosen:
        raise InvalidInputError("Expected at least one photo. Received: none.")
    network = engine.predictor(record.reference.backbone)
    measured: list[list[np.ndarray]] = []
    photos = [dataset.photos[i].data for i in chosen]
    digests = [dataset.digests[i] for i in chosen]
    done, began = 0, time.perf_counter()
    yield AdviceStep(done=0, total=len(chosen))
    for pixels in batches(prepare_all(photos, network.info.input_size), _AT_ONCE):
        *of_batch, rows = look_at(network, pixels)
        measured.append(of_batch)
        now = time.perf_counter()
        cache.add(network.name, digests[done : done + len(rows)], rows, now - began)
        done, began = done + len(rows), now
        yield AdviceStep(done=done, total=len(chosen))
    confidences, alignments = (np.concatenate(parts) for parts in zip(*measured, strict=True))
    similarity = similarity_of(confidences, alignments, record.reference)
    per_class = float(np.median([count for count in dataset.counts().values() if count]))
    quadrant = record.rule.quadrant(per_class, similarity.value)
    features = cache.stack(network.name, digests)
    frozen_accuracy = frozen_accuracy_of(dataset.at(chosen), features)
    is_open = frozen_accuracy is None or frozen_accuracy < record.rule.enough
    strategy = record.rule.strategy(per_class, similarity.value, frozen_accuracy)
    advice = Advice(
        photos_per_class=per_class,
        similarity=similarity,
        quadrant=quadrant,
        frozen_accuracy=frozen_accuracy,
        strategy=strategy,
        reason=REASONS[strategy] if is_open else _ENOUGH,
        trials=tuple(
            trial
            for trial in record.trials
            if record.rule.quadrant(trial.photos_per_class, trial.similarity) == quadrant
        ),
    )
    yield AdviceStep(done=done, total=len(chosen), cache=cache, advice=advice)


def sample(dataset: ImageDataset) -> list[int]:
    """Positions of at most `MOST_PHOTOS` photos: the same for the same photos in any order.

    Of each class the same number, as far as it has them.
    """
    places: dict[int, list[int]] = {}
    for position in sorted(range(len(dataset.photos)), key=dataset.digests.__getitem__):
        places.setdefault(dataset.photos[position].label, []).append(position)
    turns = [
        (turn, label, position)
        for label, of_class in places.items()
        for turn, position in enumerate(of_class[:MOST_PHOTOS])
    ]
    return [position for _, _, position in sorted(turns)[:MOST_PHOTOS]]


def frozen_accuracy_of(sampled: ImageDataset, features: np.ndarray) -> float | None:
    """Accuracy in cross-validation of one dense layer on (N, D) frozen features of N photos.

    None if a class has fewer than two photos, or there is one class only.
    """
    folds, labels = sampled.folds(_FOLDS, 0), sampled.labels
    if len(sampled.classes) < 2 or not folds.any():
        return None
    correct = 0
    for fold in np.unique(folds).tolist():
        x, own = features[folds != fold], labels[folds != fold]
        layer = fit(x, own, len(sampled.classes), _INVERSE_PENALTY, unit_length(x))
        predictions = layer.logits(features[folds == fold]).argmax(axis=1)
        correct += int((predictions == labels[folds == fold]).sum())
    return correct / len(labels)


def look_at(
    network: engine.Predictor, pixels: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What a network with a linear head makes of (N, S, S, 3) uint8 pixels.

    Returns
    -------
    (N,) float32 : probabilities of the most probable class.
    (N,) float32 : cosines between features and the nearest class, see `Similarity`.
    (N, D) float32 : the pooled features.

    Raises
    ------
    InvalidInputError
        If its head is none or another.
    """
    kernel = network.head_kernel
    if kernel is None:
        raise InvalidInputError(f"Expected a network with a linear head. Received: {network.name}.")
    scores, features = network(pixels, "scores", "embedding")
    lengths = np.linalg.norm(features, axis=1, keepdims=True)
    directions = kernel / np.linalg.norm(kernel, axis=0)
    cosines = features @ directions / np.maximum(lengths, 1e-6)
    return scores.max(axis=1), cosines.max(axis=1), features


def similarity_of(
    confidences: np.ndarray, alignments: np.ndarray, reference: Reference
) -> Similarity:
    """How similar N photos are to those of the reference.

    Parameters
    ----------
    confidences, alignments : (N,) float32, as `look_at` gives them.
    """
    confidence, aligned = float(confidences.mean()), max(0.0, float(alignments.mean()))
    shares = confidence / reference.confidence * aligned / reference.alignment
    return Similarity(
        photos=len(confidences),
        confidence=confidence,
        alignment=aligned,
        value=min(1.0, shares**0.5),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Whether advice held in a race.

    Attributes
    ----------
    best : the most accurate of the other strategies.
    comparison : the advised one against it. Since the best was found on the same photos, the
        difference flatters it a little.
    verdict : `held`: the advised one is at most `LITTLE` less accurate. `unclear`: it is less
        accurate by more, but by McNemar's test chance may be why. `failed`: neither.
    """

    best: Strategy
    comparison: Comparison
    verdict: Literal["held", "unclear", "failed"]


def outcome(advised: Strategy, tested: Mapping[Strategy, Evaluation]) -> Outcome | None:
    """Compare the advised strategy with the best other one, on the same test photos.

    None if the advised one, or any other, was not tested.
    """
    others = [strategy for strategy in tested if strategy != advised]
    if advised not in tested or not others:
        return None
    best = max(others, key=lambda strategy: tested[strategy].accuracy)
    own = tested[advised]
    compared = compare(own.labels, own.predictions, tested[best].predictions)
    verdict: Literal["held", "unclear", "failed"] = "failed"
    if compared.difference >= -LITTLE:
        verdict = "held"
    elif compared.p_value > _LIKELY:
        verdict = "unclear"
    return Outcome(best=best, comparison=compared, verdict=verdict)
