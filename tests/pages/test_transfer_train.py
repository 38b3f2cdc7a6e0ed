"""The Train room of the transfer lab: settings, a race, Cancel, and the race repeated."""

from __future__ import annotations

import json
import time
from dataclasses import replace

import pytest

from core import engine
from core.vision.transfer import STRATEGIES, ImageDataset
from core.vision.transfer.race_record import recorded
from pages._transfer import lanes, race_view
from pages._transfer.lanes import STRATEGY_TITLES
from pages._transfer.state import LABS, Lab
from pages._ui.corrections import LEFT_OUT
from pages._ui.training_set import Attempt
from tests.waiting import SLACK, wait_until


@pytest.fixture(scope="module")
def dataset(greys) -> ImageDataset:
    """Ten noisy pictures of each of two greys."""
    return greys(10)


@pytest.fixture
def enter(visit, dataset):
    """A function that opens the room with a small data set."""

    def open_room(data=dataset, **settings):
        app = visit("transfer.py", room="Train", **settings)
        app.session_state["lab"] = Lab(data, "Grey")
        return app.run()

    return open_room


def button(app, label="Train"):
    (found,) = [b for b in app.button if b.label == label]
    return found


def race_charts(app):
    keys = [chart.key for chart in app.get("plotly_chart")]
    return [key for key in keys if key != "train_drawing"]


def entrants(app):
    return [lane.settings for lane in app.session_state["lab"].job.snapshot.lanes]


def test_the_room_opens_on_a_race_that_is_said_to_be_recorded(visit):
    app = visit("transfer.py", room="Train")
    (origin,) = [c.value for c in app.caption if c.value.startswith("Recorded, not run now")]
    first = recorded()[0]
    assert first.data in origin and first.made["date"] in origin
    assert race_charts(app) == ["race_accuracy", "race_loss"]
    names = app.dataframe[0].value["Training"].tolist()
    assert names[0] == "Frozen features" and names[-1] == "From scratch"


def test_the_headline_names_the_quickest_of_those_that_are_as_good(visit):
    app = visit("transfer.py", room="Train")
    race = recorded()[0]
    (quick,) = [lane for lane in race.lanes if lane.settings.strategy == "features"]
    sentence = (
        f"##### Frozen features: {quick.correct / quick.tested:.1%} in {quick.seconds:.0f} s."
    )
    assert any(text.value.startswith(sentence) for text in app.markdown)


@pytest.mark.parametrize("strategy", ["features", "fine_tune", "scratch"])
def test_a_race_of_one_strategy_has_its_headline(strategy):
    race = recorded()[0]
    (lane,) = [lane for lane in race.lanes if lane.settings.strategy == strategy]
    sentence = race_view._finding(replace(race, lanes=(lane,)))
    share = f"{lane.correct / lane.tested:.1%}"
    assert sentence == f"{STRATEGY_TITLES[strategy]}: {share} in {lane.seconds:.0f} s."


def test_a_learning_curve_of_one_strategy_has_its_headline():
    (race,) = [race for race in recorded() if "curve" in race.data]
    lanes = tuple(lane for lane in race.lanes if lane.settings.strategy == "features")
    assert len(lanes) > 1
    best = max(lanes, key=lambda lane: lane.correct / lane.tested)
    sentence = race_view._finding(replace(race, lanes=lanes))
    assert sentence.startswith(f"{STRATEGY_TITLES['features']} with {best.trained:,} photos: ")


def test_a_race_begins_with_the_quickest_and_ends_without_transfer(enter):
    app = enter()
    button(app).click().run()
    job = app.session_state["race"]
    wait_until(lambda: job.snapshot, 60)
    strategies = [settings.strategy for settings in entrants(app)]
    engine.jobs.cancel(job)
    assert strategies == ["features", "fine_tune", "scratch"]


def test_each_chosen_strategy_is_explained(enter):
    app = enter(train_strategies=["Frozen features, augmented", "Fine-tuned throughout"])
    captions = " ".join(caption.value for caption in app.caption)
    for name, sentence in STRATEGIES.items():
        assert (sentence in captions) == (name in ("augment", "initialise"))


def test_the_split_is_said_before_training(enter):
    app = enter(train_test_share="40")
    (parts,) = [c.value for c in app.caption if "training photos" in c.value]
    assert parts.startswith(
        "10 training photos, 2 validation photos for early stopping, 8 test photos"
    )


def test_without_a_strategy_there_is_nothing_to_train(enter):
    app = enter()
    app.pills(key="train_strategies").set_value([]).run()
    assert button(app).disabled


def test_each_strategy_is_tried_with_each_backbone_and_scratch_once(enter, finish, in_this_process):
    backbones = ["EfficientNet-Lite0", "EfficientNet-Lite1"]
    app = enter(train_strategies=["Frozen features", "From scratch"], train_backbone=backbones)
    button(app).click().run()
    job = app.session_state["race"]
    wait_until(lambda: job.snapshot, 60)
    chosen = [(settings.strategy, settings.backbone) for settings in entrants(app)]
    engine.jobs.cancel(job)
    lite0, lite1 = "efficientnet_lite0", "efficientnet_lite1"
    assert chosen == [("features", lite0), ("features", lite1), ("scratch", lite0)]
    app = enter(train_strategies=["Frozen features"], train_backbone=backbones)
    button(app).click().run()
    finish(app, "race")
    names = app.dataframe[0].value["Training"].tolist()
    assert names == [f"Frozen features · {backbone}" for backbone in backbones]
    (headline,) = [text.value for text in app.markdown if text.value.startswith("##### Frozen")]
    assert any(backbone in headline for backbone in backbones)


def test_frozen_features_can_be_those_of_networks_side_by_side(enter, in_this_process):
    strategies = ["Frozen features", "Fine-tuned last blocks"]
    one = ["EfficientNet-Lite0"]
    app = enter(train_strategies=strategies, train_backbone=one, train_side_by_side="true")
    assert app.toggle(key="train_side_by_side").disabled
    app = enter(
        train_strategies=strategies,
        train_backbone=[*one, "EfficientNet-Lite1"],
        train_side_by_side="true",
    )
    button(app).click().run()
    assert not app.exception
    job = app.session_state["race"]
    wait_until(lambda: job.snapshot, 60)
    chosen = [(settings.strategy, settings.backbone) for settings in entrants(app)]
    engine.jobs.cancel(job)
    lite0, lite1 = "efficientnet_lite0", "efficientnet_lite1"
    assert chosen == [
        *(("features", name) for name in (lite0, lite1, f"{lite0}+{lite1}")),
        *(("fine_tune", name) for name in (lite0, lite1)),
    ]


def test_a_module_is_one_more_frozen_backbone_once_it_is_typed(enter, in_this_process, tmp_path):
    strategies = ["Frozen features", "Fine-tuned last blocks"]
    app = enter(train_strategies=strategies, train_module=str(tmp_path))
    assert any("The link names the module" in one.value for one in app.warning)
    app = enter(train_strategies=strategies)
    app.text_input(key="train_module").set_value(str(tmp_path)).run()
    button(app).click().run()
    assert not app.exception
    job = app.session_state["race"]
    wait_until(lambda: job.snapshot, 60)
    chosen = [(settings.strategy, settings.backbone) for settings in entrants(app)]
    engine.jobs.cancel(job)
    lite0 = "efficientnet_lite0"
    assert chosen == [("features", lite0), ("features", str(tmp_path)), ("fine_tune", lite0)]


def test_a_hidden_layer_is_a_setting_of_the_link(enter, finish, in_this_process):
    app = enter(train_strategies=["Frozen features"], train_hidden="16")
    button(app).click().run()
    finish(app, "race")
    assert [settings.hidden_units for settings in entrants(app)] == [16]
    (lane,) = app.session_state["lab"].ready()
    assert lane.evaluation.accuracy == 1
    assert lanes.title(lane.settings).endswith("EfficientNet-Lite0 · hidden layer of 16")
    assert enter().select_slider(key="train_hidden").value is None


def test_without_a_backbone_there_is_only_scratch_to_train(enter):
    app = enter()
    app.multiselect(key="train_backbone").set_value([]).run()
    assert not button(app).disabled
    app.pills(key="train_strategies").set_value(["features"]).run()
    assert button(app).disabled


def test_other_learners_stand_beside_the_dense_layer(enter, finish, in_this_process):
    app = enter(train_strategies=["Frozen features"])
    button(app).click().run()
    finish(app, "race")
    button(app, "Try them").click().run()
    finish(app, "learners")
    table = app.dataframe[-1].value
    assert table["Learner"].iloc[0] == "Dense layer"
    assert len(table) == 4
    assert table["Test"].between(0, 1).all()
    (lane,) = app.session_state["lab"].ready()
    assert table["Test"][0] == lane.evaluation.accuracy


def test_too_few_photos_are_said(enter, dataset, messages):
    app = enter(data=dataset.without(range(3, 10)))
    (sentence,) = messages(app)
    assert "at least four photos of each class" in sentence and "dark" in sentence


def test_a_race_ends_with_classifiers_and_what_they_found(enter, finish, in_this_process):
    app = enter(train_strategies=["Frozen features"], train_seed="3")
    button(app).click().run()
    finish(app, "race")
    lab = app.session_state["lab"]
    assert [s.seed for s in entrants(app)] == [3]
    (lane,) = lab.ready()
    assert lane.evaluation.accuracy == 1
    table = app.dataframe[0].value
    assert list(table["Test"]) == [1.0]
    assert "Before" not in table
    assert lane.step.model.predict([lab.original.photos[0].data]).argmax() == 0

    # corrected, and repeated with the same settings
    lab.corrections[0] = LEFT_OUT
    LABS.begin(lab, [lane.settings for lane in lab.race.lanes])
    app.session_state["race"] = lab.job
    finish(app, "race")
    assert len(lab.trained_on.photos) == 19 and lab.origin[0] == 1
    assert list(app.dataframe[0].value["Before"]) == [1.0]


def test_a_learning_curve_has_more_and_more_photos(enter, finish, in_this_process):
    app = enter(train_how="Learning curve", train_strategies=["Frozen features"])
    button(app).click().run()
    finish(app, "race")
    assert [s.photos_per_class for s in entrants(app)] == [2, 5, None]
    trained = list(app.dataframe[0].value["Trained on"])
    assert trained == [4, 10, 14]
    assert race_charts(app) == ["learning_curves"]


def test_cancel_keeps_the_best_so_far_as_a_classifier(enter, finish):
    app = enter(train_strategies=["Frozen features", "Fine-tuned throughout"])
    button(app).click().run()
    job = app.session_state["race"]

    def second_has_a_best():
        assert not job.is_over
        return job.snapshot and job.snapshot.running == 1 and job.snapshot.lanes[1].step.best

    wait_until(second_has_a_best, 90)
    engine.jobs.cancel(job)
    asked = time.monotonic()
    assert job.wait(10)
    assert time.monotonic() - asked < 1.5 * SLACK  # below 0.5 s on an idle machine
    app.run()
    assert app.session_state["race"].title == "Restoring the best weights"
    finish(app, "race")
    assert [lane.step.stage for lane in app.session_state["lab"].ready()] == [
        "done",
        "stopped early",
    ]


def test_a_cancelled_race_stays_beside_one_that_had_finished(enter, finish, in_this_process):
    app = enter(train_strategies=["Frozen features"])
    button(app).click().run()
    finish(app, "race")
    lab = app.session_state["lab"]
    finished, learned_from = lab.race, lab.training_set
    lab.corrections[0] = LEFT_OUT

    def endless(step):
        while True:
            time.sleep(0.01)
            yield step

    for step, beside in ((None, None), (finished, finished)):
        lab.attempt, lab.stopped = Attempt((), lab.corrected()), None
        lab.job = engine.jobs.submit(lambda step=step: endless(step), title="Again", owner="me")
        app.session_state["race"] = lab.job
        wait_until(lambda step=step: lab.job.started and lab.job.snapshot is step)
        app.run()
        assert lab.race is finished and lab.ready()  # what was there before can be used meanwhile
        engine.jobs.cancel(lab.job)
        finish(app, "race")
        assert lab.race is finished and lab.training_set is learned_from
        assert (None if lab.beside is None else lab.beside[0]) is beside
    assert len(lab.beside[1].dataset.photos) == 19
    next(b for b in app.button if b.label == "Show the other race").click().run()
    assert not app.exception
    assert len(lab.trained_on.photos) == 19
    assert lab.beside == (finished, learned_from)


def test_figures_can_be_taken_along(visit):
    app = visit("transfer.py", room="Train")
    labels = [element.proto.label for element in app.get("download_button")]
    assert labels == ["Settings and metrics (JSON)", "Curves (CSV)"]
    assert json.loads(recorded()[0].to_json())["lanes"]
