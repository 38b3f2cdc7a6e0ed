"""Labels that look wrong, over a whole data set.

References
----------
Confident learning: Northcutt et al. (2021), https://doi.org/10.1613/jair.1.12125. Their library,
cleanlab, prints, starts processes, and imports all that it has; the few lines that are needed of
it stand here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from core.learning.calibration import at_temperature, fit_temperature
from core.learning.findings.examples import checked_examples
from core.learning.findings.left_out import LeftOutClassifier
from core.learning.findings.neighbours import NeighbourSearch

_CORRECTIONS = 1
_SHARPNESS = 6.0  # of scores, from which on the temperature is looked for
_CALIBRATED_ON = 5000  # examples say enough
# Classifiers are surer of themselves than they are right, and confident learning is made for them:
# at a third of the temperature its list holds 0.96 of the flipped labels of cats and dogs and 0.89
# of those of flowers, at the whole one 0.87 and 0.74.
_LISTED_TEMPERATURE = 1 / 3
_SLACK = 1e-6  # of a threshold, as cleanlab has it


@dataclass(frozen=True, slots=True)
class LabelFinding:
    """An example whose label looks wrong.

    Attributes
    ----------
    position : int, among the examples.
    given, suggested : int in 0..C-1, the label that it has and the most probable other one.
    quality : float in [0, 1], of the label: the lower, the likelier it is wrong.
    neighbours : positions of the most similar examples, the nearest first.
    neighbour_labels : their labels.
    """

    position: int
    given: int
    suggested: int
    quality: float
    neighbours: tuple[int, ...]
    neighbour_labels: tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class LabelsStep:
    """What is known of the labels of N examples so far.

    Attributes
    ----------
    share : float in [0, 1], of the work that is done.
    findings : those of confident learning, the likeliest first, among them nearly all that are
        wrong; in the last step, as what follows.
    expected : int, about how many labels are wrong: confident learning by calibrated probabilities.
    quality : (N,) float64 in [0, 1], how probable each label is; 1 for an example that is alone in
        its class, or in a group alone in it: of these nothing can be said, and their labels count.
    suggested : (N,) int64, the most probable class other than the given one.
    probabilities : (N, C) float64, of each example as if it had not been learned from.
    """

    share: float
    findings: tuple[LabelFinding, ...] = ()
    expected: int = 0
    quality: np.ndarray | None = field(default=None, repr=False)
    suggested: np.ndarray | None = field(default=None, repr=False)
    probabilities: np.ndarray | None = field(default=None, repr=False)


def find_wrong_labels(
    vectors: np.ndarray,
    labels: np.ndarray,
    classes: int,
    *,
    widths: Sequence[int] = (),
    groups: np.ndarray | None = None,
    neighbours: int = 5,
    seed: int = 0,
) -> Iterator[LabelsStep]:
    """Look for labels that look wrong, with snapshots.

    A classifier says of each example how probable its label is, as if it had not learned from that
    example. Then it is asked once more, having learned other labels where the first looked wrong.

    Parameters
    ----------
    vectors : (N, D) float32, of a frozen network, or of several side by side.
    labels : (N,) int64 in 0..classes-1; at least two classes have two examples.
    widths : of the blocks of columns of several networks; one block if empty.
    groups : (N,) int or None
        Near duplicates have the same number; each is judged as if none of them was learned from.
    neighbours : int >= 0, of each finding.
    seed : int >= 0, of what stands for many examples where there are many.

    Raises
    ------
    InvalidInputError
        If vectors and labels do not fit together, or there are too few.
    """
    labels = checked_examples(vectors, labels, classes)
    present, places = np.unique(labels, return_inverse=True)
    classifier = LeftOutClassifier(vectors, widths=widths, groups=groups, seed=seed)
    yield LabelsStep(0.0)
    for share in classifier.prepare():
        yield LabelsStep(0.9 * share)
    targets = np.eye(len(present))[places]
    is_judged = _is_in_two_groups(places, groups)
    learned = targets
    for turn in range(1 + _CORRECTIONS):
        known = _calibrated(classifier.scores(learned), targets, seed)
        is_wrong = is_judged & is_confidently_wrong(places, known)
        learned = np.where(is_wrong[:, None], known, targets)
        yield LabelsStep(0.9 + 0.1 * (turn + 1) / (2 + _CORRECTIONS))
    sharp = at_temperature(known, _LISTED_TEMPERATURE)
    listed = np.flatnonzero(is_judged & is_confidently_wrong(places, sharp))
    probabilities = np.zeros((len(labels), classes))
    probabilities[:, present] = np.where(is_judged[:, None], known, targets)
    quality = probabilities[np.arange(len(labels)), labels]
    listed = listed[np.argsort(quality[listed], kind="stable")]
    suggested = _best_other(labels, probabilities)
    yield LabelsStep(
        share=1.0,
        findings=tuple(_findings(vectors, labels, quality, suggested, listed, neighbours)),
        expected=int(is_wrong.sum()),
        quality=quality,
        suggested=suggested,
        probabilities=probabilities,
    )


def is_confidently_wrong(labels: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """(N,) bool: which labels confident learning counts as wrong.

    An example belongs confidently to a class that is at least as probable as it is on average for
    the examples labelled so; to the most probable one of several. Its label is wrong if that is
    another class, and the most probable one is another, too.
    """
    classes = probabilities.shape[1]
    own = probabilities[np.arange(len(labels)), labels]
    counts = np.bincount(labels, minlength=classes)
    thresholds = np.bincount(labels, own, minlength=classes) / np.maximum(counts, 1)
    thresholds[counts == 0] = np.inf  # nobody is of that class
    is_candidate = probabilities >= thresholds - _SLACK
    confident = np.where(is_candidate, probabilities, -1).argmax(axis=1)
    is_wrong = is_candidate.any(axis=1) & (confident != labels)
    return is_wrong & (probabilities.argmax(axis=1) != labels)


def _is_in_two_groups(labels: np.ndarray, groups: np.ndarray | None) -> np.ndarray:
    """(N,) bool: of whose class there is something to learn from when it is left out."""
    if groups is None:
        return np.asarray(np.bincount(labels)[labels] > 1)
    pairs = np.unique(np.stack([labels, groups]), axis=1)
    return np.asarray(np.bincount(pairs[0])[labels] > 1)


def _calibrated(scores: np.ndarray, targets: np.ndarray, seed: int) -> np.ndarray:
    """(N, C) probabilities that are as often right as they say, as far as labels are."""
    from scipy.special import softmax  # takes a while

    probabilities = softmax(_SHARPNESS * scores, axis=1)
    rows = np.random.default_rng(seed).permutation(len(scores))[:_CALIBRATED_ON]
    temperature = fit_temperature(probabilities[rows], targets[rows])
    return at_temperature(probabilities, temperature)


def _best_other(labels: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    others = np.array(probabilities)
    others[np.arange(len(labels)), labels] = -1
    return others.argmax(axis=1)


def _findings(
    vectors: np.ndarray,
    labels: np.ndarray,
    quality: np.ndarray,
    suggested: np.ndarray,
    listed: np.ndarray,
    neighbours: int,
) -> Iterator[LabelFinding]:
    near = np.empty((len(listed), 0), np.int64)
    if len(listed) and neighbours:
        near, _ = NeighbourSearch(vectors, most_exact=len(vectors)).around(listed, neighbours)
    for position, row in zip(listed, near, strict=True):
        yield LabelFinding(
            position=int(position),
            given=int(labels[position]),
            suggested=int(suggested[position]),
            quality=float(quality[position]),
            neighbours=tuple(row.tolist()),
            neighbour_labels=tuple(labels[row].tolist()),
        )
