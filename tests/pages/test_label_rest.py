"""The room Label the rest: questions, answers, undo, and what becomes of the labels."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest
import streamlit as st

from core.projects import projects
from core.vision.transfer.datasets import ImageDataset
from pages._transfer.state import Lab
from pages._ui import label_rest
from pages._ui.label_keys import SKIP, UNDO, _keys
from tests.pages.conftest import opened
from tests.pages.test_saved_files import save
from tests.pages.test_what_changed import small_set, text_of

ROOM = "Label the rest"


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch) -> None:
    """Of the projects of this test alone."""
    monkeypatch.setenv("GRAFT_DATA", str(tmp_path / "data"))


@pytest.fixture
def everything(encode) -> ImageDataset:
    return small_set(encode, 26)


@pytest.fixture
def room(everything, finish, pack):
    """A visitor with ten labelled photos of each class, who has uploaded the other 32."""
    few = everything.at(labelled_of(everything))
    app = opened("transfer.py", {"room": ROOM, "lab_rest": "Upload"}, lab=Lab(few, "Noise"))
    assert "Upload photos without labels" in app.info[0].value
    (uploader,) = app.file_uploader
    uploader.upload("rest.zip", pack(rest_of(everything))).run()
    finish(app, "lab_pool")
    return app


def labelled_of(everything) -> list[int]:
    """The positions of ten photos of each class."""
    names = [photo.name for photo in everything.photos]
    return [i for i, name in enumerate(names) if int(name[-6:-4].strip("/")) < 10]


def rest_of(everything) -> dict[str, bytes]:
    """The files of the others."""
    known = labelled_of(everything)
    return {f"any/{i}.png": p.data for i, p in enumerate(everything.photos) if i not in known}


def rounds(app):
    (step,) = app.session_state["lab_labelled"].values()
    return step.rounds


def drawn(app) -> dict:
    """What the buttons are drawn with."""
    return json.loads(app.get("bidi_component")[-1].proto.json)


def answer(app, choice: int) -> None:
    """As the buttons do before the page is drawn again."""
    label_rest._receive(rounds(app), drawn(app)["asked"], choice)
    app.run()
    assert not app.exception


def test_one_is_asked_after_the_other_and_a_batch_is_learned_from(room, messages):
    assert messages(room) == []
    assert drawn(room)["classes"] == ["grey", "light"] and drawn(room)["mayUndo"] is False
    first = drawn(room)["asked"]
    answer(room, 0)
    assert drawn(room)["asked"] != first and drawn(room)["mayUndo"] is True
    answer(room, SKIP)
    assert rounds(room).labelled == {first: 0} and len(rounds(room).answers) == 2
    answer(room, UNDO)
    assert len(rounds(room).answers) == 1
    label_rest._receive(rounds(room), first, 1)  # pressed twice: it is not asked any more
    assert rounds(room).labelled == {first: 0}
    for _ in range(19):
        answer(room, 1)
    assert [one.labels for one in rounds(room).rounds] == [16, 36]
    assert "with 36 labels" in text_of(room)


def test_labels_stay_while_something_else_is_on_show(room):
    answer(room, 0)
    labelled = rounds(room).labelled
    room.segmented_control(key="transfer_room").set_value("Smallest example").run()
    room.segmented_control(key="transfer_room").set_value(ROOM).run()
    assert not room.exception
    assert rounds(room).labelled == labelled
    assert "1 label so far" in room.get("progress")[0].proto.text


def test_labels_are_in_the_project_and_wait_for_their_photos(room, everything, finish, pack):
    project = save(room)
    for choice in (0, SKIP, 1, UNDO, 0):
        answer(room, choice)
    known = rounds(room).answers
    assert [*known.values()] == [0, None, 0]
    link = {"room": ROOM, "lab_rest": "Upload", "project": project.token}
    later = opened("transfer.py", link, lab=Lab(everything.at(labelled_of(everything)), "Noise"))
    (uploader,) = later.file_uploader
    uploader.upload("rest.zip", pack(rest_of(everything))).run()
    finish(later, "lab_pool")
    assert rounds(later).answers == known
    assert "2 labels so far" in later.get("progress")[0].proto.text
    assert [one.labels for one in rounds(later).rounds] == [16, 18]
    answer(room, 1)  # in the first tab, while the other one draws its page and takes one back
    later.run()
    answer(later, UNDO)
    first, second = (dict(tab.session_state["kept_labels"]) for tab in (room, later))
    assert [len(first), len(second)] == [4, 2]
    (taken_back,) = {*[*first][:3]} - second.keys()
    (item,) = projects().open(project.token).items("labels")
    assert item.about["answers"] == {d: name for d, name in first.items() if d != taken_back}


def test_labelled_photos_become_part_of_the_set(room):
    for choice in (0, 1, SKIP):
        answer(room, choice)
    room.button(key="lab_add_labelled").click().run()
    assert not room.exception
    lab = room.session_state["lab"]
    assert lab.original.counts() == {"grey": 11, "light": 11}
    assert lab.name == "Noise, with added labels"
    assert room.session_state["lab_added"]
    assert "lab_pool" in room.session_state
    room.session_state["lab_pool"].wait(60)
    room.run()
    (_, again) = room.session_state["lab_labelled"].values()
    assert len(again.positions) == 30  # what was added is asked about no more
    room.segmented_control(key="transfer_room").set_value("Photos").run()
    assert room.session_state["lab"] is lab and room.session_state["lab_source"] == "Zip"


def test_the_whole_page_is_drawn_again_once_labels_were_added(monkeypatch):
    def again():
        raise InterruptedError

    state = {"x_added": True}
    monkeypatch.setattr(st, "session_state", state)
    monkeypatch.setattr(st, "rerun", again)
    step = SimpleNamespace(rounds=object())
    with pytest.raises(InterruptedError):
        label_rest._panel(SimpleNamespace(prefix="x_"), None, None, step)
    assert state == {}


def test_hidden_labels_answer_a_batch(everything, finish, messages):
    app = opened("transfer.py", {"room": ROOM}, lab=Lab(everything, "Noise"))
    finish(app, "lab_pool")
    app.button(key="lab_reveal").click().run()
    assert messages(app) == []
    assert [one.labels for one in rounds(app).rounds] == [4, 24]
    assert "lab_add_labelled" not in [button.key for button in app.button]


@pytest.mark.parametrize(("page", "prefix"), [("documents.py", "desk_"), ("sounds.py", "own_")])
def test_texts_and_sounds_have_the_room_too(visit, finish, messages, page, prefix):
    app = visit(page, room=ROOM)
    finish(app, f"{prefix}pool")
    app.button(key=f"{prefix}reveal").click().run()
    assert messages(app) == []
    (step,) = app.session_state[f"{prefix}labelled"].values()
    assert len(step.rounds.rounds) == 2
    assert step.rounds.rounds[1].accuracy >= step.rounds.rounds[0].accuracy - 0.1


def test_digits_have_their_own_keys():
    assert _keys(["0", "7"]) == ["0", "7"]
    assert _keys(["cat", "dog"]) == ["1", "2"]
    assert _keys([f"class {i}" for i in range(11)])[8:] == ["9", "", ""]
