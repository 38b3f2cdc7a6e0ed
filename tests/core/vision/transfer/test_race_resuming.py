"""A race that was interrupted goes on in the lane that ran; those that had ended come back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from core import engine
from core.engine import Predictor
from core.errors import InvalidInputError
from core.learning.resuming import ResumePoint
from core.vision.transfer import ImageDataset, TrainingSettings, race_points
from core.vision.transfer import race as race_module
from core.vision.transfer.race import RaceStep, race, rescue
from core.vision.transfer.trained_model import TRAINED

FEATURES = TrainingSettings(seed=5, epochs=3)
SCRATCH = TrainingSettings(seed=5, strategy="scratch", epochs=2)
FEW = TrainingSettings(seed=5, photos_per_class=3)
ENTRANTS = [FEATURES, SCRATCH, FEW]


@pytest.fixture(scope="module")
def dataset(greys) -> ImageDataset:
    return greys(14)


@pytest.fixture(scope="module")
def steps(dataset) -> list[RaceStep]:
    return list(race(dataset, ENTRANTS))


@pytest.fixture
def stopped(steps) -> ResumePoint:
    """The point at which the second lane has had one of its two epochs, out of its file."""
    return filed(next(s for s in steps if s.lanes[1].step and len(s.lanes[1].step.epochs) == 1))


def filed(step: RaceStep) -> ResumePoint:
    assert step.resume_point is not None
    return ResumePoint.from_bytes(step.resume_point.to_bytes())


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


@pytest.fixture
def trained(monkeypatch) -> list[str]:
    """The strategies of the lanes that are trained."""
    begun: list[str] = []

    def spy(dataset, settings, *rest) -> Iterator:
        begun.append(settings.strategy)
        return train(dataset, settings, *rest)

    train = race_module.train
    monkeypatch.setattr(race_module, "train", spy)
    return begun


def assert_same(one: RaceStep, other: RaceStep) -> None:
    for own, others in zip(one.lanes, other.lanes, strict=True):
        np.testing.assert_allclose(own.probabilities, others.probabilities, atol=1e-5)
        np.testing.assert_array_equal(own.step.split.test, others.step.split.test)
        assert own.step.stage == others.step.stage == "done"
        assert len(own.step.epochs) == len(others.step.epochs)
        assert own.evaluation.accuracy == others.evaluation.accuracy
        assert own.step.evaluation is own.evaluation
        assert own.step.card.figures == others.step.card.figures


def test_a_lane_that_had_ended_is_not_trained_again(dataset, steps, stopped, trained, computed):
    again = list(race(dataset, ENTRANTS, stopped))
    assert trained == ["scratch", "features"]
    assert not computed  # features of the third lane came with the point
    assert_same(again[-1], steps[-1])
    assert again[-1].lanes[0].step.seconds == steps[-1].lanes[0].step.seconds
    shares = [step.share for step in again]
    assert shares == sorted(shares) and shares[-1] == 1
    scratch = [step.lanes[1].step for step in again if step.running == 1 and step.lanes[1].step]
    assert [len(scratch[0].epochs), len(scratch[-1].epochs)] == [1, 2]
    photos = [photo.data for photo in dataset.photos[:4]]
    np.testing.assert_allclose(
        again[-1].lanes[0].step.model.predict(photos),
        steps[-1].lanes[0].step.model.predict(photos),
        atol=1e-6,
    )
    was, now = (race.lanes[0].step.novelty for race in (steps[-1], again[-1]))
    assert now.to_json() == was.to_json() and len(now.tested) == 6
    assert again[-1].lanes[0].step.card.none_of_these.tested == 6


def test_points_grow_by_one_and_are_the_same_until_the_next(dataset, steps, stopped):
    again = list(race(dataset, ENTRANTS, stopped))
    assert again[0].resume_point is stopped
    for run, first in ((steps, 1), (again, stopped.number)):
        points = [step.resume_point for step in run if step.resume_point]
        distinct = list({id(point): point for point in points}.values())
        assert [point.number for point in distinct] == [*range(first, first + len(distinct))]
    for step in steps:
        assert all(lane.step is None or lane.step.resume_point is None for lane in step.lanes)


def test_a_race_goes_on_between_two_lanes(dataset, steps, trained, computed):
    between = next(s for s in steps if s.lanes[1].evaluation and not s.lanes[2].step)
    *_, last = race(dataset, ENTRANTS, filed(between))
    assert trained == ["features"] and not computed
    assert_same(last, steps[-1])
    assert steps[-1].resume_point is last.resume_point is None


def test_a_race_goes_on_after_it_was_brought_home(dataset, steps):
    halfway = next(s for s in steps if s.lanes[1].step and len(s.lanes[1].step.epochs) == 1)
    *_, saved = rescue(dataset, halfway)
    assert saved.resume_point is halfway.resume_point


@pytest.mark.slow
def test_a_race_goes_on_in_another_process(dataset, steps):
    running = engine.run_in_process(race, dataset, ENTRANTS)
    for step in running:
        if step is not None and step.lanes[1].step and step.lanes[1].step.epochs:
            break
    running.close()
    *_, last = engine.run_in_process(race, dataset, ENTRANTS, filed(step))
    assert_same(last, steps[-1])


@pytest.mark.parametrize(
    ("entrants", "sentence"),
    [
        ([FEATURES, SCRATCH], "the same settings"),
        ([replace(one, seed=6) for one in ENTRANTS], "the same settings"),
        ([FEATURES, FEW, SCRATCH], "the same settings"),
    ],
)
def test_a_point_of_another_race_is_refused(dataset, stopped, entrants, sentence):
    with pytest.raises(InvalidInputError, match=sentence):
        next(race(dataset, entrants, stopped))


def test_a_point_of_other_photos_is_refused(dataset, stopped):
    relabelled = dataset.relabelled({0: dataset.classes[1]})
    with pytest.raises(InvalidInputError, match="the same photos with the same classes"):
        next(race(relabelled, ENTRANTS, stopped))


def about_with(point: ResumePoint, lane: dict | None = None, **changes) -> ResumePoint:
    ended = [{**point.about["ended"][0], **(lane or {})}]
    return replace(point, about={**point.about, "ended": ended, **changes})


def array_with(point: ResumePoint, name: str, change) -> ResumePoint:
    return replace(point, arrays={**point.arrays, name: change(point.arrays[name])})


def other_best(point: ResumePoint, **changes) -> ResumePoint:
    return about_with(point, {"best": {**point.about["ended"][0]["best"], **changes}})


@pytest.mark.parametrize(
    "damage",
    [
        lambda p: about_with(p, ended=None),
        lambda p: about_with(p, ended=p.about["ended"] * 4),
        lambda p: about_with(p, running=7),
        lambda p: about_with(p, running={"number": 0, "about": {}}),
        lambda p: about_with(p, {"seconds": -1}),
        lambda p: about_with(p, {"epochs": [{"loss": 1.0}]}),
        lambda p: about_with(p, {"epochs": 5}),
        lambda p: other_best(p, is_frozen="yes"),
        lambda p: other_best(p, layers=[["predictions", [[2, 1280], [2]]]]),
        lambda p: other_best(p, layers=[["another", [[1280, 2], [2]]]]),
        lambda p: other_best(p, layers=[["predictions", [[-1280, -2], [2]]]]),
        lambda p: other_best(p, layers=[["predictions", [[1 << 40, 1 << 40], [2]]]]),
        lambda p: array_with(p, "0/best", lambda a: a[:-1]),
        lambda p: array_with(p, "0/best", lambda a: a * np.float32(np.nan)),
        lambda p: array_with(p, "0/best", lambda a: a.astype(np.float64)),
        lambda p: array_with(p, "0/probabilities", lambda a: a[:-1]),
        lambda p: array_with(p, "0/probabilities", lambda a: a * 3),
        lambda p: array_with(p, "0/probabilities", lambda a: a[:, :1]),
        lambda p: array_with(p, "features/efficientnet_lite0/vectors", lambda a: a[:, 1:]),
        lambda p: replace(p, arrays={}),
    ],
)
def test_a_point_that_is_damaged_is_refused(dataset, stopped, damage, trained):
    with pytest.raises(InvalidInputError, match="damaged"):
        list(race(dataset, ENTRANTS, damage(stopped)))
    assert trained in ([], ["scratch"])


def damaged_network(point: ResumePoint, **changes) -> ResumePoint:
    running = point.about["running"]
    rounds = {**running["about"]["rounds"], **changes}
    return about_with(point, running={**running, "about": {**running["about"], "rounds": rounds}})


@pytest.mark.parametrize(
    "damage",
    [
        lambda p: damaged_network(p, stage=1),
        lambda p: damaged_network(p, patience=0),
        lambda p: damaged_network(p, patience="3"),
        lambda p: damaged_network(p, epochs=[]),
        lambda p: damaged_network(p, epochs=p.about["running"]["about"]["rounds"]["epochs"] * 3),
        lambda p: damaged_network(p, network={"layout": "x", "goes_on": True}),
        lambda p: damaged_network(p, network={}),
        lambda p: damaged_network(p, best={}),
        lambda p: array_with(p, "running/variables", lambda a: a[1:]),
        lambda p: array_with(p, "running/variables", lambda a: a + np.float32(np.inf)),
        lambda p: array_with(p, "running/counters", lambda a: a - (1 << 40)),
        lambda p: array_with(p, "running/counters", lambda a: a.astype(np.float64)),
        lambda p: array_with(p, "running/kept_losses", lambda a: a[1:]),
        lambda p: array_with(p, "running/best", lambda a: a[1:]),
    ],
)
def test_a_network_that_is_damaged_is_refused(dataset, stopped, damage, monkeypatch):
    monkeypatch.setattr(race_points.RacePoints, "reopened", lambda self: iter(()))
    with pytest.raises(InvalidInputError, match="damaged"):
        list(race(dataset, ENTRANTS, damage(stopped)))
