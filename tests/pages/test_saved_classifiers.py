"""Saved classifiers are offered wherever a network is chosen, to who has their project open."""

from __future__ import annotations

import json

import numpy as np
import pytest

from core import engine
from core.projects import Project, models, projects
from core.sound.transfer.classifier import SoundClassifier
from core.vision.classification import classify
from core.vision.comparison import Measurement
from pages._backbones import cached
from pages._ui import video
from pages._ui.none_of_these import NONE
from tests.pages.conftest import opened
from tests.waiting import wait_until

ABOUT = {"network": "efficientnet_lite0", "accuracy": 0.975, "tested": 40, "data": "Some"}


@pytest.fixture(scope="module", autouse=True)
def own_store(tmp_path_factory):
    """A store of projects for these tests alone."""
    folder = tmp_path_factory.mktemp("projects")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRAFT_DATABASE", str(folder / "projects.db"))
        patch.setenv("GRAFT_BLOBS", str(folder / "content"))
        yield


@pytest.fixture(scope="module")
def make(own_photos, own_texts, sound_head):
    """A function that saves a new project of five classifiers."""

    def project() -> Project:
        made = projects().create("Garden")
        models.add(made, "My *colours*", own_photos.model, ABOUT)
        models.add(made, "My *colours*", own_photos.model, ABOUT)
        models.add(made, "Sky & sea", own_texts, ABOUT)
        models.add(made, "Noises", SoundClassifier(sound_head), ABOUT)
        return made

    return project


@pytest.fixture(scope="module")
def project(make) -> Project:
    return make()


@pytest.fixture(scope="module")
def name(project) -> str:
    return models.networks(project, "image")[0].name


@pytest.fixture
def visit_with(visit, project):
    """A function that opens a page by a link for reading the project."""
    return lambda page, **settings: visit(page, project=project.read_token, **settings)


def bars(app) -> dict:
    chart = app.get("plotly_chart")[0]
    return json.loads(chart.proto.spec)["data"][0]


def captions(app) -> str:
    return "\n".join(caption.value for caption in app.caption)


def test_a_photo_is_classified_and_located_by_its_classes(visit_with, messages, name):
    app = visit_with("classify.py", photo="Cat")
    app.selectbox(key="classify_network").set_value(name).run()
    assert messages(app) == []
    assert set(bars(app)["y"]) == {"blue", "green", "red"}
    assert app.selectbox(key="target").options == bars(app)["y"]
    assert len(app.selectbox(key="method").options) == 3
    assert "the 3 classes of its data set" in captions(app)
    assert r"My \*colours\*" in captions(app)
    (card,) = (text.value for text in app.markdown if "| **Family** |" in text.value)
    assert "Accuracy 97.5% on 40 test examples of Some; measured here" in card
    assert "| **Classes** | blue, green, red |" in card
    assert "Published" not in card


def test_a_photo_of_something_else_is_none_of_its_classes(visit_with, name):
    app = visit_with("classify.py", photo="Cat", network="My *colours*", none_share="10")
    assert f"##### {NONE}" in [text.value for text in app.markdown]
    assert any("--none-of-these 0.1" in code.value for code in app.code)
    app.selectbox(key="classify_network").set_value("efficientnet_lite0").run()
    assert not app.exception
    assert f"##### {NONE}" not in [text.value for text in app.markdown]
    assert not any("none" in code.value for code in app.code)
    assert "none_share" not in [slider.key for slider in app.slider]


def test_a_link_with_the_project_shows_the_same(visit_with, cat, name):
    app = visit_with("classify.py", photo="Cat", network="My *colours*", target="red")
    assert app.selectbox(key="classify_network").value == name
    assert app.selectbox(key="target").value == "red"
    assert bars(app)["y"][0] == classify(cat, backbone=name).labels[0]


def test_a_link_may_have_the_names_that_code_has(visit_with, name, project):
    app = visit_with("classify.py", network=name)
    assert app.selectbox(key="classify_network").value == name
    (spec,) = models.networks(project, "text")
    app = visit_with("documents.py", network=spec.name)
    assert app.selectbox(key="documents_network").value == spec.name
    app = visit_with("classify.py", network="efficientnet_lite2")
    assert app.selectbox(key="classify_network").value == "efficientnet_lite2"


@pytest.mark.parametrize("asked", ["My *colours*", "name"])
def test_a_link_without_the_project_shows_nothing_of_it(visit, name, asked):
    app = visit("classify.py", network=name if asked == "name" else asked)
    assert app.selectbox(key="classify_network").value == "efficientnet_lite0"
    assert "a saved classifier needs its project" in captions(app)
    assert "blue" not in bars(app)["y"]


def test_two_of_one_title_can_be_told_apart(visit_with, project):
    app = visit_with("classify.py", network="My *colours* (2)")
    _, second = models.networks(project, "image")
    assert app.selectbox(key="classify_network").value == second.name


def test_a_project_that_is_deleted_takes_its_networks_along(visit, make):
    project = make()
    app = visit("classify.py", network="My *colours*", project=project.token)
    assert set(bars(app)["y"]) == {"blue", "green", "red"}
    project.delete()
    app.run()
    assert not app.exception
    assert app.selectbox(key="classify_network").value == "efficientnet_lite0"
    assert "espresso" in bars(app)["y"]


def test_many_photos_are_counted_by_its_classes(visit_with, finish):
    app = visit_with("classify.py", mode="Many photos", network="My *colours*")
    finish(app, "batch")
    assert set(app.dataframe[1].value["Class"]) <= {"blue", "green", "red"}
    assert r"by My \*colours\*" in captions(app)


def test_live_video_is_written_upon_with_its_classes(name, own_photos, monkeypatch):
    monkeypatch.setattr(video, "_write", lambda pixels, lines: lines)
    pixels = np.full((240, 320, 3), (40, 60, 200), np.uint8)
    for with_map in (True, False):
        mine, trained = (
            video.LiveClassifier(network, with_map=with_map, top_k=5).draw(pixels)
            for network in (name, own_photos.model)
        )
        assert len(mine) == 4  # three classes and how long it took
        assert {line.split()[1] for line in mine[:3]} == {"blue", "green", "red"}
        assert mine[:3] == trained[:3]


def test_it_stands_beside_networks_of_the_zoo_with_its_own_figures(visit_with, project, messages):
    taken = Measurement(0.1, 3.0, 4.0, 100.0, 1 << 27, 3_400_000, 400_000_000, "f32")
    measured = ["efficientnet_lite0", *(s.name for s in models.networks(project, "image"))]
    cached.measurements().update(dict.fromkeys(measured, taken))
    networks = ["EfficientNet-Lite0", "My *colours*", "My *colours* (2)"]
    app = visit_with("backbones.py", networks=networks)
    assert messages(app) == []
    maps = [json.loads(chart.proto.spec) for chart in app.get("plotly_chart")]
    (agreement,) = (each for each in maps if each["data"][0]["type"] == "heatmap")
    titles = agreement["layout"]["xaxis"]["ticktext"]  # of the two that have the same classes
    assert titles == ["My *colours*", "My *colours* (2)"]
    table = app.dataframe[0].value.set_index("Network")
    mine = table.loc["My *colours*"]
    assert np.isnan(mine["published · top-1"]) and mine["own test · accuracy"] == 0.975
    assert np.isnan(table.loc["EfficientNet-Lite0", "own test · accuracy"])
    assert "on 3 classes of its own. Accuracy 97.5% on 40 test examples" in captions(app)
    assert "hub_modules" not in app.session_state


def test_the_comparison_goes_on_without_them(visit, make):
    networks, project = ["EfficientNet-Lite0", "My *colours*"], make()
    app = visit("backbones.py", networks=networks, project=project.token)
    assert len(app.multiselect(key="networks").value) == 2
    project.delete()
    app.run()
    assert not app.exception
    assert app.multiselect(key="networks").value == ["efficientnet_lite0"]


def test_a_text_is_read_by_it_beside_the_models_that_ship(visit_with, messages, project):
    app = visit_with("documents.py")
    shipped = [text.value for text in app.markdown if text.value.startswith("#####")]
    assert len(shipped) == 2
    (spec,) = models.networks(project, "text")
    app.selectbox(key="documents_network").set_value(spec.name).run()
    assert any("knows none of its words" in info.value for info in app.info)
    app.button_group(key="document_source").set_value("Write").run()
    app.text_area[0].set_value("A cloud above the runway.").run()
    assert messages(app) == []
    headings = [text.value for text in app.markdown if text.value.startswith("#####")]
    assert len(headings) == 3
    assert headings[0].startswith("##### sky, ")
    assert ":small[Accuracy 97.5% on 40 test examples of Some]" in headings[0]
    assert r"**Sky \& sea**" in [text.value for text in app.markdown]


def test_a_recording_is_listened_to_by_it(visit_with, messages, sound_head):
    app = visit_with("sounds.py", network="Noises")
    assert messages(app) == []
    assert set(app.selectbox(key="sound_target").options) == {"hiss", "hum", "knock"}
    assert "Accuracy 97.5% on 40 test examples of Some" in captions(app)
    assert "synthesised" not in captions(app)
    assert SoundClassifier(sound_head).classes[0] in app.selectbox(key="sound_target").options


def test_it_is_tried_and_exported_in_the_lab(visit_with, messages, own_photos):
    app = visit_with("transfer.py", room="Export")
    assert messages(app) == []
    assert app.selectbox(key="lane").options == [
        "My *colours* · in your project",
        "My *colours* (2) · in your project",
    ]
    assert set(app.selectbox(key="try_target").options) == {"blue", "green", "red"}


def test_what_the_lab_has_trained_and_saved_is_a_network_on_other_pages(lab, visit):
    state = {"lab": lab, "lab_kept": {"Zip": ("file", lab)}}
    app = opened("transfer.py", {"room": "Export", "lab_source": "Zip"}, **state)
    app.button(key="project_save").click().run()
    while app.session_state["open_project"].is_saving:
        wait_until(lambda: not app.session_state["open_project"].is_saving, 60)
        app.run()
    assert not app.exception
    assert not [title for title in app.selectbox(key="lane").options if "your project" in title]
    token = app.session_state["open_project"].token
    specs = models.networks(projects().open(token), "image")
    assert len(specs) == len(lab.ready()) == 2
    other = visit("classify.py", project=token, network=specs[1].title)
    assert other.selectbox(key="classify_network").value == specs[1].name
    assert set(bars(other)["y"]) == {"blue", "green", "red"}
    tested = lab.ready()[1].evaluation
    assert (specs[1].tested.accuracy, specs[1].tested.examples) == (
        pytest.approx(tested.accuracy),
        len(tested.labels),
    )


def test_the_engine_room_tells_nobody_which_there_are(visit, name, cat):
    classify(cat, backbone=name)
    assert name in {entry.key.name for entry in engine.pool.entries()}
    app = visit("engine_room.py")
    assert any("**A saved classifier** · all outputs" in text.value for text in app.markdown)
    kinds = ("markdown", "button", "popover")
    everything = " ".join(str(element.proto) for kind in kinds for element in app.get(kind))
    assert name not in everything
    assert "colours" not in everything
    evict = [button for button in app.button if str(button.key).startswith("evict_")]
    assert len(evict) == len(engine.pool.entries())
