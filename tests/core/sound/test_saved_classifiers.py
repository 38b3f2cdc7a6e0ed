"""A saved classifier of sounds listens like the models that ship."""

from __future__ import annotations

import io

import numpy as np
import pytest

from core import engine
from core.errors import InvalidInputError, UnknownNameError
from core.media import encode_wav
from core.sound.classification import classify, explain, head
from core.sound.encoders import RATE
from core.sound.heads import SoundHead
from core.sound.transfer.classifier import SoundClassifier


@pytest.fixture(scope="module")
def recording():
    samples = np.random.default_rng(0).normal(0, 0.1, 4 * RATE)
    return encode_wav(np.float32(samples), RATE)


@pytest.fixture(scope="module")
def name(kept, sound_head):
    return kept.sounds(sound_head)


def test_it_predicts_what_it_did_when_it_was_trained(name, sound_head, recording):
    result = classify(recording, model=name)
    (scores,) = SoundClassifier(sound_head).predict([recording])
    assert result.labels == tuple(sound_head.classes[i] for i in np.argsort(-scores))
    np.testing.assert_allclose(result.scores, np.sort(scores)[::-1], atol=1e-5)
    assert result.model == name
    assert result.windows.classes == sound_head.classes


def test_its_evidence_is_located(name, recording):
    evidence = explain(recording, model=name, target="hum")
    assert evidence.label == "hum"
    assert np.ptp(evidence.values) > 0
    with pytest.raises(InvalidInputError, match="hiss, hum, knock"):
        explain(recording, model=name, target="siren")


def test_it_is_read_from_its_file_once_and_counts_in_the_pool(name, sound_head):
    assert head(name) is head(name)
    key = engine.NetworkKey(name, None, "f32")
    (entry,) = [entry for entry in engine.pool.entries() if entry.key == key]
    assert entry.bytes >= sound_head.weights.nbytes


def test_another_kind_of_classifier_is_refused_with_its_title(kept, own_photos, recording):
    name = kept.photos(own_photos.model)
    with pytest.raises(InvalidInputError, match="Colours, a network for images"):
        classify(recording, model=name)
    with pytest.raises(UnknownNameError, match="no saved classifier"):
        classify(recording, model="kept:nothing")


def changed(head: SoundHead, **parts: np.ndarray | None) -> bytes:
    with np.load(io.BytesIO(head.to_bytes())) as file:
        every = {name: file[name] for name in file.files} | parts
    buffer = io.BytesIO()
    np.savez(buffer, **{name: part for name, part in every.items() if part is not None})
    return buffer.getvalue()


@pytest.mark.parametrize(
    "parts",
    [
        {"bias": None},
        {"bias": np.zeros(2, np.float32)},
        {"weights": np.zeros((7, 3), np.float32)},
        {"weights": np.zeros((4096, 3), np.float64)},
        {"sources": np.array(["bats"])},
        {"sources": np.array([], str)},
        {"classes": np.array(["hiss", "hiss", "hum"])},
        {"classes": np.array([{"code": 1}] * 3, object)},
    ],
    ids=lambda parts: "-".join(parts),
)
def test_a_file_whose_parts_do_not_fit_is_refused(sound_head, tmp_path, parts):
    path = tmp_path / "head.npz"
    path.write_bytes(changed(sound_head, **parts))
    with pytest.raises(InvalidInputError, match="file of a classifier of sounds"):
        SoundHead.from_file(path)


def test_a_file_that_is_none_is_refused(tmp_path):
    path = tmp_path / "head.npz"
    for data in (b"", b"no arrays", b"PK\x03\x04"):
        path.write_bytes(data)
        with pytest.raises(InvalidInputError, match="file of a classifier of sounds"):
            SoundHead.from_file(path)
