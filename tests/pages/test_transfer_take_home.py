"""The Take home room: a classifier is tried, checked, handed out, and opened again."""

from __future__ import annotations

import contextlib
import io
import json
import threading
import zipfile
from dataclasses import replace

import numpy as np
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from core.errors import InvalidInputError
from core.learning.card import ModelCard
from core.learning.export import ExportCheck
from core.learning.folders import FolderLayout
from core.vision.transfer import export_forms
from core.vision.transfer.export_forms import EXPORT_FORMS
from core.vision.transfer.keras_file import refusal
from core.vision.transfer.loader_scripts import loader_script
from core.vision.transfer.trained_model import TrainedModel
from pages._server.large_files import LARGE_FILES
from pages._transfer import export
from pages._transfer.lanes import titles
from pages._ui.inputs import SAMPLE_PHOTOS
from tests.pages.conftest import open_tab

TRY, CARD, TAKE, FIGURES, OPEN = "Try it", "Model card", "Download", "Features", "Open a file"


def bars(app) -> dict:
    return json.loads(app.get("plotly_chart")[0].proto.spec)["data"][0]


def pictures(app) -> list[str]:
    return [picture.proto.imgs[0].url for picture in app.get("image")]


def downloads(app) -> list[str]:
    return [button.label for button in app.get("download_button")]


def turn_to(app, tab: str):
    open_tab(app, "home_tab", tab)
    app.run()
    assert not app.exception
    return app


def check(images, suffixes, difference: float = 1e-6) -> ExportCheck:
    differences = {EXPORT_FORMS[suffix].script: difference for suffix in suffixes}
    return ExportCheck(examples=len(images), differences=differences)


@pytest.fixture
def checks(monkeypatch) -> list[ExportCheck]:
    """What checks find, without a process; the number of photos of those that ran."""
    ran = []

    def checking(self, images, suffixes):
        yield None
        ran.append(check(images, suffixes))
        yield ran[-1]

    monkeypatch.setattr(TrainedModel, "checking", checking)
    return ran


@pytest.fixture
def opens(monkeypatch, lab):
    """Files open at once: the lab's first classifier comes out."""

    def loading(cls, archive):
        yield None
        if archive == b"evil":
            raise refusal("It asks for code of its own to be run ('Lambda'), which is refused.")
        yield lab.ready()[0].step.model

    monkeypatch.setattr(TrainedModel, "loading", classmethod(loading))


def test_before_a_training_there_is_a_way_to_one_and_a_way_to_open_a_file(visit):
    app = visit("transfer.py", room="Export")
    assert "Train a classifier to" in app.info[0].value
    assert app.file_uploader(key="open_file")
    (lead,) = [b for b in app.button if b.label == "Go to the Train room"]
    lead.click().run()
    assert app.session_state["transfer_room"] == "Train"


def test_it_opens_on_a_test_photo_that_is_classified_and_explained(enter, lab, checks):
    app = enter("Export")
    assert app.pills(key="try_photo").options[:4] == ["blue", "green", "red", SAMPLE_PHOTOS[0].name]
    assert set(bars(app)["y"]) == {"blue", "green", "red"}
    assert len(pictures(app)) == 2
    assert app.selectbox(key="try_target").options == bars(app)["y"]


def test_another_photo_or_class_gives_another_answer(enter, checks):
    app = enter("Export")
    first, photo, overlaid = bars(app)["text"], *pictures(app)
    app.selectbox(key="try_target").set_value(bars(app)["y"][-1]).run()
    assert pictures(app)[0] == photo
    assert pictures(app)[1] != overlaid
    app.pills(key="try_photo").set_value("Coffee").run()
    assert not app.exception
    assert bars(app)["text"] != first


def test_a_link_says_which_classifier_and_class_are_shown(enter, lab, checks):
    other = 1 - enter("Export").selectbox(key="lane").value
    app = enter("Export", lane=titles(lab)[other], try_target="green", try_photo="red")
    assert app.selectbox(key="lane").value == other
    assert app.selectbox(key="try_target").value == "green"
    app.pills(key="try_photo").set_value("blue").run()
    assert app.selectbox(key="try_target").value == bars(app)["y"][0]  # the most probable one


def test_an_uploaded_photo_is_tried_and_another_file_gets_a_sentence(
    enter, checks, cat, odd_files, messages
):
    app = enter("Export", try_source="Upload")
    assert "to see" in app.info[0].value
    app.file_uploader(key="try_photo_file").upload("whiskers.png", cat).run()
    assert messages(app) == []
    assert len(pictures(app)) == 2
    app.file_uploader(key="try_photo_file").upload("text.jpg", odd_files["text.jpg"]).run()
    assert "text" in messages(app)[0]


def test_video_frames_are_drawn_upon_by_a_trained_classifier(lab, images):
    from pages._ui.video import LiveClassifier

    model = lab.ready()[0].step.model
    plain, mapped = (LiveClassifier(model, with_map=with_map) for with_map in (False, True))
    frame = np.ascontiguousarray(images[0][:180])
    assert plain.draw(frame).shape == frame.shape
    outside_text = np.s_[150:, 170:]
    assert np.array_equal(plain.draw(frame)[outside_text], frame[outside_text])
    assert not np.array_equal(mapped.draw(frame)[outside_text], frame[outside_text])


def test_files_are_handed_out_once_they_are_checked(enter, finish, monkeypatch):
    may_end = threading.Event()

    def checking(self, images, suffixes):
        while not may_end.wait(0.01):
            yield None
        yield check(images, suffixes, 2e-6)

    monkeypatch.setattr(TrainedModel, "checking", checking)
    app = enter("Export")
    turn_to(app, TAKE)
    assert downloads(app) == []
    may_end.set()
    finish(app, "check")
    (message,) = app.success
    assert "Largest difference 2.0e-06 over 18 photos" in message.value
    assert downloads(app) == ["colours.keras", "classify_keras.py"]
    assert [c.value for c in app.code] == [loader_script("colours.keras").strip()]


@pytest.mark.parametrize("suffix", list(EXPORT_FORMS))
def test_each_format_is_checked_and_handed_out_with_its_script(enter, finish, checks, suffix):
    form = EXPORT_FORMS[suffix]
    app = enter("Export", home_tab=TAKE, export_format=form.title)
    finish(app, "check")
    assert [*checks[-1].differences] == [form.script]
    assert downloads(app) == [f"colours{suffix}", form.script]
    assert [c.value for c in app.code] == [loader_script(f"colours{suffix}").strip()]


def test_a_classifier_is_checked_once_in_each_format(enter, finish, checks):
    app = enter("Export")
    finish(app, "check")
    for lane in (1, 0, 1):
        app.selectbox(key="lane").set_value(lane).run()
        finish(app, "check")
    assert len(checks) == 2
    turn_to(app, TAKE)
    for suffix in (".zip", ".keras", ".zip"):
        app.button_group(key="export_format").set_value(suffix).run()
        finish(app, "check")
    assert len(checks) == 3


def test_a_format_whose_package_is_missing_gets_a_sentence(
    enter, finish, checks, messages, monkeypatch
):
    monkeypatch.setattr(export_forms, "find_spec", lambda module: None)
    app = enter("Export", home_tab=TAKE, export_format="LiteRT")
    (sentence,) = messages(app)
    assert "pip install ai-edge-litert" in sentence
    assert downloads(app) == []
    app.button_group(key="export_format").set_value(".zip").run()
    finish(app, "check")
    assert downloads(app)[0] == "colours.zip"


def test_files_that_differ_are_not_handed_out(enter, finish, monkeypatch):
    def checking(self, images, suffixes):
        yield check(images, suffixes, float("nan"))

    monkeypatch.setattr(TrainedModel, "checking", checking)
    app = enter("Export")
    finish(app, "check")
    turn_to(app, TAKE)
    assert "cannot be downloaded" in app.error[0].value
    assert downloads(app) == []


def test_a_check_that_fails_can_be_repeated(enter, finish, monkeypatch):
    def checking(self, images, suffixes):
        yield None
        raise InvalidInputError("The photos have gone.")

    monkeypatch.setattr(TrainedModel, "checking", checking)
    app = enter("Export")
    finish(app, "check")
    turn_to(app, TAKE)
    assert app.error[0].value == "The photos have gone."
    first = app.session_state["check"]
    (again,) = [b for b in app.button if b.label == "Check again"]
    again.click().run()
    assert app.session_state["check"] is not first


PACKED_MAPS = {
    "features_what": "Full maps",
    "features_file": "Parquet",
    "features_number": "float16",
}


@pytest.mark.parametrize(
    ("settings", "name"),
    [({}, "colours-features.npz"), (PACKED_MAPS, "colours-features.parquet")],
    ids=["vectors", "maps"],
)
def test_features_of_all_photos_can_be_taken_along(enter, finish, checks, settings, name):
    app = enter("Export", home_tab=FIGURES, **settings)
    size = "(42, 7, 7, 1,280): 5 MiB in float16 at most"
    assert not settings or size in app.caption[-1].value
    (compute,) = [b for b in app.button if b.label == "Compute the features of 42 photos"]
    compute.click().run()
    finish(app, "features")
    (link,) = app.get("link_button")
    assert link.proto.label.startswith(f"{name}, ")
    assert link.proto.url.startswith("/large-files/") and link.proto.url.endswith(f"/{name}")
    file = app.session_state["features"].snapshot.file
    with TestClient(Starlette(routes=[LARGE_FILES])) as browser:
        answer = browser.get(link.proto.url)
        assert answer.content == file.path.read_bytes()
        assert f'filename="{name}"' in answer.headers["content-disposition"]
        assert browser.get("/large-files/made-up/name").status_code == 404
    names: dict = {}
    with contextlib.chdir(file.path.parent):
        file.path.rename(name)
        exec(app.code[-1].value, names)  # as the page shows it
    assert names["features"].shape == ((42, 7, 7, 1280) if settings else (42, 1280))


def test_a_classifier_learns_from_all_photos_once_it_is_tested(
    enter, finish, checks, lab, in_this_process
):
    app = enter("Export")
    finish(app, "check")
    turn_to(app, TAKE)
    (again,) = [one for one in app.button if one.label == "Train once more on all 42 photos"]
    assert any("learns from the 18 test photos too" in one.value for one in app.caption)
    again.click().run()
    finish(app, "last_fit")
    (title,) = [one for one in app.selectbox(key="lane").options if "on all photos" in one]
    assert app.selectbox(key="lane").value == app.selectbox(key="lane").options.index(title)
    (before,) = [lane for lane in lab.ready() if lane.model in lab.on_all]
    model = lab.on_all[before.model]
    assert model.predict([lab.trained_on.photos[0].data]).shape == (1, 3)
    assert not any("Train once more" in one.label for one in app.button)
    turn_to(app, CARD)
    assert "the test photos too" in app.markdown[-1].value
    assert len(lab.ready()) == 2  # other rooms go on with those that were tested


def test_a_notebook_repeats_the_training_of_a_classifier(enter, checks, lab):
    app = enter("Export", home_tab="Notebook")
    assert downloads(app) == ["Notebook", "Photos (ZIP)"]
    code = app.code[-1].value
    assert "ARCHIVE = Path('colours.zip')" in code
    assert lab.trained_on.digest in code
    settings = lab.ready()[app.selectbox(key="lane").value].settings
    assert f"photos_per_class={settings.photos_per_class}," in code
    lab.original = replace(lab.original, layout=FolderLayout(1, {}, "cp437"))
    lab.name = "My colours.zip"
    app = enter("Export", home_tab="Notebook")
    assert downloads(app) == ["Notebook"]
    assert "ARCHIVE = Path('My colours.zip')" in app.code[-1].value
    assert ".read_as(level=1, encoding='cp437')" in app.code[-1].value


def test_the_card_says_what_was_trained_on_and_with_which_corrections(enter, checks, lab):
    app = enter("Export")
    turn_to(app, CARD)
    text = app.markdown[-1].value
    lane = lab.ready()[1]
    assert "#### Model card: Colours" in text
    assert f"{lane.evaluation.accuracy:.3f}; 95% confidence interval" in text
    assert "EfficientNet\\-Lite0" in text and "Apache\\-2\\.0" in text
    assert downloads(app) == ["Model card (Markdown)", "Model card (JSON)"]
    lab.corrections[3] = None  # noted, and not trained with
    assert lab.complete(lane.model.card).corrections == ()
    lab.corrections[4] = "red"
    lab.tested.add(4)
    lab.training_set = lab.corrected()
    excluded, changed = lab.complete(lane.model.card).corrections
    assert (excluded.name, excluded.was, excluded.now) == ("blue/3.jpg", "blue", None)
    assert (changed.name, changed.now, changed.tested) == ("blue/4.jpg", "red", True)
    assert not excluded.tested


def test_answers_stay_with_the_photos_and_go_into_the_file(enter, checks, finish, lab):
    app = enter("Export")
    turn_to(app, CARD)
    app.text_area(key="lab_purpose").set_value("To sort *tiles*.").run()
    app.text_area(key="lab_missing").set_value("No yellow.").run()
    assert not app.exception
    assert "To sort \\*tiles\\*\\." in app.markdown[-1].value
    finish(app, "check")
    turn_to(app, TRY)
    turn_to(app, CARD)
    assert app.text_area(key="lab_purpose").value == "To sort *tiles*."
    written = export._bytes(lab.ready()[0].model, ".zip", lab.complete(lab.ready()[0].model.card))
    with zipfile.ZipFile(io.BytesIO(written)) as archive:
        card = ModelCard.from_json(archive.read("card.json"))
    assert (card.purpose, card.missing, card.data.name) == (
        "To sort *tiles*.",
        "No yellow.",
        "Colours",
    )


def test_an_exported_file_is_opened_and_tried_without_any_training(
    visit, finish, lab, tmp_path, checks
):
    """The only test here in which a file is really opened in a process of its own."""
    lab.ready()[0].step.model.export(tmp_path / "mine.keras")
    app = visit("transfer.py", room="Export")
    app.file_uploader(key="open_file").upload(
        "mine.keras", (tmp_path / "mine.keras").read_bytes()
    ).run()
    finish(app, "open")
    assert app.selectbox(key="lane").options == ["mine.keras"]
    assert set(bars(app)["y"]) == {"blue", "green", "red"}
    assert app.pills(key="try_photo").options[0] == SAMPLE_PHOTOS[0].name
    finish(app, "check")
    turn_to(app, TAKE)
    assert downloads(app)[0] == "mine.keras"
    assert checks[-1].examples == 6
    turn_to(app, FIGURES)
    assert "no training photos" in app.caption[0].value
    turn_to(app, "Notebook")
    assert downloads(app) == ["Notebook"]
    turn_to(app, CARD)
    assert app.text_area == []
    assert "A classifier of photos into 3 classes" in app.markdown[-1].value


def test_an_opened_file_is_chosen_beside_those_trained_here(enter, finish, checks, opens):
    app = enter("Export")
    turn_to(app, OPEN)
    app.file_uploader(key="open_file").upload("other.keras", b"fine").run()
    finish(app, "open")
    assert app.selectbox(key="lane").value == 2
    assert app.session_state["home_tab"] == TRY
    turn_to(app, OPEN)  # which must not open it again
    assert app.session_state["home_tab"] == OPEN
    app.selectbox(key="lane").set_value(0).run()
    assert app.selectbox(key="lane").value == 0


def test_a_file_that_brings_code_along_gets_a_sentence(enter, finish, checks, opens, messages):
    app = enter("Export")
    turn_to(app, OPEN)
    app.file_uploader(key="open_file").upload("evil.keras", b"evil").run()
    finish(app, "open")
    (sentence,) = messages(app)
    assert "code of its own" in sentence
    assert len(app.selectbox(key="lane").options) == 2


def test_a_choice_that_another_room_does_not_have_falls_back_there(enter, finish, checks, opens):
    app = enter("Export")
    turn_to(app, OPEN)
    app.file_uploader(key="open_file").upload("other.keras", b"fine").run()
    finish(app, "open")
    app.segmented_control(key="transfer_room").set_value("Mistakes").run()
    assert not app.exception
    assert app.selectbox(key="lane").value == 0


def test_names_of_files_are_plain(lab, enter, checks, finish):
    lab.name = "Mes fleurs (été) ../2.zip"
    app = enter("Export")
    finish(app, "check")
    turn_to(app, TAKE)
    assert downloads(app)[0] == "2.keras"
