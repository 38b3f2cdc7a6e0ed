"""The rule that advice follows and the trainings that it rests on, as a recipe has kept them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

import numpy as np

from core.settings import settings
from core.vision.transfer.training_run import Strategy

Quadrant = Literal["few, similar", "few, different", "many, similar", "many, different"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Where the quadrants meet, and the strategy of each.

    Attributes
    ----------
    many_from : photos of each class from which there are many.
    similar_from : similarity to ImageNet, in [0, 1], from which photos are similar.
    enough : accuracy in cross-validation from which frozen features are advised anywhere.
    strategies : by quadrant.
    """

    many_from: float
    similar_from: float
    enough: float
    strategies: Mapping[Quadrant, Strategy]

    def quadrant(self, photos_per_class: float, similarity: float) -> Quadrant:
        """Where a data set is."""
        if photos_per_class < self.many_from:
            return "few, similar" if similarity >= self.similar_from else "few, different"
        return "many, similar" if similarity >= self.similar_from else "many, different"

    def strategy(
        self, photos_per_class: float, similarity: float, frozen_accuracy: float | None
    ) -> Strategy:
        """What is advised there; `frozen_accuracy` is None where it is not known."""
        if frozen_accuracy is not None and frozen_accuracy >= self.enough:
            return "features"
        return self.strategies[self.quadrant(photos_per_class, similarity)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """What a network makes of photos of ImageNet.

    Attributes
    ----------
    backbone : the network.
    photos : how many they are.
    confidence, alignment : the means over them of what `Similarity` measures.
    """

    backbone: str
    photos: int
    confidence: float
    alignment: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """Every strategy on one data set of one size.

    Attributes
    ----------
    data : what the data set is called.
    photos_per_class : of each class, test and validation photos included.
    seeds : how many times it was drawn from all photos and trained on.
    tested : photos of the test part, with all seeds.
    similarity : to ImageNet, mean over the seeds.
    frozen_accuracy : in cross-validation over a sample, mean over the seeds.
    accuracy : mean over the seeds, by strategy.
    advised : by the rule that was chosen without any training on this data set.
    """

    data: str
    photos_per_class: int
    seeds: int
    tested: int
    similarity: float
    frozen_accuracy: float
    accuracy: Mapping[Strategy, float]
    advised: Strategy

    @property
    def best(self) -> Strategy:
        """The most accurate strategy; the first of those that tie."""
        return max(self.accuracy, key=self.accuracy.__getitem__)

    @property
    def regret(self) -> float:
        """Accuracy of the best strategy minus that of the advised one."""
        return self.accuracy[self.best] - self.accuracy[self.advised]


@dataclass(frozen=True, slots=True, kw_only=True)
class AdviceRecord:
    """The results of `python -m core.recipes.advice`.

    Attributes
    ----------
    reference : of ImageNet.
    rule : chosen by all trials.
    trials : each with the advice of a rule that was chosen without its data set.
    made : when, on what, and by which versions.
    """

    reference: Reference
    rule: Rule
    trials: tuple[Trial, ...]
    made: dict[str, str]

    @property
    def mean_regret(self) -> float:
        """Over the trials."""
        return float(np.mean([trial.regret for trial in self.trials]))


def write_record(record: AdviceRecord) -> None:
    """Keep a record for `recorded`."""
    _recorded_path().write_text(json.dumps(asdict(record), indent=1) + "\n", "utf-8")
    _read.cache_clear()


def recorded() -> AdviceRecord:
    """What comes with the app."""
    return _read(_recorded_path())


def _recorded_path() -> Path:
    return settings().assets / "advice.json"


@cache
def _read(path: Path) -> AdviceRecord:
    stored: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return AdviceRecord(
        reference=Reference(**stored["reference"]),
        rule=Rule(**stored["rule"]),
        trials=tuple(Trial(**trial) for trial in stored["trials"]),
        made=stored["made"],
    )
