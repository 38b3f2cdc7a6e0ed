"""The tab None of these, and what else then says it."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import replace

import numpy as np
import pytest

from core.learning.card import ModelCard
from core.learning.export import ExportCheck
from core.learning.novelty import novelty_in
from core.vision.transfer.export_forms import EXPORT_FORMS
from core.vision.transfer.trained_model import TrainedModel
from pages._transfer import export
from pages._ui import none_of_these
from pages._ui.none_of_these import NONE
from tests.pages.conftest import open_tab

JOB = "others"


@pytest.fixture(autouse=True)
def checks(monkeypatch) -> None:
    """What checks find, without a process."""

    def checking(self, images, suffixes):
        scripts = [EXPORT_FORMS[suffix].script for suffix in suffixes]
        yield ExportCheck(examples=len(images), differences=dict.fromkeys(scripts, 1e-6))

    monkeypatch.setattr(TrainedModel, "checking", checking)


@pytest.fixture
def tab(enter, finish):
    """A function that opens the tab, with its photos measured."""

    def open_it(**settings):
        app = enter("Export", home_tab=NONE, **settings)
        assert not app.exception
        finish(app, JOB)
        return app

    return open_it


def metrics(app) -> dict[str, str]:
    return {metric.label: metric.value for metric in app.metric}


def curves(app) -> dict[str, list[float]]:
    figure = json.loads(app.get("plotly_chart")[0].proto.spec)
    return {trace["name"]: np.array(trace["y"], float) for trace in figure["data"]}


def headings(app) -> list[str]:
    return [heading.value for heading in app.subheader]


def test_both_errors_are_those_of_the_test_photos_and_of_other_photos(tab, lab):
    app = tab()
    novelty = lab.ready()[app.selectbox(key="lane").value].model.novelty
    refused = novelty.refused(novelty.tested, 0.05) / len(novelty.tested)
    assert metrics(app)["Known photos refused"] == f"{refused:.1%}"
    rows = app.session_state[JOB].snapshot
    assert len(rows) == 6  # those that come with the app
    accepted = sum(row.distance <= novelty.threshold(0.05) for row in rows) / 6
    assert metrics(app)["Other photos accepted"] == f"{accepted:.1%}"
    assert float(metrics(app)["AUROC"]) > 0.9
    (caption,) = [c.value for c in app.caption if "validation photo" in c.value]
    assert "about 1 of" in caption  # very few of them promise no 5 %


def test_a_larger_share_moves_both_errors(tab, lab):
    app = tab(none_share="0")
    few = metrics(app)
    app.slider(key="none_share").set_value(30).run()
    many = metrics(app)
    refused, accepted = "Known photos refused", "Other photos accepted"
    assert float(few[refused][:-1]) <= float(many[refused][:-1])
    assert float(few[accepted][:-1]) >= float(many[accepted][:-1])
    drawn = curves(app)
    assert (np.diff(drawn[refused]) >= 0).all() and (np.diff(drawn[accepted]) <= 0).all()
    assert drawn[refused][-1] == pytest.approx(float(many[refused][:-1]) / 100, abs=1e-3)
    assert "none_share" in app.query_params


def test_known_photos_that_are_refused_are_shown(tab, lab):
    app = tab(none_share="30")
    model = lab.ready()[app.selectbox(key="lane").value].model
    assert (model.novelty.tested > model.novelty.threshold(0.3)).any()
    assert "Known photos that are refused" in headings(app)
    assert any(str(button.key).startswith("none_refused_look") for button in app.button)


def test_other_photos_are_chosen_among_what_comes_with_the_app(tab, lab):
    app = tab(none_others="Textures")
    rows = app.session_state[JOB].snapshot
    assert len(rows) == 96 and {row.photo.name.split("/")[0] for row in rows} == {
        "brick",
        "grass",
        "gravel",
    }
    assert "CC0Textures" in " ".join(caption.value for caption in app.caption)


def test_without_photos_of_one_s_own_it_asks_for_them(enter, odd_files, cat, finish):
    app = enter("Export", home_tab=NONE, none_others="Upload")
    assert "Upload photos of other things" in app.info[0].value
    app.file_uploader(key="none_photos_files").upload("cat.png", cat)
    app.file_uploader(key="none_photos_files").upload("text.jpg", odd_files["text.jpg"]).run()
    finish(app, JOB)
    (row,) = app.session_state[JOB].snapshot
    assert row.photo.name == "cat.png"


def test_a_classifier_from_before_says_that_it_cannot(enter, lab, monkeypatch):
    for lane in lab.ready():
        monkeypatch.setattr(lane.model, "novelty", None)
    app = enter("Export", home_tab=NONE)
    assert "saved before" in app.info[0].value
    open_tab(app, "home_tab", "Try it")
    app.run()
    assert not app.exception
    assert [s.key for s in app.slider if s.key == "none_share"] == []


def test_a_photo_of_something_else_is_none_of_these_where_it_is_tried(enter):
    app = enter("Export", try_photo="Coffee")
    said = {}
    for name in ("Coffee", "blue", "green", "red"):
        app.pills(key="try_photo").set_value(name).run()
        said[name] = f"##### {NONE}" in [text.value for text in app.markdown]
    assert said.pop("Coffee")
    assert not all(said.values())  # some of the test photos are far, of so few training photos


def test_the_share_that_was_chosen_stands_on_the_card_and_in_the_file(enter, lab):
    app = enter("Export")
    app.slider(key="none_share").set_value(20).run()
    open_tab(app, "home_tab", "Model card")
    app.run()
    assert "0.2 of known photos may be beyond it" in app.markdown[-1].value
    model = lab.ready()[0].model
    chosen = replace(model.novelty, share=0.2)
    written = export._bytes(model, ".zip", none_of_these.on_card(model.card, chosen), chosen)
    with zipfile.ZipFile(io.BytesIO(written)) as archive:
        assert novelty_in(archive).share == 0.2
        assert ModelCard.from_json(archive.read("card.json")).none_of_these is not None


def test_frames_of_something_else_say_so(lab, images, monkeypatch):
    from pages._ui import video

    drawn = []
    monkeypatch.setattr(video, "_write", lambda pixels, lines: drawn.append(lines) or pixels)
    model = lab.ready()[0].model
    frame = np.ascontiguousarray(images[0][:180])
    for share, with_map in ((None, True), (0.05, True), (0.05, False)):
        video.LiveClassifier(model, with_map=with_map, none_of_these=share).draw(frame)
    video.LiveClassifier("efficientnet_lite0", none_of_these=0.05).draw(frame)
    assert [lines[0] == NONE for lines in drawn] == [False, True, True, False]
    assert drawn[1][1:-1] == drawn[0][:-1]  # the classes are below it
