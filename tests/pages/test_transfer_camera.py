"""The Camera room of the transfer lab: classes, what a browser sends, training, other rooms."""

from __future__ import annotations

import base64

import numpy as np
import pytest

from core import engine
from core.media import encode_jpeg
from pages._transfer import camera, camera_view
from pages._transfer.camera_classes import MOST_PHOTOS, CameraClasses
from pages._transfer.camera_view import Sent
from tests.pages.conftest import opened

PAGE = "transfer.py"


@pytest.fixture(scope="module")
def photos() -> dict[str, list[bytes]]:
    """Six photos of each of two colours."""
    rng = np.random.default_rng(0)

    def photo(colour: tuple[int, int, int]) -> bytes:
        noisy = np.array(colour) + rng.normal(0, 25, (60, 80, 3))
        return encode_jpeg(noisy.clip(0, 255).astype(np.uint8))

    colours = {"red": (200, 40, 40), "blue": (40, 40, 200)}
    return {name: [photo(colour) for _ in range(6)] for name, colour in colours.items()}


@pytest.fixture
def recorded(photos):
    """The room as a visitor sees it who has recorded photos."""
    return opened(PAGE, {"room": "Camera"}, camera_classes=CameraClasses(photos))


@pytest.fixture
def trained(recorded, finish, monkeypatch):
    """The same after a training, for which no process was started."""
    monkeypatch.setattr(engine, "run_in_process", None)
    recorded.button(key="camera_train").click().run()
    finish(recorded, "race")
    return recorded


def names(app) -> list[str]:
    return [field.value for field in app.text_input if field.label.startswith("Name of class")]


def captions(app) -> str:
    assert not app.exception
    return "\n".join(caption.value for caption in app.caption)


def enter(app, room: str):
    return app.segmented_control(key="transfer_room").set_value(room).run()


def test_there_are_four_classes_at_first_and_two_to_six(visit):
    app = visit(PAGE, room="Camera")
    assert names(app) == ["Class 1", "Class 2", "Class 3", "Class 4"]
    assert app.button(key="camera_train").disabled
    for _ in range(2):
        app.button(key="camera_add").click().run()
    assert app.button(key="camera_add").disabled
    app.button(key="camera_remove_2").click().run()
    app.text_input(key="camera_name_1").set_value(" Cup ").run()
    classes = [each.name for each in app.session_state["camera_classes"]]
    assert classes == ["Cup", "Class 3", "Class 4", "Class 5", "Class 6"]
    assert "lab_kept" not in app.session_state or not app.session_state["lab_kept"]


def test_recorded_photos_are_a_data_set_of_the_lab(recorded, finish):
    lab = recorded.session_state["lab"]
    assert (lab.name, lab.original.counts()) == ("Camera", {"blue": 6, "red": 6})
    assert "same recordings" in lab.credit
    assert lab.features is recorded.session_state["camera_classes"].features.cache
    assert not recorded.button(key="camera_train").disabled
    enter(recorded, "Photos")
    assert recorded.session_state["lab_source"] == "Camera"
    assert recorded.subheader[0].value == "Camera: 12 photos, 2 classes"
    (back,) = [button for button in recorded.button if button.label == "Go to the Camera room"]
    back.click().run()
    assert names(recorded) == ["red", "blue"]


def test_a_training_is_one_of_the_lab_and_is_at_work_in_other_rooms(trained, photos):
    lab = trained.session_state["lab"]
    (lane,) = lab.ready()
    assert lane.settings.strategy == "features"
    assert lane.model is trained.session_state["camera_model"]
    assert "correct on 2 of 2 test photos" in captions(trained)
    assert lane.model.predict([photos["red"][0]])[0].argmax() == lane.model.classes.index("red")
    enter(trained, "Mistakes")
    assert trained.metric[0].value == "100.0%"


def test_other_photos_leave_the_classifier_until_the_next_training(trained, finish):
    before = trained.session_state["lab"].ready()[0].model
    classes = trained.session_state["camera_classes"]
    classes.remove(next(iter(classes)).photos[0].number)
    trained.run()
    assert "Train again to use them" in captions(trained)
    assert trained.session_state["lab"].ready()[0].model is before
    trained.button(key="camera_train").click().run()
    assert trained.session_state["camera_model"] is before  # while there is no other
    finish(trained, "race")
    lab = trained.session_state["lab"]
    assert lab.original.counts() == {"blue": 6, "red": 5}
    assert trained.session_state["camera_model"] is lab.ready()[0].model is not before


def test_two_classes_of_one_name_are_refused(recorded, messages):
    recorded.text_input(key="camera_name_1").set_value("blue").run()
    assert "different name for each class" in messages(recorded)[0]
    assert recorded.button(key="camera_train").disabled


def test_without_photos_there_is_no_data_set(recorded):
    classes = recorded.session_state["camera_classes"]
    for each in classes:
        for photo in each.photos:
            classes.remove(photo.number)
    recorded.run()
    assert recorded.session_state["lab_kept"] == {}
    assert recorded.button(key="camera_train").disabled


def test_a_saved_data_set_fills_the_classes_again(recorded, monkeypatch):
    lab = recorded.session_state["lab"]
    state = {}
    monkeypatch.setattr(camera.st, "session_state", state)
    mark = camera.refill(lab)
    classes = state["camera_classes"]
    assert mark == classes.mark()
    assert {each.name: len(each.photos) for each in classes} == {"blue": 6, "red": 6}
    assert camera.SOURCE in camera.LABS.refills


def test_classes_keep_each_photo_once_and_so_many(photos):
    classes = CameraClasses()
    classes.features.add = lambda photo: None
    for _ in range(2):
        classes.add(1, photos["red"][0])
    classes.add(99, photos["red"][1])
    assert [len(each.photos) for each in classes] == [1, 0, 0, 0]
    for number in range(2 * MOST_PHOTOS):
        classes.add(2, str(number).encode())
    assert [len(each.photos) for each in classes] == [1, MOST_PHOTOS, 0, 0]
    assert list(classes.files()) == ["Class 1", "Class 2"]
    numbers = [photo.number for each in classes for photo in each.photos]
    assert len({*numbers}) == len(numbers)


def test_photos_of_a_browser_are_read_and_whatever_else_it_says_is_not(photos):
    heard: list[Sent] = []
    photo = base64.b64encode(photos["red"][0]).decode()
    message = {"id": 7, "photos": [[2, photo]], "frame": None, "done": True}
    camera_view._read(message, heard.append)
    assert heard == [Sent(7, [(2, photos["red"][0])], None, True)]
    text = base64.b64encode(b"Dear diary").decode()
    for broken in (
        None,
        {},
        {**message, "id": "x"},
        {**message, "photos": [[1, text]]},
        {**message, "photos": [[1, "%"]]},
        {**message, "photos": 3},
        {**message, "frame": text},
        {**message, "frame": photo + " " * (1 << 20)},
    ):
        camera_view._read(broken, heard.append)
    assert len(heard) == 1


def test_a_frame_is_answered_in_the_order_of_the_classes(trained, photos, monkeypatch):
    state = {}
    monkeypatch.setattr(camera.st, "session_state", state)
    classes, model = trained.session_state["camera_classes"], trained.session_state["camera_model"]
    camera._receive(classes, model, Sent(3, [], photos["blue"][1], False))
    seen = state["camera_seen"]
    assert seen.id == 3
    assert [name for name, _ in seen.scores] == ["red", "blue"]
    assert seen.scores[1][1] > 0.5
    camera._receive(classes, None, Sent(4, [(1, photos["blue"][2])], None, True))
    assert (state["camera_seen"].id, state["camera_seen"].is_done) == (4, True)
    assert len(next(iter(classes)).photos) == 7


def test_a_photo_for_which_there_is_no_room_is_refused_in_words(photos, monkeypatch):
    state = {}
    monkeypatch.setattr(camera.st, "session_state", state)
    monkeypatch.setenv("GRAFT_HELD_MIB", "0.001")
    classes = CameraClasses()
    camera._receive(classes, None, Sent(5, [(1, photos["blue"][0])], None, True))
    assert "share the memory" in str(state["camera_seen"].error)
    assert not next(iter(classes)).photos
