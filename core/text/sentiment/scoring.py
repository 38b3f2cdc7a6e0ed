"""Verdicts against labels that people gave: what a label means, and how many verdicts agree."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from core.learning.metrics import wilson_interval
from core.text.sentiment.reviews import Assessment

_FOR = frozenset(
    (
        *("for", "pos", "positive", "good", "great", "yes", "true", "like", "liked", "love", "+"),
        *("recommended", "fresh", "up", "happy", "positiv", "positif", "positivo", "gut", "bon"),
        *("bueno", "buono", "dobry", "хорошо", "положительный"),
    )
)
_AGAINST = frozenset(
    (
        *("against", "neg", "negative", "bad", "poor", "no", "false", "dislike", "disliked", "-"),
        *("hate", "rotten", "down", "unhappy", "negativ", "negatif", "négatif", "negativo"),
        *("schlecht", "mauvais", "malo", "cattivo", "zły", "плохо", "отрицательный"),
    )
)
_LOW, _HIGH = 0.4, 0.6  # of a scale: between them a rating means neither
_SCALES = ((1.0, 5.0, 3.0), (1.0, 10.0, 6.0))  # stars and points: ends, and what some must reach


@dataclass(frozen=True, slots=True)
class Score:
    """How verdicts agree with labels.

    Attributes
    ----------
    counts : (2, 3) int64
        Rows are labels, against and for; columns verdicts, against, for and undecided.
    low, high : float in [0, 1], the ends of Wilson's interval at 95 % for the accuracy.
    wrong : (M,) int64, positions of reviews that are not as labelled, the surest first.
    """

    counts: np.ndarray
    low: float
    high: float
    wrong: np.ndarray

    @property
    def right(self) -> int:
        """Reviews whose verdict is as labelled."""
        return int(self.counts[0, 0] + self.counts[1, 1])

    @property
    def total(self) -> int:
        """Reviews whose label is for or against."""
        return int(self.counts.sum())

    @property
    def accuracy(self) -> float:
        """In [0, 1]; a review that is undecided is not right."""
        return self.right / self.total


def meanings(labels: Iterable[str]) -> dict[str, bool | None]:
    """For each different label whether it likely means for, against, or neither (None).

    Usual words are known, in any case of letters; of numbers the upper ones are for, as on a
    scale of stars or points.
    """
    different = sorted({label for label in labels if label})
    numbers = {label: number for label in different if (number := _number(label)) is not None}
    if different and len(numbers) == len(different):
        return _on_a_scale(numbers)
    means: dict[str, bool | None] = {}
    for label in different:
        word = label.casefold().strip(" .!")
        means[label] = True if word in _FOR else False if word in _AGAINST else None
    return means


def score(
    assessments: Sequence[Assessment], labels: Sequence[str], means: Mapping[str, bool | None]
) -> Score | None:
    """How the verdicts on reviews agree with their labels; None if no label is for or against.

    Parameters
    ----------
    labels : of the reviews, in their order.
    means : what each label means, as in `meanings`; others are not scored.
    """
    counts = np.zeros((2, 3), np.int64)
    wrong: list[tuple[float, int]] = []
    for row, (assessment, label) in enumerate(zip(assessments, labels, strict=True)):
        side = means.get(label)
        if side is None:
            continue
        probability = assessment.probability
        verdict = 2 if probability == 0.5 else int(probability > 0.5)
        counts[int(side), verdict] += 1
        if verdict != int(side):
            wrong.append((-abs(probability - 0.5), row))
    total = int(counts.sum())
    if not total:
        return None
    low, high = wilson_interval(int(counts[0, 0] + counts[1, 1]), total)
    return Score(counts, low, high, np.array([row for _, row in sorted(wrong)], np.int64))


def _on_a_scale(numbers: Mapping[str, float]) -> dict[str, bool | None]:
    least, most = min(numbers.values()), max(numbers.values())
    for low, high, reached in _SCALES:
        if low <= least and reached <= most <= high:
            least, most = low, high
            break
    span = max(most - least, 1e-9)
    shares = {label: (number - least) / span for label, number in numbers.items()}
    return {
        label: True if share >= _HIGH else False if share <= _LOW else None
        for label, share in shares.items()
    }


def _number(label: str) -> float | None:
    try:
        number = float(label.replace(",", "."))
    except ValueError:
        return None
    return number if np.isfinite(number) else None
