"""What is wrong is put into a data set by a seed, and looked for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from core.learning.findings.drift import find_drift
from core.learning.findings.examples import main_directions
from core.learning.findings.labelling import BATCH, choose_for_labelling
from core.learning.findings.labels import find_wrong_labels
from core.learning.findings.outliers import find_outliers
from core.learning.logistic_regression import fit
from core.learning.metrics import roc_curve

FLIPPED = 0.05
"""Share of the labels that are changed to others."""
PLANTED = 50
"""Examples of another data set that are put among those of one."""
MIXED = 0.1
"""Share of a set that comes from another data set."""
ENOUGH = 0.95
"""Of the accuracy with all labels."""
_INVERSE_PENALTY = 20.0
_TEST_SHARE = 1 / 3
_DRIFT_LEVEL = 0.05
_PERMUTATIONS = 199


@dataclass(frozen=True, slots=True)
class VectorSet:
    """A labelled data set as networks see it.

    Attributes
    ----------
    vectors : (N, D) float32
    labels : (N,) int64 in 0..classes-1
    widths : of the blocks of columns of several networks.
    """

    vectors: np.ndarray
    labels: np.ndarray
    widths: tuple[int, ...]

    @property
    def classes(self) -> int:
        return int(self.labels.max()) + 1


@dataclass(frozen=True, slots=True)
class LabelFigures:
    """Of one seed: `precision` of a list as long as what was flipped, in which `recall` is the
    same; then how much of it is in the list of confident learning, how long that is beside what was
    flipped, and how many of it were flipped."""

    precision: float
    recall_listed: float
    length_listed: float
    precision_listed: float


def flipped_labels(labels: np.ndarray, classes: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Labels of which `FLIPPED` are others by chance, and where: (N,) int64, (N,) bool."""
    rng = np.random.default_rng(1000 + seed)
    places = rng.permutation(len(labels))[: round(FLIPPED * len(labels))]
    changed, is_flipped = labels.copy(), np.zeros(len(labels), bool)
    changed[places] = (labels[places] + rng.integers(1, classes, len(places))) % classes
    is_flipped[places] = True
    return changed, is_flipped


def measure_labels(data: VectorSet, seed: int) -> LabelFigures:
    """Flip labels and look for them."""
    labels, is_flipped = flipped_labels(data.labels, data.classes, seed)
    *_, last = find_wrong_labels(
        data.vectors, labels, data.classes, widths=data.widths, neighbours=0, seed=seed
    )
    if last.quality is None:
        raise RuntimeError("Expected the quality of labels. Received: none.")
    count = int(is_flipped.sum())
    worst = np.argsort(last.quality, kind="stable")[:count]
    listed = np.array([finding.position for finding in last.findings], np.int64)
    return LabelFigures(
        precision=float(is_flipped[worst].mean()),
        recall_listed=float(is_flipped[listed].sum() / count),
        length_listed=len(listed) / count,
        precision_listed=float(is_flipped[listed].mean()),
    )


def measure_outliers(data: VectorSet, others: np.ndarray, seed: int) -> tuple[float, float]:
    """Plant other vectors with labels by chance: precision of as many first ones, and AUROC."""
    rng = np.random.default_rng(1000 + seed)
    planted = others[rng.permutation(len(others))[:PLANTED]]
    labels = np.concatenate([data.labels, rng.integers(0, data.classes, len(planted))])
    is_planted = np.repeat([False, True], [len(data.labels), len(planted)])
    vectors = np.concatenate([data.vectors, planted])
    *_, last = find_outliers(vectors, labels, most=len(planted))
    if last.p_values is None:
        raise RuntimeError("Expected p-values. Received: none.")
    found = [finding.position for finding in last.findings]
    return float(is_planted[found].mean()), roc_curve(is_planted, -last.p_values).auc


def measure_drift(vectors: np.ndarray, others: np.ndarray | None, seed: int) -> tuple[float, float]:
    """Halve a set by chance, mix others into the second half: 1 if it is noticed, and the AUROC.

    Without others, it is noticed by mistake.
    """
    rng = np.random.default_rng(1000 + seed)
    first, second = np.array_split(rng.permutation(len(vectors)), 2)
    changed = vectors[second]
    if others is not None:
        count = round(MIXED * len(second))
        changed[:count] = others[rng.permutation(len(others))[:count]]
    *_, last = find_drift(vectors[first], changed, permutations=_PERMUTATIONS, seed=seed)
    return float(last.p_value <= _DRIFT_LEVEL), last.auroc


def measure_labelling(data: VectorSet, seed: int, *, is_random: bool, most: int = 1000) -> float:
    """How many labels give `ENOUGH` of the accuracy that all of them give; `most` if more do."""
    rng = np.random.default_rng(1000 + seed)
    test, train = np.split(
        rng.permutation(len(data.labels)), [round(_TEST_SHARE * len(data.labels))]
    )
    x, labels = main_directions(data.vectors, data.widths), data.labels

    def accuracy(known: np.ndarray) -> tuple[float, np.ndarray | None]:
        if len(np.unique(labels[known])) < 2:
            return 0.0, None
        layer = fit(x[known], labels[known], data.classes, _INVERSE_PENALTY)
        right = layer.logits(x[test]).argmax(axis=1) == labels[test]
        return float(right.mean()), layer.predict(x[train])

    wanted, _ = accuracy(train)
    known = np.empty(0, np.int64)
    probabilities = None
    while len(known) < min(most, len(train)):
        if is_random:
            free = rng.permutation(np.setdiff1d(np.arange(len(train)), known))[:BATCH]
        else:
            free = choose_for_labelling(
                data.vectors[train],
                labelled=known,
                probabilities=probabilities,
                seed=seed,
            )
        known = np.concatenate([known, free])
        reached, probabilities = accuracy(train[known])
        if reached >= ENOUGH * wanted:
            break
    return float(len(known))


def mean_with_interval(values: Iterable[float]) -> Sequence[float]:
    """Mean over seeds, and the ends of its 95 % interval: Student's t."""
    from scipy import stats

    every = np.array([*values], np.float64)
    mean = float(every.mean())
    if len(every) < 2:
        return [mean, float("nan"), float("nan")]
    half = float(stats.t.ppf(0.975, len(every) - 1) * stats.sem(every))
    return [mean, mean - half, mean + half]
