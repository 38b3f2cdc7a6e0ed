"""Advice in the Train room: opened, followed, and compared with what a race found."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from core import engine
from core.learning.metrics import evaluate
from core.vision.transfer import STRATEGIES, ImageDataset, TrainingSettings
from core.vision.transfer.advice import RACED, advise, outcome
from core.vision.transfer.advice_record import recorded
from pages._transfer import advice as advice_room
from pages._transfer.advice_chart import QUADRANTS, quadrants
from pages._transfer.lanes import STRATEGY_TITLES
from pages._transfer.state import Lab
from tests.waiting import wait_until


@pytest.fixture(scope="module")
def dataset(greys) -> ImageDataset:
    """Eight noisy pictures of each of two greys."""
    return greys(8)


@pytest.fixture(scope="module")
def advice(dataset):
    *_, step = advise(dataset)
    return step.advice


@pytest.fixture
def opened(visit, dataset, finish):
    """A function that opens the advice on a small data set, and waits for it."""

    def open_room(**settings):
        app = visit("transfer.py", room="Train", **settings)
        app.session_state["lab"] = Lab(dataset, "Grey")
        app.query_params["train_advice"] = "true"
        app.session_state["train_advice"] = True
        app.run()
        finish(app, "advice")
        return app

    return open_room


def settings_of(app):
    job = app.session_state["race"]
    wait_until(lambda: job.snapshot, 60)
    engine.jobs.cancel(job)
    return [lane.settings for lane in job.snapshot.lanes]


def test_nothing_is_computed_before_the_advice_is_opened(visit):
    app = visit("transfer.py", room="Train")
    assert "advice" not in app.session_state
    (box,) = [box for box in app.expander if box.label.startswith("Advice")]
    assert not box.children


def test_the_strategy_of_the_quadrant_is_recommended(opened, advice, messages):
    app = opened()
    assert messages(app) == []
    texts = [text.value for text in app.markdown]
    strategy = STRATEGY_TITLES[advice.strategy]
    assert f"##### {QUADRANTS[advice.quadrant]}: {strategy.lower()}" in texts
    assert any("8 photos of each class" in text and advice.reason in text for text in texts)
    assert app.button(key="advice_train").label == f"Train: {strategy}"
    (basis,) = [c.value for c in app.caption if c.value.startswith("Recorded: ")]
    assert f"{100 * recorded().mean_regret:.1f} points less accurate" in basis
    assert basis.startswith(f"Recorded: {len(recorded().trials)} races")


def test_one_click_starts_what_is_recommended(opened, advice):
    app = opened(train_seed="7", train_test_share="40")
    app.button(key="advice_train").click().run()
    (settings,) = settings_of(app)
    assert (settings.strategy, settings.seed, settings.test_share) == (advice.strategy, 7, 0.4)
    assert settings.backbone == recorded().reference.backbone


def test_one_click_starts_a_race_of_all_strategies(opened):
    app = opened(train_strategies=["From scratch"])
    app.button(key="advice_race").click().run()
    assert [settings.strategy for settings in settings_of(app)] == [*RACED]
    assert {*RACED} <= {*STRATEGIES}


def test_after_a_race_the_page_says_whether_the_advice_held(
    opened, advice, finish, in_this_process
):
    other = next(name for name in ("features", "augment") if name != advice.strategy)
    named = [STRATEGY_TITLES[name] for name in (advice.strategy, other)]
    app = opened(train_strategies=named)
    next(b for b in app.button if b.label == "Train").click().run()
    finish(app, "race")
    lab = app.session_state["lab"]
    assert lab.ready() and {*lab.features.vectors}
    assert any(text.value.startswith("**The advice held.**") for text in app.markdown)
    (figures,) = [c.value for c in app.caption if "McNemar" in c.value]
    assert figures.startswith(f"{named[0]} against the best other strategy: +0.0 points")
    # what is advised on other photos says nothing of this race
    lab.advice = {"of others": lab.advice[lab.trained_on.digest]}
    app.session_state["train_advice"] = app.query_params["train_advice"] = False
    app.run()
    assert not any("The advice held" in text.value for text in app.markdown)


def test_a_race_without_another_strategy_says_what_is_missing(
    opened, advice, finish, in_this_process
):
    app = opened(train_strategies=[STRATEGY_TITLES[advice.strategy]])
    app.button(key="advice_train").click().run()
    finish(app, "race")
    captions = [c.value for c in app.caption]
    assert any("another strategy to see whether the advice holds" in text for text in captions)


def test_the_picture_has_all_trials_and_the_photos_in_their_quadrant(advice):
    record = recorded()
    figure = quadrants(record.rule, record.trials, advice, "Grey")
    points = [trace for trace in figure.data if trace.mode == "markers"]
    assert sum(len(trace.x) for trace in points) == len(record.trials)
    (own,) = [trace for trace in figure.data if trace.name == "Grey"]
    assert (own.x[0], own.y[0]) == (8, advice.similarity.value)
    (shaded,) = [area for area in figure.layout.shapes if "0.12" in area.fillcolor]
    assert shaded.x0 <= own.x[0] < shaded.x1 and shaded.y0 <= own.y[0] <= shaded.y1
    elsewhere = replace(advice, quadrant="many, similar", photos_per_class=20_000)
    wide = quadrants(record.rule, record.trials, elsewhere, "Grey")
    assert 10 ** wide.layout.xaxis.range[1] > 20_000


@pytest.mark.parametrize(
    ("wrong", "photos", "start"),
    [
        (4, 400, "**The advice held.** Frozen features 99.0%, within 1 point of "),
        (2, 40, "**Too few test photos to say whether the advice held.** Frozen features 95.0%, "),
        (40, 400, "**The advice did not hold.** Frozen features 90.0%, "),
    ],
)
def test_the_sentence_says_how_clear_it_is(wrong, photos, start):
    def lane(strategy, mistakes):
        labels = np.arange(photos) % 2
        predicted = np.where(np.arange(photos) < mistakes, 1 - labels, labels)
        evaluation = evaluate(labels, np.eye(2)[predicted], ("a", "b"))
        return SimpleNamespace(settings=TrainingSettings(strategy=strategy), evaluation=evaluation)

    own, best = lane("features", wrong), lane("fine_tune", 0)
    compared = outcome("features", {"features": own.evaluation, "fine_tune": best.evaluation})
    sentence = advice_room._finding(compared, own, best)
    assert sentence.startswith(start) and "Fine-tuned last blocks 100.0%" in sentence
