"""Sounds, Train on yours: the sample, a zip, what is said of files that cannot be used."""

from __future__ import annotations

import time

import numpy as np

from core import engine
from core.media import encode_wav
from core.sound.transfer.classifier import SoundExport
from pages._sounds.train import ROOM
from pages._sounds.training_input import BY_CLASS, TRAINER, sample_workspace
from pages._ui import corrections
from pages._ui.trainer import sample_trainings
from tests.pages.conftest import open_tab

PAGE = "sounds.py"
OWN = {"room": "Train your own"}
RATE = 16_000


def said(app) -> str:
    return "\n".join(text.value for text in (*app.caption, *app.markdown, *app.info, *app.success))


def recording(pitch: float, seed: int) -> bytes:
    rng = np.random.default_rng(seed)
    t = np.arange(RATE) / RATE
    return encode_wav(
        np.float32(0.3 * np.sin(2 * np.pi * pitch * t) + 0.01 * rng.standard_normal(RATE)), RATE
    )


def test_the_sample_is_computed_once_for_all_visitors():
    one, another = sample_workspace(), sample_workspace()
    assert one is not another
    assert one.original is another.original


def test_the_server_trains_on_the_sample_by_itself(visit, messages):
    sample_trainings().forget(ROOM.defaults)
    ROOM.prepare()
    (job,) = [job for job in engine.jobs.jobs("warm-up") if "recordings" in job.title]
    assert job.wait(120)
    app = visit(PAGE, **OWN)
    assert "own_sounds" not in app.session_state
    assert messages(app) == []
    assert "test recordings correct" in said(app)
    assert "synthesised for this page" in said(app)
    assert next(metric.label for metric in app.metric) == "Accuracy"


def test_recordings_made_class_by_class_are_removed_after_a_question(visit, asked_first, messages):
    app = visit(PAGE, **OWN, own_source=BY_CLASS)
    app.text_input(key="own_class").set_value("low").run()
    app.file_uploader(key="own_files_0").upload("low.wav", recording(300, 0)).run()
    next(b for b in app.button if b.label == "Add to the class").click().run()
    assert "low: 1" in said(app)
    assert "own_start_over" in asked_first(app)
    app.button(key="own_start_over").click().run()
    assert messages(app) == []
    assert "low: 1" not in said(app) and app.session_state["own_recorded"] == {}


def test_a_zip_becomes_a_classifier_that_is_checked_and_taken_along(visit, finish, messages, pack):
    files = {f"low/{i}.wav": recording(300 + 20 * i, i) for i in range(4)}
    files |= {f"high/{i}.wav": recording(3_000 + 90 * i, i) for i in range(4)}
    archive = pack({**files, "high/odd.wav": b"RIFF"})
    app = visit(PAGE, **OWN, own_source="Zip")
    app.file_uploader(key="own_file").upload("tones.zip", archive).run()
    assert messages(app) == []
    assert "1 recording was skipped" in [box.label for box in app.expander]
    app.button[[b.label for b in app.button].index("Train")].click().run()
    finish(app, "own_sounds")
    assert messages(app) == []
    assert "100.0% of 2 test recordings correct" in said(app)
    open_tab(app, "own_tab", "Try it")
    app.run()
    assert messages(app) == []
    app.segmented_control(key="own_sound_source").set_value("Upload").run()
    for samples, words in ((np.zeros(2 * RATE), "is silent"), (np.full(1, 0.5), "too short")):
        data = encode_wav(samples.astype(np.float32), RATE)
        app.file_uploader(key="own_sound_file").upload("none.wav", data).run()
        (reason,) = messages(app)
        assert words in reason and "##### Undecided" in said(app)
    app.segmented_control(key="own_sound_source").set_value("Sample").run()
    open_tab(app, "own_tab", "Download")
    app.run()
    finish(app, "own_export")
    assert messages(app) == []
    assert "in a clean process" in said(app)
    checked = app.session_state["own_export"].snapshot
    assert isinstance(checked, SoundExport)
    assert checked.largest < 1e-4


def test_cancel_leaves_the_classifier_that_was_there(visit, finish, messages, monkeypatch):
    app = visit(PAGE, **OWN)
    if "own_sounds" in app.session_state:
        finish(app, "own_sounds")
    before = app.session_state["own_sounds_desk"].trained
    assert before is not None

    def endless(dataset, settings, cache, resume):
        while True:
            time.sleep(0.01)
            yield before.step

    monkeypatch.setattr(TRAINER, "_train", endless)
    app.number_input(key="own_seed").set_value(5).run()
    app.button[[b.label for b in app.button].index("Train")].click().run()
    desk = app.session_state["own_sounds_desk"]
    assert not desk.job.is_over and desk.trained == before
    app.button(key="own_sounds_cancel").click().run()
    finish(app, "own_sounds")
    assert messages(app) == []
    assert desk.trained == before and desk.settings == before.step.settings
    assert "Cancelled" in app.info[0].value


def test_too_few_recordings_are_said_and_the_sample_stays(visit, messages, pack):
    archive = pack({"a/1.wav": recording(300, 0), "b/1.wav": recording(900, 1)})
    app = visit(PAGE, **OWN, own_source="Zip")
    app.file_uploader(key="own_file").upload("few.zip", archive).run()
    assert messages(app)[0].startswith("Expected at least three recordings of each class")
    assert app.button[[b.label for b in app.button].index("Train")].disabled


def test_a_recording_is_labelled_anew_or_left_out_and_trained_with(visit, finish, messages, pack):
    files = {f"low/{i}.wav": recording(300 + 20 * i, i) for i in range(6)}
    files |= {f"high/{i}.wav": recording(3_000 + 90 * i, i) for i in range(6)}
    app = visit(PAGE, **OWN, own_source="Zip")
    app.file_uploader(key="own_file").upload("tones.zip", pack(files)).run()
    app.button[[b.label for b in app.button].index("Train")].click().run()
    finish(app, "own_sounds")
    menus = [m for m in app.get("menu_button") if m.key.startswith("own_cell_correct_")]
    menus[0].click("low").run()
    menus = [m for m in app.get("menu_button") if m.key.startswith("own_cell_correct_")]
    menus[1].click(corrections.LEAVE_OUT).run()
    assert messages(app) == []
    desk = app.session_state["own_sounds_desk"]
    assert sorted(map(str, desk.corrections.values())) == ["None", "low"]
    app.button(key="train_again").click().run()
    finish(app, "own_sounds")
    assert messages(app) == []
    assert desk.trained_on.counts() == {"high": 4, "low": 7}
    assert "is slightly optimistic" in said(app)
    app.button(key="take_all_back").click().run()
    assert app.button(key="train_again").label == "Train again without corrections"
