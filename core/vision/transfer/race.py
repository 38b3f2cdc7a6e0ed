"""Several trainings on one split of one data set, one after another, and how good each came out.

Strategies race each other; the same strategy with more and more photos is a learning curve.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from core.errors import InvalidInputError
from core.learning.feature_cache import FeatureCache
from core.learning.metrics import Evaluation
from core.learning.resuming import ResumePoint
from core.vision.transfer.datasets import ImageDataset
from core.vision.transfer.known_photos import learn_known
from core.vision.transfer.race_points import RacePoints
from core.vision.transfer.trained_model import TrainedModel
from core.vision.transfer.training import TrainingSettings, TrainingStep, evaluated, train


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """One training of a race.

    Attributes
    ----------
    settings : TrainingSettings
    step : its last snapshot, or None before it has begun; has a `model` once it is ready.
    probabilities : (n, C) float32 or None, rows as in `step.split.test`.
    evaluation : of these against the labels.
    """

    settings: TrainingSettings
    step: TrainingStep | None = None
    probabilities: np.ndarray | None = field(default=None, repr=False)
    evaluation: Evaluation | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class RaceStep:
    """A snapshot of a race.

    Attributes
    ----------
    lanes : tuple of Lane, in the order of the race.
    running : position of the lane that trains now.
    share : float in [0, 1], about how far the race is.
    resume_point : the latest from which the race could go on, until it has ended. The same one
        until the next, whose number is higher by one.
    """

    lanes: tuple[Lane, ...]
    running: int
    share: float
    resume_point: ResumePoint | None = field(default=None, repr=False)


def race(
    dataset: ImageDataset,
    entrants: Sequence[TrainingSettings],
    resume: ResumePoint | None = None,
    cache: FeatureCache | None = None,
) -> Iterator[RaceStep]:
    """Train one classifier after another, with a snapshot several times a second.

    All must have the same seed and shares, so that all are tested on the same photos. Features
    that several need are computed once, and the time that took counts for each of them.

    Parameters
    ----------
    resume : where the same race was interrupted. Lanes that had ended come back as they were.
    cache : features that are there already; new ones are added.

    Raises
    ------
    InvalidInputError
        If there is nobody, or they would be tested on different photos; if `resume` is of another
        race, or damaged.
    UnknownNameError, WeightsUnavailableError, MemoryBudgetError
        As for `core.vision.transfer.train`.
    """
    if len({(s.seed, s.test_share, s.validation_share) for s in entrants}) != 1:
        raise InvalidInputError(
            "Expected trainings with one seed and one test share, so that they are tested on the "
            f"same photos. Received: {list(entrants)}."
        )
    lanes = [Lane(settings=settings) for settings in entrants]
    cache = FeatureCache() if cache is None else cache
    points = RacePoints(dataset, entrants, resume)
    if resume is not None:
        yield _snapshot(lanes, 0, 0.0, resume)
    points.restore_features(cache)
    for number, (step, probabilities) in enumerate(points.reopened()):
        lanes[number] = _with_outcome(lanes[number], step, probabilities)
        yield _snapshot(lanes, number, 1.0, points.latest)
    for number in range(points.ended, len(entrants)):
        settings = entrants[number]
        for step in train(dataset, settings, cache, points.running):
            points.note(step.resume_point)
            step = replace(step, resume_point=None)  # that of the race has all that is in it
            lanes[number] = replace(lanes[number], step=step)
            yield _snapshot(lanes, number, step.share, points.latest)
            if step.model is not None:
                step, probabilities = evaluated(dataset, step)
                lanes[number] = _with_outcome(lanes[number], step, probabilities)
                points.end_lane(step, probabilities)
        has_ended = number + 1 == len(entrants)
        yield _snapshot(lanes, number, 1.0, None if has_ended else points.latest)


def rescue(dataset: ImageDataset, stopped: RaceStep) -> Iterator[RaceStep]:
    """Make classifiers of the best weights that a race had found when it was stopped."""
    lanes = list(stopped.lanes)
    for number, lane in enumerate(lanes):
        if lane.step is not None and lane.step.best is not None and lane.evaluation is None:
            best = lane.step.best
            model = lane.step.model or TrainedModel.from_checkpoint(best)
            if model.novelty is None:
                for share in learn_known(model, best, dataset, lane.step.split):
                    yield _snapshot(lanes, number, share, stopped.resume_point)
            step = replace(lane.step, stage="stopped early", share=1.0, model=model)
            lanes[number] = _with_outcome(lane, *evaluated(dataset, step))
        yield _snapshot(lanes, number, 1.0, stopped.resume_point)


def _snapshot(lanes: list[Lane], running: int, share: float, point: ResumePoint | None) -> RaceStep:
    return RaceStep(
        lanes=tuple(lanes),
        running=running,
        share=(running + share) / len(lanes),
        resume_point=point,
    )


def _with_outcome(lane: Lane, step: TrainingStep, probabilities: np.ndarray) -> Lane:
    return replace(lane, step=step, probabilities=probabilities, evaluation=step.evaluation)
