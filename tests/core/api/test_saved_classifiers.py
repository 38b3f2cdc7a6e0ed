"""Saved classifiers are addressed like networks, over HTTP and on the command line."""

from __future__ import annotations

import json

import numpy as np
import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner

from core.api.app import web_api
from core.cli.commands import app
from core.media import encode_wav
from core.sound.encoders import RATE


@pytest.fixture(scope="module")
def client():
    return TestClient(web_api())


@pytest.fixture(scope="module")
def name(kept, own_photos):
    return kept.photos(own_photos.model)


def test_photos_are_classified_explained_and_embedded_over_http(client, name, own_photos):
    photo, settings = own_photos.photos[0], {"backbone": name}
    (scores,) = own_photos.model.predict([photo])
    answer = client.post("/classify", content=photo, params=settings).json()
    assert answer["labels"] == [own_photos.model.classes[i] for i in np.argsort(-scores)]
    assert answer["scores"] == pytest.approx(np.sort(scores)[::-1].tolist(), abs=1e-6)
    assert answer["wnids"] == ["", "", ""]
    explained = client.post("/explain", content=photo, params={**settings, "target": "red"}).json()
    assert (explained["label"], explained["backbone"]) == ("red", name)
    rows = client.post("/embed", content=photo, params=settings).json()["embeddings"]
    assert np.shape(rows) == (1, 1280)


@pytest.mark.parametrize("path", ["/classify", "/explain", "/many-photos"])
def test_a_name_that_stands_for_nothing_is_refused_at_once(client, name, cat, path):
    answer = client.post(
        path, files=[("photo" if path[1] != "m" else "photos", cat)], params={"backbone": "kept:no"}
    )
    assert answer.status_code == 404, answer.text
    assert "no saved classifier" in answer.json()["detail"]
    assert name not in answer.text


def test_nobody_is_told_which_there_are(client, name):
    assert name not in client.get("/backbones").text
    assert name not in client.post("/classify", content=b"x", params={"backbone": "kep"}).text


def test_texts_and_sounds_go_to_saved_classifiers_too(client, kept, own_texts, sound_head):
    body = {"texts": ["a wave in the harbour"], "model": kept.texts(own_texts)}
    answer = client.post("/documents", json=body).json()
    assert answer["classes"] == ["sky", "sea"]
    assert answer["probabilities"][0][1] > 0.9
    hiss = encode_wav(np.random.default_rng(0).normal(0, 0.1, 4 * RATE).astype(np.float32), RATE)
    answer = client.post("/sounds", content=hiss, params={"model": kept.sounds(sound_head)}).json()
    assert sorted(answer["labels"]) == ["hiss", "hum", "knock"]


def test_the_command_line_takes_them_by_name(name, own_photos, tmp_path):
    path = tmp_path / "photo.jpg"
    path.write_bytes(own_photos.photos[0])
    done = CliRunner().invoke(app, ["classify", str(path), "--backbone", name, "--json"])
    assert done.exit_code == 0, done.output
    assert set(json.loads(done.stdout)["labels"]) == {"blue", "green", "red"}
    refused = CliRunner().invoke(app, ["classify", str(path), "--backbone", "kept:no"])
    assert refused.exit_code == 1
    assert "no saved classifier" in refused.output
