"""A training on photos that was interrupted goes on from its last point, and ends the same."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from core.engine import Predictor
from core.errors import InvalidInputError
from core.learning import resuming
from core.learning.resuming import ResumePoint
from core.vision.transfer import ImageDataset, TrainingSettings, train
from core.vision.transfer.trained_model import TRAINED
from core.vision.transfer.training import TrainingStep

TOLERANCE = 1e-5  # of probabilities and weights: the same sums, perhaps in another order
SCRATCH = TrainingSettings(strategy="scratch", epochs=3, patience=3)


@pytest.fixture(scope="module")
def dataset(greys) -> ImageDataset:
    return greys(14)


@pytest.fixture
def always(monkeypatch) -> None:
    """A point after every step of computing features."""
    monkeypatch.setattr(resuming, "EVERY_S", 0.0)


@pytest.fixture
def computed(monkeypatch) -> list[int]:
    """How many photos went through the frozen network each time."""
    call, rows = Predictor.__call__, []

    def spy(self, images, *outputs):
        if "embedding" in outputs and not self.name.startswith(TRAINED):
            rows.append(len(images))
        return call(self, images, *outputs)

    monkeypatch.setattr(Predictor, "__call__", spy)
    return rows


def filed(point: ResumePoint) -> ResumePoint:
    return ResumePoint.from_bytes(point.to_bytes())


def points_and_last(steps: Iterator[TrainingStep]) -> tuple[list[ResumePoint], TrainingStep]:
    """Every point of a training, and its last step."""
    points: list[ResumePoint] = []
    for step in steps:
        if step.resume_point is not None and step.resume_point not in points[-1:]:
            points.append(step.resume_point)
    return points, step


def assert_same(one: TrainingStep, other: TrainingStep) -> None:
    assert one.best is not None and other.best is not None
    assert [*one.best.weights] == [*other.best.weights]
    for name, weights in one.best.weights.items():
        for own, others in zip(weights, other.best.weights[name], strict=True):
            np.testing.assert_allclose(own, others, atol=TOLERANCE, err_msg=name)
    assert len(one.epochs) == len(other.epochs)
    for own, others in zip(one.epochs, other.epochs, strict=True):
        assert own.loss == pytest.approx(others.loss, abs=TOLERANCE)
        assert own.validation_loss == pytest.approx(others.validation_loss, abs=TOLERANCE)


def test_features_that_were_computed_are_not_computed_again(dataset, computed, always):
    settings = TrainingSettings(epochs=3)
    points, whole = points_and_last(train(dataset, settings))
    once = sum(computed)
    half = next(
        p for p in points if len(p.arrays.get("features/efficientnet_lite0/vectors", ())) >= 8
    )
    computed.clear()
    steps = list(train(dataset, settings, resume=filed(half)))
    assert sum(computed) == once - len(half.arrays["features/efficientnet_lite0/vectors"])
    assert_same(steps[-1], whole)
    assert steps[-1].resume_point is None
    numbers = [step.resume_point.number for step in steps[:-1]]
    assert numbers == sorted(numbers) and numbers[0] == half.number < numbers[-1]


def test_random_views_go_on_with_the_next_batch(dataset, computed, always):
    settings = TrainingSettings(strategy="augment", epochs=2)
    points, whole = points_and_last(train(dataset, settings))
    half = next(p for p in points if len(p.arrays.get("views", ())) >= 24)
    known, views = len(half.arrays["views"]), len(points[-1].arrays["views"])
    computed.clear()
    *_, last = train(dataset, settings, resume=filed(half))
    assert sum(computed) == views - known > 0
    assert_same(last, whole)


def test_a_network_goes_on_with_its_next_epoch(dataset):
    points, whole = points_and_last(train(dataset, SCRATCH))
    assert [len(p.about["rounds"]["epochs"]) for p in points] == [1, 2, 3]
    for point in (points[0], points[2]):
        done = len(point.about["rounds"]["epochs"])
        steps = list(train(dataset, SCRATCH, resume=filed(point)))
        assert len(steps[0].epochs) == done and steps[0].best is not None
        stages = {step.stage for step in steps if step.stage.startswith("epoch")}
        assert stages == {f"epoch {n + 1} of at most 3" for n in range(done, 3)}
        assert_same(steps[-1], whole)
        photos = [dataset.photos[i].data for i in whole.split.test]
        np.testing.assert_allclose(
            steps[-1].model.predict(photos), whole.model.predict(photos), atol=TOLERANCE
        )


@pytest.mark.slow
@pytest.mark.parametrize("strategy", ["fine_tune", "initialise"])
def test_a_backbone_goes_on_with_its_next_epoch(dataset, computed, strategy):
    settings = TrainingSettings(strategy=strategy, epochs=2)
    points, whole = points_and_last(train(dataset, settings))
    after_first = next(p for p in points if "rounds" in p.about)
    computed.clear()
    steps = list(train(dataset, settings, resume=filed(after_first)))
    assert not computed
    assert len(whole.epochs) == len(steps[0].epochs) + 1
    assert_same(steps[-1], whole)


def test_the_time_before_the_pause_counts_and_the_pause_does_not(dataset, always):
    settings = TrainingSettings(epochs=2)
    points, _ = points_and_last(train(dataset, settings))
    longer = replace(points[-1], about={**points[-1].about, "seconds": 5000.0})
    first, *_, last = train(dataset, settings, resume=longer)
    assert 5000 <= first.seconds < last.seconds < 5060
    # nor does the time that its own features took count twice
    slow = {"features/efficientnet_lite0/seconds": np.full(28, 1000.0)}
    known = len(longer.arrays["features/efficientnet_lite0/seconds"])
    arrays = {**longer.arrays, **{name: values[:known] for name, values in slow.items()}}
    *_, last = train(dataset, settings, resume=replace(longer, arrays=arrays))
    assert last.seconds < 5060


def test_points_are_seldom_while_features_are_computed(dataset):
    points, _ = points_and_last(train(dataset, TrainingSettings(epochs=2)))
    assert len(points) == 1


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        (TrainingSettings(seed=1), "the same settings"),
        (replace(SCRATCH, epochs=4), "the same settings"),
    ],
)
def test_a_point_of_another_training_is_refused(dataset, settings, sentence):
    points, _ = points_and_last(train(dataset, TrainingSettings(epochs=2)))
    with pytest.raises(InvalidInputError, match=sentence):
        next(train(dataset, settings, resume=points[-1]))
    with pytest.raises(InvalidInputError, match="the same photos"):
        next(train(dataset.without([0]), TrainingSettings(epochs=2), resume=points[-1]))


@pytest.mark.parametrize(
    "views", [np.zeros((3, 7), np.float32), np.zeros((999, 1280), np.float32), np.zeros(5)]
)
def test_views_that_are_damaged_are_refused(dataset, always, views):
    settings = TrainingSettings(strategy="augment", epochs=2)
    step = next(s for s in train(dataset, settings) if s.resume_point is not None)
    damaged = replace(step.resume_point, arrays={**step.resume_point.arrays, "views": views})
    with pytest.raises(InvalidInputError, match="damaged"):
        list(train(dataset, settings, resume=damaged))
