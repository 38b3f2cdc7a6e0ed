"""A project as one file: all of it comes along, and a bad file changes nothing."""

from __future__ import annotations

import hashlib
import io
import json
import pickle
import zipfile
from collections.abc import Callable

import numpy as np
import pytest

from core.errors import GraftError, InvalidInputError
from core.projects import Correction, Limits, Project, Projects, StorageError, datasets
from core.sound.heads import SoundHead
from core.text.tfidf import TermWeights
from core.text.transfer.classifier import TextClassifier
from core.vision.transfer.datasets import ImageDataset
from tests.core.projects.conftest import ON_SERVERS, files_of


@pytest.fixture(scope="module")
def photos(crops) -> ImageDataset:
    return ImageDataset.from_classes(
        {"a": [(f"{i}", c) for i, c in enumerate(crops[:4])], "b": [("x", crops[5])]}
    )


@pytest.fixture(scope="module")
def classifier() -> bytes:
    """The file of a classifier of texts, which brings a script along."""
    terms = TermWeights(("good", "bad"), np.ones(2, np.float32))
    weights = np.eye(2, dtype=np.float32)
    empty = np.empty((0, 2), np.float32)
    return TextClassifier(
        ("x", "y"), None, terms, empty, weights, np.zeros(2, np.float32)
    ).to_bytes()


@pytest.fixture(scope="module")
def sounds() -> bytes:
    """The file of a classifier of sounds."""
    weights = np.ones((4096, 2), np.float32)
    return SoundHead(weights, np.zeros(2, np.float32), ("hum", "hiss"), ("birds",)).to_bytes()


@pytest.fixture(scope="module")
def fill(photos, classifier, sounds) -> Callable[[Project], Project]:
    """A function that puts one of several kinds into a project."""

    def fill(project: Project) -> Project:
        item = project.add("photos", "Crops", {"of": "a ZIP"}, {"data": datasets.pack(photos)})
        project.correct(item, 3, "b", tested=True)
        project.correct(item, 1, None, tested=False)
        project.add("text-model", "Reviews", {"classes": ["x", "y"]}, {"model": classifier})
        project.add("sound-model", "Noises", {}, {"model": sounds})
        project.add("settings", "Style", {"steps": 3})
        project.remove(project.add("picture", "Removed", {}, {"image": b"gone"}))
        return project

    return fill


@pytest.fixture(scope="module")
def file(fill, tmp_path_factory) -> bytes:
    """The file of such a project."""
    folder = tmp_path_factory.mktemp("elsewhere")
    store = Projects(str(folder / "projects.db"), str(folder / "content"))
    project = fill(store.create("Elsewhere"))
    project.write_file(folder / "project.zip")
    store.close()
    data = (folder / "project.zip").read_bytes()
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        everything = b"".join(map(archive.read, archive.namelist()))
    assert project.token.encode() not in everything
    assert b"gone" not in everything
    return data


def repacked(
    file: bytes, change: dict[str, bytes | None], packed: int = zipfile.ZIP_STORED
) -> bytes:
    """The file with other members; None leaves one out."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(file)) as old, zipfile.ZipFile(buffer, "w", packed) as new:
        for name in old.namelist():
            if name not in change:
                new.writestr(name, old.read(name))
        for name, data in change.items():
            if data is not None:
                new.writestr(name, data)
    return buffer.getvalue()


def with_content(file: bytes, kind: str, data: bytes, packed: int = zipfile.ZIP_STORED) -> bytes:
    """The file of a project with one item whose content comes with the right digest."""
    manifest = json.loads(zipfile.ZipFile(io.BytesIO(file)).read("project.json"))
    digest = hashlib.sha256(data).hexdigest()
    (item,) = (item for item in manifest["items"] if item["kind"] == "settings")
    item |= {"kind": kind, "parts": {"data": {"digest": digest, "bytes": len(data)}}}
    manifest["items"] = [item]
    return repacked(
        file, {"project.json": json.dumps(manifest).encode(), f"content/{digest}": data}, packed
    )


@pytest.mark.parametrize("places", ["sqlite", ON_SERVERS], indirect=True)
def test_a_project_comes_out_of_its_file_as_it_went_in(store, project, fill, photos, tmp_path):
    fill(project)
    store.open(project.read_token).write_file(tmp_path / "project.zip")
    again = store.read_file(tmp_path / "project.zip")
    assert again.token != project.token
    assert again.name == project.name
    old, new = project.items(), again.items()
    assert [(i.kind, i.name, i.about, i.created, i.changed) for i in new] == [
        (i.kind, i.name, i.about, i.created, i.changed) for i in old
    ]
    assert datasets.unpack("photos", again.read(new[0], "data")) == photos
    assert again.corrections(new[0]) == {3: Correction("b", True), 1: Correction(None, False)}
    assert list(again.corrections(new[0])) == list(project.corrections(old[0]))
    assert TextClassifier.load(again.read(new[1], "model")).predict(["good"])[0, 0] > 0.5
    assert SoundHead.from_file(again.path(new[2], "model")).classes == ("hum", "hiss")


def test_scripts_of_strangers_do_not_come_along(local_store, file, classifier):
    assert "classify_texts.py" in zipfile.ZipFile(io.BytesIO(classifier)).namelist()
    evil = repacked(classifier, {"classify_texts.py": b"import os; os.system('true')"})
    opened = local_store.read_file(with_content(file, "text-model", evil))
    kept = opened.read(opened.items()[0], "data")
    assert b"os.system" not in kept
    assert not any(name.endswith(".py") for name in zipfile.ZipFile(io.BytesIO(kept)).namelist())
    assert TextClassifier.load(kept).classes == ("x", "y")


@pytest.fixture(scope="module")
def bad_files(file, pack, photos, classifier) -> dict[str, tuple[bytes, str]]:
    """Files that are refused, by name, and what the sentence says of each."""
    manifest = json.loads(zipfile.ZipFile(io.BytesIO(file)).read("project.json"))
    content = next(n for n in zipfile.ZipFile(io.BytesIO(file)).namelist() if "/" in n)

    def with_manifest(**changes: object) -> bytes:
        return repacked(file, {"project.json": json.dumps(manifest | changes).encode()})

    def with_item(**changes: object) -> bytes:
        return with_manifest(items=[manifest["items"][-1] | changes])

    packed = b"".join(datasets.pack(photos))
    bad_photo = packed.replace(photos.members[0].data, bytes(len(photos.members[0].data)))
    keras = pack(
        {
            "metadata.json": b"{}",
            "config.json": json.dumps({"class_name": "Lambda", "module": "keras.layers"}).encode(),
            "model.weights.h5": b"x",
            "labels.json": b'["a", "b"]',
        }
    )
    objects, array = io.BytesIO(), np.array([print], object)
    np.savez(objects, weights=array, bias=array, classes=array, sources=array)
    elsewhere = repacked(
        classifier,
        {
            "classifier.json": b'{"format": "graft text classifier 1", '
            b'"classes": ["x", "y"], "encoder": "https://example.org/module"}'
        },
    )
    return {
        "empty": (b"", "empty"),
        "no zip": (b"hello" * 100, "another kind of file"),
        "cut off": (file[: len(file) // 2], "incomplete"),
        "no project": (pack({"letter.txt": b"Dear diary"}), "no project.json"),
        "other json": (pack({"project.json": b"[1]"}), "does not say that it is a project"),
        "broken json": (pack({"project.json": b"{"}), "not JSON"),
        "deep json": (pack({"project.json": b"[" * 200_000}), "not JSON"),
        "newer": (with_manifest(version=2), "newer version"),
        "version": (with_manifest(version="one"), "damaged"),
        "items": (with_manifest(items=[1]), "damaged"),
        "kind": (with_item(kind="pickle"), "damaged"),
        "about": (with_item(about={"x": "y" * (2 << 20)}), "damaged"),
        "nan": (with_item(about={"x": float("nan")}), "damaged"),
        "label": (with_item(corrections=[[0, "", True]]), "damaged"),
        "position": (with_item(corrections=[[-1, "a", True]]), "damaged"),
        "twice": (with_item(corrections=[[1, "a", True], [1, "b", True]]), "damaged"),
        "part": (with_item(parts={"../x": {"digest": "0" * 64, "bytes": 1}}), "damaged"),
        "digest": (with_item(parts={"x": {"digest": "../../x", "bytes": 1}}), "damaged"),
        "missing": (repacked(file, {content: None}), "missing"),
        "damaged": (repacked(file, {content: b"other"}), "damaged"),
        "climbing": (repacked(file, {"../../evil": b"x"}), "leads out of it"),
        "bomb": (
            with_content(file, "picture", bytes(80 << 20), zipfile.ZIP_DEFLATED),
            "unpacks to",
        ),
        "json bomb": (pack({"project.json": bytes(80 << 20)}), "unpacks to"),
        "pickle": (with_content(file, "settings", pickle.dumps({"a": 1})), "pickle"),
        "photo": (with_content(file, "photos", bad_photo), photos.members[0].name),
        "texts": (with_content(file, "texts", packed), "Expected texts"),
        "keras": (with_content(file, "photo-model", keras), "code of its own"),
        "objects": (with_content(file, "sound-model", objects.getvalue()), "classifier of sounds"),
        "no form": (with_content(file, "photo-model", objects.getvalue()), "classifier of photos"),
        "module": (with_content(file, "text-model", elsewhere), "names no encoder"),
        "no model": (with_content(file, "photo-model", b"\x7fELF"), "no model"),
    }


def test_bad_files_are_refused_by_a_sentence_and_change_nothing(local_store, local, bad_files):
    before = files_of(local)
    with local_store.database.reading() as session:
        count = session.connection().exec_driver_sql("SELECT count(*) FROM graft_projects").scalar()
    for name, (bad, sentence) in bad_files.items():
        with pytest.raises(InvalidInputError, match=sentence) as refused:
            local_store.read_file(bad)
        assert "Nothing was changed." in str(refused.value), name
    assert files_of(local) == before
    with local_store.database.reading() as session:
        query = "SELECT count(*) FROM graft_projects"
        assert session.connection().exec_driver_sql(query).scalar() == count


def test_no_byte_that_changes_is_taken_for_a_project_unnoticed(local_store, file):
    rng = np.random.default_rng(0)
    start = file.index(b"PK\x01\x02")
    changed = 0
    for place in (
        rng.integers(len(file), size=20).tolist() + rng.integers(start, len(file), 30).tolist()
    ):
        damaged = bytearray(file)
        damaged[place] ^= 1 << rng.integers(8)
        try:
            local_store.read_file(bytes(damaged))
        except GraftError as err:
            changed += 1
            assert str(err).endswith(".")
    assert changed > 25


def test_a_file_beyond_the_limit_is_refused(file, opened, local):
    store, before = opened(*local, Limits(project_bytes=1000)), files_of(local)
    with pytest.raises(InvalidInputError, match="at most"):
        store.read_file(bytes(80 << 20))
    with pytest.raises(GraftError):
        store.read_file(file)
    assert files_of(local) == before


def test_a_file_that_cannot_be_written_is_a_sentence(local_store, tmp_path):
    project = local_store.create("Garden")
    with pytest.raises(StorageError, match="cannot be written"):
        project.write_file(tmp_path / "missing" / "project.zip")
