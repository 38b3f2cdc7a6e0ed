"""What sessions hold is free once they are over: data sets, classifiers, jobs, uploads, files."""

from __future__ import annotations

import gc
import io
import itertools
import tempfile
import zipfile
from collections import Counter

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core import engine
from core.engine import Job
from core.errors import MemoryBudgetError
from core.learning.datasets import LabelledExamples
from core.learning.feature_cache import FeatureCache
from core.media import encode_wav
from core.memory import held as ledger
from core.memory.held import count_held
from core.text.transfer.classifier import TextClassifier
from core.vision.transfer.race import race
from core.vision.transfer.trained_model import TrainedModel
from core.vision.transfer.training_run import TrainingSettings
from pages._transfer.state import Lab
from pages._ui import held_data, workspace
from pages._ui.training_set import TrainingSet
from pages._ui.uploads import Upload
from pages._ui.visitors import Visitor
from pages._ui.workspace import Workspace
from tests.pages.conftest import opened
from tests.waiting import wait_until

HELD = (
    FeatureCache,
    Job,
    LabelledExamples,
    TextClassifier,
    TrainedModel,
    Upload,
    Visitor,
    Workspace,
)
TABLE = "text,label\n" + "\n".join(
    f"the {name} number {i} {verb},{name}"
    for i in range(8)
    for name, verb in (("cat", "sleeps and purrs"), ("dog", "barks and runs"))
)


def held() -> Counter[str]:
    """How many objects of each kind are in memory that may be large."""
    gc.collect()
    return Counter(type(one).__name__ for one in gc.get_objects() if isinstance(one, HELD))


def visit(number: int, photos) -> AppTest:
    """A visitor who trains on texts, uploads a sound and has two classifiers of photos."""
    lab = Lab(photos, "greys", training_set=TrainingSet(photos, np.arange(len(photos.photos))))
    (lab.race,) = list(race(photos, [TrainingSettings()]))[-1:]
    settings = {"room": "Train your own", "desk_evidence": "Words", "desk_source": "Upload"}
    app = opened("documents.py", settings, lab=lab)
    table = TABLE.replace("number", f"number {number}").encode()
    app.file_uploader(key="desk_file").upload("pets.csv", table).run()
    next(button for button in app.button if button.label == "Train").click().run()
    assert app.session_state["documents"].wait(60)
    app.run()
    assert app.session_state["documents_desk"].trained is not None
    app.switch_page("sounds.py")
    app.query_params["sound_source"] = "Upload"
    app.run()
    sound = encode_wav(np.full(16_000, 0.1 * number, np.float32), 16_000)
    app.file_uploader(key="sound_file").upload("one.wav", sound).run()
    assert not app.exception
    assert app.session_state["uploads"]
    return app


def test_the_data_sets_of_a_session_are_bounded_in_bytes_together(monkeypatch):
    monkeypatch.setattr(held_data, "MOST_BYTES", len(TABLE) + 100)
    app = opened("documents.py", {"room": "Train your own", "desk_source": "Upload"})
    larger = TABLE.replace("number", "number and much else").encode()
    app.file_uploader(key="desk_file").upload("first.csv", larger).run()
    assert not app.error  # there is nothing else that could go
    lab = app.session_state["documents_desk"]
    other = opened(
        "sounds.py",
        {"room": "Train your own", "own_source": "Zip"},
        documents_kept={"Upload": ("mark", lab)},
    )
    sound = encode_wav(np.zeros(16_000, np.float32), 16_000)
    other.file_uploader(key="own_file").upload("tones.zip", zipped(sound)).run()
    (said,) = [box.value for box in other.error]
    assert "of data sets in one session" in said and "reload the page" in said
    assert not other.exception
    monkeypatch.setattr(held_data, "MOST_BYTES", 10 << 20)
    other.run()
    assert not other.error and other.session_state["own_sounds_desk"].name == "tones.zip"


def test_the_data_sets_of_all_sessions_are_bounded_in_bytes_together(monkeypatch):
    monkeypatch.setattr(ledger, "_ledger", ledger._Ledger())
    monkeypatch.setenv("GRAFT_HELD_MIB", "2")
    others = [bytes(2 << 20)]
    count_held("Sessions", lambda: others)
    app = opened("documents.py", {"room": "Train your own", "desk_source": "Upload"})
    app.session_state["desk_given"] = ("pets.csv", TABLE.encode(), "1")
    app.run()
    (said,) = [box.value for box in app.error]
    assert "of all visitors together" in said and not app.exception
    others.clear()
    ledger._ledger.forget()
    app.run()
    assert not app.error and app.session_state["documents_desk"].name == "pets.csv"


def test_where_visitors_hold_all_there_may_be_no_job_begins(monkeypatch):
    app = opened("documents.py", {"room": "Train your own", "desk_source": "Upload"})
    app.session_state["desk_given"] = ("pets.csv", TABLE.encode(), "1")
    app.run()
    monkeypatch.setattr(ledger, "_ledger", ledger._Ledger())
    count_held("Sessions", lambda: [bytes(5000 << 20)])
    next(button for button in app.button if button.label == "Train").click().run()
    assert any("of all visitors together" in box.value for box in app.error)
    assert app.session_state["documents"].snapshot is None
    with monkeypatch.context() as patch:
        patch.setenv("GRAFT_HELD_MIB", "6000")
        next(button for button in app.button if button.label == "Train").click().run()
        assert app.session_state["documents"].wait(60)
    assert app.session_state["documents"].snapshot is not None


def test_a_data_set_that_is_refused_leaves_the_one_before_with_its_corrections(monkeypatch):
    app = opened("documents.py", {"room": "Train your own", "desk_source": "Upload"})
    app.session_state["desk_given"] = ("pets.csv", TABLE.encode(), "1")
    app.run()
    app.session_state["documents_desk"].corrections[1] = None

    def refuse(source, new):
        raise MemoryBudgetError("Expected less.")

    with monkeypatch.context() as patch:
        patch.setattr(workspace, "check_room", refuse)
        app.session_state["desk_given"] = ("more.csv", f"{TABLE}\na bird sings,dog".encode(), "2")
        app.run()
        assert any("Expected less." in box.value for box in app.error)
    app.session_state["desk_given"] = ("pets.csv", TABLE.encode(), "3")
    app.run()
    desk = app.session_state["documents_desk"]
    assert (desk.name, desk.corrections) == ("pets.csv", {1: None})  # without a project too


def zipped(sound: bytes) -> bytes:
    """Recordings of two classes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in ("a/1.wav", "a/2.wav", "a/3.wav", "b/1.wav", "b/2.wav", "b/3.wav"):
            archive.writestr(name, sound + name.encode())
    return buffer.getvalue()


@pytest.fixture
def scratch(tmp_path, monkeypatch):
    """Where temporary files go."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_all_that_sessions_held_is_free_once_they_are_over(greys, scratch):
    app = visit(0, greys(6))  # what all sessions share is made once
    del app
    wait_until(lambda: not any(kind.startswith("Trained") for kind in held()), 30)
    before = held()
    assert not before["Visitor"] and not before["Upload"] and not list(scratch.iterdir())
    apps = [visit(number, greys(6)) for number in (1, 2, 3)]
    during = held()
    assert during["Visitor"] == during["Upload"] == during["Lab"] == 3
    assert during["TextClassifier"] - before["TextClassifier"] == 3
    assert during["TrainedModel"] == len(list(scratch.iterdir())) == 3
    visitor = apps[0].session_state["visitor"].name
    running = engine.jobs.submit(lambda: itertools.repeat(0), title="endless", owner=visitor)
    del apps
    gc.collect()
    assert running.wait(30)
    del running
    wait_until(lambda: held() == before, 30)
    assert not list(scratch.iterdir())
