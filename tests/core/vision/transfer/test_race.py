"""Several trainings on one split: what they share, what they find, what is kept."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.engine import Predictor
from core.errors import InvalidInputError
from core.recipes import races as races_recipe
from core.vision.transfer import ImageDataset, TrainingSettings, race_record
from core.vision.transfer.race import race, rescue
from core.vision.transfer.race_record import RaceRecord, record, recorded
from core.vision.transfer.trained_model import TRAINED

FEATURES = TrainingSettings(seed=5)
FEW = TrainingSettings(seed=5, photos_per_class=3)


@pytest.fixture(scope="module")
def dataset(greys) -> ImageDataset:
    """Twenty noisy pictures of each of two greys."""
    return greys(20)


@pytest.fixture(scope="module")
def computed() -> list[tuple[int, int]]:
    """After each step of `steps`: the lane that runs, and features computed so far."""
    return []


@pytest.fixture(scope="module")
def steps(dataset, computed):
    call = Predictor.__call__
    asked = []

    def spy(self, images, *outputs):
        if "embedding" in outputs and not self.name.startswith(TRAINED):
            asked.append(len(images))
        return call(self, images, *outputs)

    steps = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Predictor, "__call__", spy)
        for step in race(dataset, [FEATURES, FEW]):
            steps.append(step)
            computed.append((step.running, sum(asked)))
    return steps


def test_every_lane_is_tested_on_the_same_photos(dataset, steps):
    first, second = steps[-1].lanes
    np.testing.assert_array_equal(first.step.split.test, second.step.split.test)
    assert len(second.step.split.train) == 6
    for lane in (first, second):
        photos = [dataset.photos[i].data for i in lane.step.split.test]
        np.testing.assert_allclose(lane.probabilities, lane.step.model.predict(photos), atol=1e-6)
        truth = dataset.labels[lane.step.split.test]
        assert lane.evaluation.accuracy == (lane.probabilities.argmax(axis=1) == truth).mean()
        card = lane.step.model.card
        assert card.figures.accuracy == pytest.approx(lane.evaluation.accuracy)
        assert sum(one.train for one in card.classes) == len(lane.step.split.train)
        assert card.backbone.name == "efficientnet_lite0"


def test_lanes_run_one_after_another_and_the_share_rises(steps):
    shares = [step.share for step in steps]
    assert shares == sorted(shares)
    assert shares[-1] == 1
    during = next(step for step in steps if step.running == 1)
    assert during.lanes[0].evaluation is not None
    assert steps[0].lanes[1].step is None


def test_what_others_have_computed_is_not_computed_again(steps, computed):
    once = max(count for lane, count in computed if lane == 0)
    assert once == 32  # of 40 photos 8 are for the test
    assert computed[-1] == (1, once)


def test_a_race_that_was_stopped_can_be_brought_home(dataset):
    steps = race(dataset, [FEATURES, FEW])
    stopped = next(s for s in steps if s.lanes[0].step and s.lanes[0].step.epochs)
    steps.close()
    assert stopped.lanes[0].evaluation is None
    *_, saved = rescue(dataset, stopped)
    assert saved.lanes[0].step.stage == "stopped early"
    assert saved.lanes[0].evaluation.accuracy == 1
    assert len(saved.lanes[0].step.novelty.tested) == 8
    assert saved.lanes[1] == stopped.lanes[1]  # had not begun


def test_lanes_with_other_test_photos_are_refused(dataset):
    with pytest.raises(InvalidInputError, match="same photos"):
        next(race(dataset, [FEATURES, replace(FEATURES, seed=6)]))
    with pytest.raises(InvalidInputError, match="same photos"):
        next(race(dataset, []))


def test_a_record_says_what_happened_and_survives_a_file(dataset, steps):
    kept = record(steps[-1], dataset, "Grey")
    assert kept.counts == {"dark": 20, "light": 20}
    lane = kept.lanes[0]
    assert lane.settings == FEATURES
    assert (lane.tested, lane.trained) == (8, len(steps[-1].lanes[0].step.split.train))
    assert lane.correct == round(8 * steps[-1].lanes[0].evaluation.accuracy)
    assert RaceRecord.from_json(kept.to_json()) == kept


def test_a_record_of_a_race_under_way_has_lanes_that_wait(dataset, steps):
    kept = record(steps[0], dataset, "Grey")
    assert [(lane.tested, lane.stage) for lane in kept.lanes][1] == (0, "")


def test_the_recorded_races_have_every_strategy_and_were_tested():
    races = {one.data: one for one in recorded()}
    for name in ("Cats and dogs", "Flowers"):
        assert [lane.settings.strategy for lane in races[name].lanes] == [*races_recipe.STRATEGIES]
        assert all(lane.correct <= lane.tested > 0 for lane in races[name].lanes)
    assert "keras" in races["Flowers"].made


def test_records_are_written_as_they_are_read(dataset, steps, tmp_path, monkeypatch):
    kept = record(steps[-1], dataset, "Grey")
    monkeypatch.setenv("GRAFT_ASSETS", str(tmp_path))
    race_record.write_records([kept])
    assert recorded() == (kept,)
