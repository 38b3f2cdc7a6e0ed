"""Other ways to learn from frozen features, beside the dense layer: scikit-learn's.

References
----------
Nearest neighbours: Cover and Hart (1967), https://doi.org/10.1109/TIT.1967.1053964. Support vector
machines: Cortes and Vapnik (1995), https://doi.org/10.1007/BF00994018. Random forests: Breiman
(2001), https://doi.org/10.1023/A:1010933404324
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from core import engine
from core.learning.feature_cache import FeatureCache
from core.learning.logistic_regression import unit_length
from core.vision.transfer.datasets import ImageDataset
from core.vision.transfer.resuming import feature_widths
from core.vision.transfer.strategies import backbone_of, see_to_features
from core.vision.transfer.training_run import TrainingRun, TrainingSettings

_NEIGHBOURS = (1, 3, 5, 10, 20)
_PENALTIES = (1.0, 10.0, 100.0)
_TREES = 300
_FEATURES_SHARE = 0.8


@dataclass(frozen=True, slots=True)
class Learned:
    """What one way to learn made of a data set.

    Attributes
    ----------
    title : what it is called.
    setting : what the validation photos chose, in words; empty if there was nothing to choose.
    validation_accuracy : float in [0, 1]
    predictions : (n,) int64, rows as in `split.test` of a training with the same settings.
    seconds : float, of learning and choosing; without the features.
    """

    title: str
    setting: str
    validation_accuracy: float
    predictions: np.ndarray
    seconds: float


@dataclass(frozen=True, slots=True)
class LearnersStep:
    """A snapshot: what is going on, the `share` done, in [0, 1], and what has learned by now."""

    stage: str
    share: float
    learned: tuple[Learned, ...] = ()


def learn(
    dataset: ImageDataset, settings: TrainingSettings, cache: FeatureCache | None = None
) -> Iterator[LearnersStep]:
    """Nearest neighbours, a support vector machine and a random forest on frozen features.

    Each learns from the training part; the validation part chooses its setting.

    Parameters
    ----------
    settings : of a training: its backbone and its split.
    cache : as for `core.vision.transfer.train`.

    Raises
    ------
    InvalidInputError, UnknownNameError, WeightsUnavailableError, MemoryBudgetError
        As for `core.vision.transfer.train`.
    """
    run = TrainingRun(dataset, settings, FeatureCache() if cache is None else cache)
    spec, split = backbone_of(run), run.split
    parts = (split.train, split.validation, split.test)
    everything, done = np.concatenate(parts), 0
    for rows in see_to_features(run, engine.predictor(spec.name), everything, ()):
        done += rows
        yield LearnersStep("computing features", _FEATURES_SHARE * done / len(everything))
    x, x_validation, x_test = (
        run.cache.stack(spec.name, [dataset.digests[i] for i in part]) for part in parts
    )
    scaling = unit_length(x, feature_widths(spec))
    x, x_validation, x_test = map(scaling, (x, x_validation, x_test))
    labels = dataset.labels
    learned: tuple[Learned, ...] = ()
    for title, settings_of in _LEARNERS.items():
        began = time.perf_counter()
        best: tuple[float, str, Any] | None = None
        for setting, make in settings_of(len(x), settings.seed):
            model = make().fit(x, labels[split.train])
            accuracy = float(model.score(x_validation, labels[split.validation]))
            if best is None or accuracy > best[0]:  # of equals the first, which is the plainest
                best = accuracy, setting, model
            yield LearnersStep("learning", _share(len(learned)), learned)
        if best is None:
            raise RuntimeError(f"Expected a setting of {title} to try. Received: none.")
        accuracy, setting, model = best
        predictions, seconds = model.predict(x_test), time.perf_counter() - began
        learned += (Learned(title, setting, accuracy, predictions, seconds),)
        yield LearnersStep("learning", _share(len(learned)), learned)


def _share(learned: int) -> float:
    return _FEATURES_SHARE + (1 - _FEATURES_SHARE) * learned / len(_LEARNERS)


_Choices = Iterator[tuple[str, Callable[[], Any]]]


def _neighbours(examples: int, seed: int) -> _Choices:
    from sklearn.neighbors import KNeighborsClassifier

    for count in _NEIGHBOURS:
        if count <= examples:
            words = f"{count} neighbour{'s' if count > 1 else ''}, by cosine"
            yield words, partial(KNeighborsClassifier, count, metric="cosine", weights="distance")


def _machine(examples: int, seed: int) -> _Choices:
    from sklearn.svm import SVC

    for penalty in _PENALTIES:
        yield f"RBF kernel, C = {penalty:g}", partial(SVC, C=penalty)


def _forest(examples: int, seed: int) -> _Choices:
    from sklearn.ensemble import RandomForestClassifier

    yield f"{_TREES} trees", partial(RandomForestClassifier, _TREES, random_state=seed, n_jobs=1)


_LEARNERS: dict[str, Callable[[int, int], _Choices]] = {
    "k-nearest neighbours": _neighbours,
    "Support vector machine": _machine,
    "Random forest": _forest,
}
