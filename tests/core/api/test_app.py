"""The web API: bodies, answers and refusals of tasks that answer at once."""

from __future__ import annotations

import io
import re

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from starlette.testclient import TestClient

from core.api.app import web_api
from core.media import IMAGE_LIMITS, decode
from core.vision.classification import classify, embed
from core.vision.colorization import colorize
from tests.refused import refused


@pytest.fixture(scope="module")
def client():
    return TestClient(web_api())


def test_a_photo_comes_as_the_body_or_as_a_part_of_it(client, cat):
    expected = classify(cat, top_k=3)
    for answer in (
        client.post("/classify", content=cat, params={"top_k": 3}),
        client.post("/classify", files={"photo": cat}, params={"top_k": 3}),
    ):
        assert answer.status_code == 200, answer.text
        assert answer.json()["labels"] == list(expected.labels)
        assert answer.json()["scores"] == pytest.approx(expected.scores.tolist(), abs=1e-6)


def test_many_photos_come_as_parts_of_one_name(client, cat, crops):
    photos = [cat, crops[0]]
    answer = client.post("/embed", files=[("photos", photo) for photo in photos])
    assert np.array(answer.json()["embeddings"]) == pytest.approx(embed(photos), abs=1e-5)


def test_a_picture_comes_as_png_where_that_is_asked_for(client, cat):
    settings = {"saturation": 0.5, "hints": ["0.5,0.5,ff0000"]}
    answer = client.post("/colorize", content=cat, params=settings, headers={"Accept": "image/png"})
    assert answer.headers["content-type"] == "image/png"
    assert Image.open(io.BytesIO(answer.content)).format == "PNG"
    grey = client.post("/colorize", content=cat, params={"saturation": 0}).json()
    assert set(grey) == {"width", "height", "png"}
    plain = client.post("/colorize", content=cat, headers={"Accept": "image/*"})
    assert np.array_equal(decode(plain.content), colorize(cat))


def test_what_nobody_can_send_is_refused(client, cat):
    answer = client.post("/classify", content=cat, headers={"Accept": "image/png"})
    assert "application/json" in refused(answer, 400)


@pytest.mark.parametrize(
    ("settings", "named"),
    [({"top_k": "many"}, "top_k"), ({"top_k": "9" * 5000}, "top_k"), ({"nonsense": 1}, "nonsense")],
)
def test_settings_that_do_not_fit_are_named(client, cat, settings, named):
    assert named in refused(client.post("/classify", content=cat, params=settings), 400)


def test_texts_and_their_settings_come_as_json(client):
    assert "reviews" in refused(client.post("/sentiment", json={"reviews": "one"}), 400)
    assert "model" in refused(
        client.post("/sentiment", json={"reviews": ["Fine."], "model": "a" * 999}), 400
    )
    refused(client.post("/sentiment", content=b"{"), 400)
    refused(client.post("/sentiment", json={"reviews": ["Fine."], "model": "nobody"}), 404)


def test_files_that_are_missing_or_one_too_many_are_refused(client, cat):
    assert "style" in refused(client.post("/stylize", content=cat), 400)
    assert "style" in refused(client.post("/stylize", files={"photo": cat}), 400)
    two = [("photo", cat), ("photo", cat)]
    assert "Received: 2" in refused(client.post("/classify", files=two), 400)
    assert "empty" in refused(client.post("/classify", content=b""), 400)


def test_a_body_that_is_too_large_is_refused(client):
    answer = client.post("/classify", content=bytes(IMAGE_LIMITS.max_bytes + 1))
    assert "32 MiB" in refused(answer, 413)


@pytest.mark.parametrize("network", ["https://tfhub.dev/x", "/etc", "../models", ""])
def test_only_networks_of_the_table_are_opened(client, cat, network):
    refused(client.post("/classify", content=cat, params={"backbone": network}), 404)


def test_other_addresses_and_methods_are_refused(client):
    assert "/nonsense" in refused(client.get("/nonsense"), 404)
    refused(client.get("/classify"), 405)


def test_the_page_of_documents_asks_nobody_else(client):
    page = client.get("/docs").text
    addresses = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert addresses
    assert all(address.startswith("/") for address in addresses)
    for address in addresses:
        assert client.get(address).status_code == 200, address
    assert "//" not in re.sub(r"https?://www\.w3\.org", "", "".join(addresses))


def test_tables_come_as_csv_or_parquet_where_that_is_asked_for(client, cat, crops):
    photos = [cat, crops[0]]
    files = [("photos", photo) for photo in photos]
    answer = client.post("/embed", files=files, headers={"Accept": "text/csv"})
    assert answer.headers["content-type"].startswith("text/csv")
    table = pd.read_csv(io.BytesIO(answer.content))
    assert list(table)[:2] == ["f0", "f1"]
    assert table.to_numpy() == pytest.approx(embed(photos), abs=1e-5)
    kind = "application/vnd.apache.parquet"
    reviews = {"reviews": ["A wonderful film.", "Dreadful."]}
    answer = client.post("/sentiment", json=reviews, headers={"Accept": kind})
    assert answer.headers["content-type"] == kind
    assert len(pd.read_parquet(io.BytesIO(answer.content))) == 2
    answer = client.post("/explain-review", json={"review": "A fine film. The end was dull."})
    rows = client.post(
        "/explain-review",
        json={"review": "A fine film. The end was dull."},
        headers={"Accept": "text/csv"},
    )
    table = pd.read_csv(io.BytesIO(rows.content))
    assert table["sentence"].tolist() == answer.json()["sentences"]
    assert table["saliency"].tolist() == pytest.approx(answer.json()["saliency"], abs=1e-5)
