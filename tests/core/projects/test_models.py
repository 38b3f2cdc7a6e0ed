"""Classifiers of projects: saved, named wherever a network is named, read again."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from sqlalchemy import update
from starlette.testclient import TestClient
from typer.testing import CliRunner

from core import engine, zoo
from core.api.app import web_api
from core.cli.commands import app
from core.errors import InvalidInputError, UnknownNameError
from core.learning.card import CardFigures
from core.media import encode_wav
from core.projects import Limits, Projects, StorageError, models
from core.projects.tables import ProjectRow
from core.sound.classification import classify as listen
from core.sound.encoders import RATE
from core.sound.transfer.classifier import SoundClassifier
from core.text import documents
from core.vision.classification import classify
from core.vision.explanation import explain

TESTED = zoo.Tested(accuracy=0.9, examples=20, data="Garden")
ABOUT = {"network": "efficientnet_lite0", "accuracy": 0.9, "tested": 20, "data": "Garden"}


@pytest.fixture
def use(monkeypatch) -> Callable[[Projects], Projects]:
    """A function that makes a store that of this process, which is asked each time."""

    def this(store: Projects) -> Projects:
        monkeypatch.setattr(models, "projects", lambda: store)
        monkeypatch.setattr(models, "_FRESH_S", 0.0)
        return store

    return this


@pytest.fixture
def own(use, local_store) -> Projects:
    """An empty store."""
    return use(local_store)


@pytest.fixture
def saved(own, own_photos):
    """A project and the item of a classifier of photos in it."""
    project = own.create("Garden")
    item = models.add(project, "Colours", own_photos.model, ABOUT)
    return project, item


def names(project, *modalities) -> list[str]:
    return [spec.name for each in modalities for spec in models.networks(project, each)]


def test_a_classifier_of_photos_answers_by_its_name(use, store, own_photos):
    project = use(store).create("Garden")
    item = models.add(project, "Colours", own_photos.model, ABOUT)
    (spec,) = models.networks(project, "image")
    name = spec.name
    assert name == f"project:{item.id}"
    photo = own_photos.photos[0]
    (scores,) = own_photos.model.predict([photo])
    answer = classify(photo, backbone=name)
    np.testing.assert_array_equal(answer.scores, np.sort(scores)[::-1])
    assert set(answer.labels) == {"blue", "green", "red"}
    assert explain(photo, backbone=name).label == answer.labels[0]
    assert zoo.image_network(name) == spec
    assert (spec.title, spec.tested) == ("Colours", TESTED)
    assert spec.feature_layers == zoo.image_network("efficientnet_lite0").feature_layers


def test_classifiers_of_texts_and_sounds_do_too(own, own_texts, sound_head):
    project = own.create("Garden")
    models.add(project, "Sky", own_texts)
    models.add(project, "Noises", SoundClassifier(sound_head), ABOUT)
    text, sound = names(project, "text", "sound")
    assert models.networks(project, "image") == []
    np.testing.assert_array_equal(
        documents.predict(["a wave"], model=text), own_texts.predict(["a wave"])
    )
    assert zoo.network(text).tested is None
    hiss = encode_wav(np.random.default_rng(0).normal(0, 0.1, 4 * RATE).astype(np.float32), RATE)
    assert set(listen(hiss, model=sound).labels) == {"hiss", "hum", "knock"}
    for model, original in ((text, own_texts), (sound, SoundClassifier(sound_head))):
        item = next(item for item in project.items() if models.name_of(item) == model)
        assert models.read(project, item).classes == original.classes


def test_what_is_read_again_is_the_same_classifier(saved, own_photos, own, tmp_path):
    project, item = saved
    again = models.read(own.open(project.read_token), item)
    np.testing.assert_array_equal(
        again.predict(own_photos.photos), own_photos.model.predict(own_photos.photos)
    )


def test_cards_stay_with_their_classifiers_and_say_what_is_known_of_them(
    own, own_photos, own_texts, sound_head
):
    card = own_photos.model.card
    assert card is not None
    figures = CardFigures(
        tested=8,
        correct=6,
        accuracy=0.75,
        accuracy_interval=(0.4, 0.9),
        macro_precision=None,
        macro_recall=None,
        macro_f1=None,
        macro_auc=None,
        log_loss=None,
        expected_calibration_error=0.1,
    )
    card = replace(card, figures=figures, data=replace(card.data, name="Colours of spring"))
    project = own.create("Garden")
    for model in (own_texts.with_card(card), SoundClassifier(sound_head, card)):
        item = models.add(project, "Mine", model)
        spec = zoo.network(models.name_of(item))
        assert spec.tested == zoo.Tested(accuracy=0.75, examples=8, data="Colours of spring")
        assert models.read(project, item).card == card
    item = models.add(project, "Mine", own_photos.model)
    assert item.about["network"] == "efficientnet_lite0"
    assert models.read(project, item).card == own_photos.model.card


def test_a_keras_file_that_was_written_is_kept(own, own_photos, tmp_path, monkeypatch):
    (tmp_path / "mine.keras").write_bytes(b"keras")
    monkeypatch.setattr(type(own_photos.model), "keras_file", tmp_path / "mine.keras")
    project = own.create("Garden")
    item = models.add(project, "Colours", own_photos.model)
    monkeypatch.undo()
    assert project.read(item, models.KERAS) == b"keras"
    again = models.read(project, project.item(item.id))
    assert again.keras_file.read_bytes() == b"keras"


def remove(own, project, item):
    project.remove(item)


def delete(own, project, item):
    project.delete()


def expire(own, project, item):
    own.limits = Limits(days=3)
    with own.database.writing() as session:
        session.execute(update(ProjectRow).values(visited=datetime.now(UTC) - timedelta(days=4)))


@pytest.mark.parametrize("end", [remove, delete, expire])
def test_a_name_ends_with_its_item_and_its_project(own, saved, own_photos, end):
    project, item = saved
    name, photo = models.name_of(item), own_photos.photos[0]
    classify(photo, backbone=name)
    assert name in {entry.key.name for entry in engine.pool.entries()}
    end(own, project, item)
    with pytest.raises(UnknownNameError, match="no saved classifier of this name"):
        classify(photo, backbone=name)


@pytest.mark.parametrize("wrong", ["project:", "project:nothing", "project:%", "project:../x"])
def test_a_wrong_name_is_refused_and_tells_of_no_other(saved, cat, wrong):
    with pytest.raises(UnknownNameError, match="no saved classifier of this name") as refusal:
        classify(cat, backbone=wrong)
    assert "project:" not in str(refusal.value)
    assert "Colours" not in str(refusal.value)


def test_other_items_are_no_networks(own, cat):
    item = own.create("Garden").add("picture", "Rose", {}, {"model": b"petals"})
    with pytest.raises(UnknownNameError):
        classify(cat, backbone=models.name_of(item))


def test_another_name_of_an_item_is_its_title_at_once(saved):
    project, item = saved
    project.change(item, name="Colours of spring")
    assert zoo.network(models.name_of(item)).title == "Colours of spring"


def test_names_are_looked_up_once_a_second(saved, own, monkeypatch):
    _, item = saved
    name = models.name_of(item)
    monkeypatch.setattr(models, "_FRESH_S", 60.0)
    spec = zoo.network(name)
    monkeypatch.setattr(Projects, "find", None)  # nothing to look it up with
    assert zoo.network(name) is spec


def test_those_of_a_list_need_no_further_look_up(saved, monkeypatch):
    project, _ = saved
    monkeypatch.setattr(models, "_FRESH_S", 60.0)
    monkeypatch.setattr(Projects, "find", None)
    (spec,) = models.networks(project, "image")
    assert zoo.network(spec.name) is spec


def test_who_uses_one_goes_on_without_the_database(saved, own, own_photos, cat, tmp_path):
    project, item = saved
    other = models.add(project, "Not asked for yet", own_photos.model)
    before = classify(cat, backbone=models.name_of(item))
    (tmp_path / "data" / "projects.db").unlink()
    after = classify(cat, backbone=models.name_of(item))
    np.testing.assert_array_equal(after.scores, before.scores)
    with pytest.raises(StorageError):
        classify(cat, backbone=models.name_of(other))


def test_a_content_that_is_gone_is_said_and_is_in_no_list(saved, own, cat):
    project, item = saved
    own.blobs.path(item.parts[models.MODEL].digest).unlink()
    with pytest.raises(StorageError, match="missing"):
        classify(cat, backbone=models.name_of(item))
    project.add("photo-model", "Damaged", {}, {models.MODEL: b"no archive"})
    assert models.networks(project, "image") == []


@pytest.mark.parametrize(
    "about",
    [
        {"network": ["x"], "tested": 3},
        {"network": "https://tfhub.dev/x", "accuracy": 7, "tested": 3, "data": "x"},
        {"accuracy": 0.5, "tested": "many", "data": None},
        {"accuracy": 0.5, "tested": 0},
    ],
)
def test_what_is_written_about_it_by_hand_is_not_trusted(own, own_photos, about, tmp_path):
    project = own.create("Garden")
    own_photos.model.write_archive(tmp_path / "model")
    item = project.add("photo-model", "Mine", about, {models.MODEL: tmp_path / "model"})
    spec = zoo.image_network(models.name_of(item))
    assert spec.tested is None
    assert spec.family == "Trained here"


def test_an_item_without_content_is_refused(own, cat):
    item = own.create("Garden").add("photo-model", "Mine", {})
    with pytest.raises(InvalidInputError, match="lost its content"):
        classify(cat, backbone=models.name_of(item))


def test_a_project_file_brings_its_classifiers_along(saved, own, own_photos, own_texts, tmp_path):
    project, _ = saved
    models.add(project, "Sky", own_texts)
    project.write_file(tmp_path / "garden.zip")
    copy = own.read_file(tmp_path / "garden.zip")
    photo, text = names(copy, "image", "text")
    assert photo not in names(project, "image")
    data = own_photos.photos[0]
    np.testing.assert_array_equal(
        classify(data, backbone=photo).scores, np.sort(own_photos.model.predict([data])[0])[::-1]
    )
    assert documents.predict(["a cloud"], model=text).argmax() == 0


def test_a_project_file_with_a_classifier_that_does_not_fit_is_refused(own, own_photos, tmp_path):
    project, path = own.create("Garden"), tmp_path / "model"
    own_photos.model.write_archive(path)
    buffer = io.BytesIO()
    with zipfile.ZipFile(path) as whole, zipfile.ZipFile(buffer, "w") as archive:
        for name in whole.namelist():
            is_labels = name == "labels.json"
            archive.writestr(name, json.dumps(["a", "b"]) if is_labels else whole.read(name))
    project.add("photo-model", "Mine", {}, {models.MODEL: buffer.getvalue()})
    project.write_file(tmp_path / "garden.zip")
    with pytest.raises(InvalidInputError, match="damaged, or made by something else"):
        own.read_file(tmp_path / "garden.zip")


def test_a_project_file_with_a_layer_of_sounds_that_does_not_fit_is_refused(own, tmp_path):
    project, buffer = own.create("Garden"), io.BytesIO()
    np.savez(buffer, weights=np.zeros((3, 3), np.float32))
    project.add("sound-model", "Mine", {}, {models.MODEL: buffer.getvalue()})
    project.write_file(tmp_path / "garden.zip")
    with pytest.raises(InvalidInputError, match="classifier of sounds"):
        own.read_file(tmp_path / "garden.zip")


def test_it_is_addressed_over_http_and_on_the_command_line(saved, own_photos, tmp_path):
    _, item = saved
    photo, settings = own_photos.photos[0], {"backbone": models.name_of(item)}
    client = TestClient(web_api())
    answer = client.post("/classify", content=photo, params=settings).json()
    assert set(answer["labels"]) == {"blue", "green", "red"}
    wrong = client.post("/classify", content=photo, params={"backbone": "project:nothing"})
    assert wrong.status_code == 404
    assert "no saved classifier of this name" in wrong.json()["detail"]
    (tmp_path / "photo.jpg").write_bytes(photo)
    command = ["classify", str(tmp_path / "photo.jpg"), "--backbone", models.name_of(item)]
    assert CliRunner().invoke(app, [*command, "--json"]).exit_code == 0


def test_whoever_imports_only_the_table_of_tasks_can_name_them(python):
    code = """
import sys
from core import tasks, zoo
assert zoo.is_saved("project:nothing")
print("sqlalchemy" in sys.modules)
"""
    assert python(code).split() == ["False"]
