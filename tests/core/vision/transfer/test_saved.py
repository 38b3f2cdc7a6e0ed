"""Files of saved classifiers that somebody else hands over are looked at before they are used."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from core.errors import InvalidInputError
from core.learning.novelty import fit_novelty
from core.vision.transfer import saved
from core.vision.transfer.trained_model import TrainedModel


@pytest.fixture(scope="module")
def archive(own_photos, tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("saved") / "form.zip"
    own_photos.model.write_archive(path)
    return path


@pytest.fixture
def changed(archive, tmp_path) -> Callable[..., Path]:
    """A function that copies the file with one member changed; None leaves it out."""

    def write(name: str, change: Callable[[bytes], bytes] | None) -> Path:
        path = tmp_path / "changed.zip"
        with zipfile.ZipFile(archive) as old, zipfile.ZipFile(path, "w") as new:
            for member in old.namelist():
                data = old.read(member)
                if member != name:
                    new.writestr(member, data)
                elif change is not None:
                    new.writestr(member, change(data))
        return path

    return write


def with_values(**values):
    return lambda data: json.dumps(json.loads(data) | values).encode()


def saved_array(array) -> Callable[[bytes], bytes]:
    def write(_: bytes) -> bytes:
        buffer = io.BytesIO()
        np.save(buffer, array)
        return buffer.getvalue()

    return write


def with_head(**parts) -> Callable[[bytes], bytes]:
    def write(data: bytes) -> bytes:
        buffer = io.BytesIO()
        with np.load(io.BytesIO(data)) as head:
            np.savez(buffer, **{name: head[name] for name in head.files} | parts)
        return buffer.getvalue()

    return write


def other_detector() -> bytes:
    x, kernel = np.eye(6, dtype=np.float32), np.ones((6, 3), np.float32)
    return fit_novelty(x, x, kernel, np.zeros(3, np.float32)).to_json().encode()


def test_what_training_wrote_passes(archive):
    saved.check(archive)
    assert saved.network_of("a:b", "Mine", archive).labels.names == ("blue", "green", "red")
    with zipfile.ZipFile(archive) as opened:
        assert all(info.compress_type == zipfile.ZIP_STORED for info in opened.infolist())


def test_it_opens_with_its_card_and_what_it_knows_of_its_photos(archive, own_photos):
    opened = TrainedModel.from_archive(archive)
    assert opened.card == own_photos.model.card is not None
    assert opened.novelty.to_json() == own_photos.model.novelty.to_json()


DAMAGE = {
    "no labels": ("labels.json", None),
    "one label less": ("labels.json", lambda _: b'["blue", "green"]'),
    "a label twice": ("labels.json", lambda _: b'["blue", "blue", "red"]'),
    "labels that are numbers": ("labels.json", lambda _: b"[1, 2, 3]"),
    "labels that are none": ("labels.json", lambda _: b'{"blue": 1}'),
    "deep JSON": ("labels.json", lambda _: b"[" * 100_000),
    "no information": ("info.json", None),
    "another number of classes": ("info.json", with_values(classes=4)),
    "another head": ("info.json", with_values(head="other")),
    "a size that is text": ("info.json", with_values(input_size="224")),
    "a vast size": ("info.json", with_values(input_size=100_000)),
    "negative memory": ("info.json", with_values(activation_bytes=-(1 << 40))),
    "unknown information": ("info.json", with_values(nonsense=1)),
    "features that are no layer": ("info.json", with_values(features="nowhere")),
    "no layers": ("layers.json", lambda _: b"[]"),
}
GRAPHS = {
    "no graph": ("model.xml", None),
    "a graph that is none": ("model.xml", lambda _: b"<net/>"),
    "another size than the graph's": ("info.json", with_values(input_size=64)),
    "no constants": ("model.bin", None),
    "half the constants": ("model.bin", lambda data: data[: len(data) // 2]),
    "a kernel of another shape": ("head.npy", saved_array(np.zeros((7, 3), np.float32))),
    "a kernel of objects": ("head.npy", saved_array(np.array([{}], object))),
    "a backbone elsewhere": ("head.npz", with_head(backbone="https://tfhub.dev/a/b")),
    "a layer of another shape": ("head.npz", with_head(bias=np.zeros(2, np.float32))),
    "a card of something else": ("card.json", lambda _: b"{}"),
    "a novelty detector of something else": ("novelty.json", lambda _: b"{}"),
    "a novelty detector for other features": ("novelty.json", lambda _: other_detector()),
    "a layer of no numbers": ("head.npz", with_head(kernel=np.full((1280, 3), np.nan))),
}


@pytest.mark.parametrize("damage", [*DAMAGE, *GRAPHS])
def test_a_file_whose_parts_do_not_fit_is_refused(changed, damage):
    path = changed(*(DAMAGE | GRAPHS)[damage])
    with pytest.raises(InvalidInputError, match="classifier of photos that was saved here"):
        saved.check(path)


@pytest.mark.parametrize("damage", DAMAGE)
def test_what_is_damaged_is_refused_when_it_is_named(changed, damage):
    with pytest.raises(InvalidInputError, match="classifier of photos that was saved here"):
        saved.network_of("a:b", "Mine", changed(*DAMAGE[damage]))


@pytest.mark.parametrize("data", [b"", b"no archive", b"PK\x03\x04 broken"])
def test_a_file_that_is_no_archive_is_refused(tmp_path, data):
    path = tmp_path / "form.zip"
    path.write_bytes(data)
    for look in (saved.check, lambda path: saved.network_of("a:b", "Mine", path)):
        with pytest.raises(InvalidInputError, match="classifier of photos that was saved here"):
            look(path)
