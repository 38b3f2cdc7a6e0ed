"""The room What changed of photos, texts and sounds."""

from __future__ import annotations

import numpy as np
import pytest

from core.learning.feature_cache import FeatureCache
from core.vision.transfer.datasets import ImageDataset
from core.wording import escaped
from pages._transfer.new_photos import PHOTOS
from pages._transfer.state import Lab
from pages._ui.what_changed import verdict
from tests.pages.conftest import opened

ROOM = "What changed"


def small_set(encode, count: int = 24) -> ImageDataset:
    """Pictures of noise in two classes, of which each is different."""
    rng = np.random.default_rng(0)

    def picture(level: int) -> bytes:
        return encode(rng.integers(level, 256, (48, 48, 3), np.uint8))

    return ImageDataset.from_classes(
        {
            name: [(f"{name}/{i}.png", picture(level)) for i in range(count)]
            for name, level in (("grey", 0), ("light", 120))
        }
    )


def text_of(app) -> str:
    return "\n".join(text.value for text in (*app.markdown, *app.caption))


@pytest.fixture
def work(encode) -> Lab:
    return Lab(small_set(encode), "Noise")


def test_darker_photos_are_different_and_two_halves_are_not(work, finish, messages):
    app = opened("transfer.py", {"room": ROOM}, lab=work)
    finish(app, "lab_changes")
    assert messages(app) == []
    assert app.subheader[0].value == "The new photos differ from the set"
    figures = {metric.label: metric.value for metric in app.metric}
    assert figures["p-value"] == "0.001" and float(figures["AUROC"]) > 0.9
    assert figures["Photos"] == "24 / 24" and 0.6 < float(figures["Noticed from AUROC"]) < 0.8
    assert "guessing gives 50%" in text_of(app)
    job = app.session_state["lab_changes"]
    app.segmented_control(key="lab_against").set_value("Two halves").run()
    finish(app, "lab_changes")
    assert app.subheader[0].value.startswith("No difference was found")
    app.segmented_control(key="lab_against").set_value("Darker").run()
    assert app.session_state["lab_changes"] is job  # nothing is computed again


def test_an_upload_is_compared_and_a_version_of_the_set_is_recognised(work, finish, messages, pack):
    app = opened("transfer.py", {"room": ROOM, "lab_against": "Upload"}, lab=work)
    assert "another version" in app.info[0].value
    kept = {photo.name: photo.data for photo in work.original.photos[:40]}
    (uploader,) = app.file_uploader
    uploader.upload("later.zip", pack({**kept, "grey/broken.png": b"no photo"})).run()
    finish(app, "lab_changes")
    assert messages(app) == []
    assert app.subheader[0].value == "No photo was added, 8 removed"
    assert "40 photos in both" in text_of(app)
    assert f"{escaped('later.zip')}: 40 photos" in text_of(app)
    assert "1 file was skipped" in [box.label for box in app.expander]


def test_a_file_that_cannot_be_used_is_named_and_the_one_before_stays(work, messages, pack):
    app = opened("transfer.py", {"room": ROOM, "lab_against": "Upload"}, lab=work)
    (uploader,) = app.file_uploader
    uploader.upload("letter.zip", b"Dear diary").run()
    assert [text.startswith("letter.zip: ") for text in messages(app)] == [True]


def test_too_few_new_photos_give_no_verdict(work):
    new = work.original.at(range(10))
    first = work.original.at(range(10, 48))
    cache = FeatureCache()
    *_, step = PHOTOS.changes(first, new, "efficientnet_lite0", cache)
    assert verdict(step, "photo") == "There are too few new photos to compare"


@pytest.mark.parametrize(
    ("page", "job"), [("documents.py", "desk_changes"), ("sounds.py", "own_changes")]
)
def test_texts_and_sounds_have_the_room_too(visit, finish, messages, page, job):
    app = visit(page, room=ROOM)
    if job in app.session_state:
        finish(app, job)
    assert messages(app) == []
    assert app.subheader[0].value.endswith("differ from the set")
    assert len(app.metric) == 4
