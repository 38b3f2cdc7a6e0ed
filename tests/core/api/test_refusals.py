"""Why a request is refused: in a sentence that says what was expected and what came."""

from __future__ import annotations

import asyncio

import pytest
from starlette.exceptions import HTTPException
from starlette.testclient import TestClient

from core.api import bodies
from core.api.app import web_api
from core.api.bodies import Room
from tests.refused import refused

JSON = {"content-type": "application/json"}


@pytest.fixture(scope="module")
def client():
    return TestClient(web_api())


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"top_k": 0}, "Expected top_k to be greater than or equal to 1. Received: 0."),
        ({"top_k": "nan"}, "Expected top_k to be a whole number. Received: nan."),
        ({"topk": 3}, "There is no setting named 'topk'. Did you mean top_k?"),
        ({"part": "all"}, "Expected part as described: What the network sees, as LEFT,TOP,"),
    ],
)
def test_a_setting_that_does_not_fit(client, cat, settings, sentence):
    detail = refused(client.post("/classify", content=cat, params=settings), 400)
    assert detail.startswith(sentence)


@pytest.mark.parametrize(
    ("body", "headers", "sentence"),
    [
        (b'{"reviews": ["a"', JSON, "Expected JSON. Received: text that is none from character"),
        (b"[]", JSON, "Expected a JSON object, with Content-Type: application/json."),
        (b"", JSON, "Expected a JSON object, with Content-Type: application/json."),
        (b'{"reviews": ["a"]}', {"content-type": "text/plain"}, "Expected a JSON object, with"),
        (b'{"reviews": ["\xff"]}', JSON, "Expected JSON in UTF-8. Received: something else."),
        (b'{"reviews": ["\\ud800"]}', JSON, "Expected reviews.0 to be a text. Received: one"),
        (b'{"\\ud800": 1, "reviews": []}', JSON, "Expected a JSON object, with"),
        (b'{"modell": "a", "reviews": []}', JSON, "There is no setting named 'modell'. Did you"),
        (b"{}", JSON, "Expected reviews. Received: nothing of that name."),
        (b'{"reviews": "a"}', JSON, "Expected reviews to be a list. Received: a."),
    ],
)
def test_a_body_that_does_not_fit(client, body, headers, sentence):
    detail = refused(client.post("/sentiment", content=body, headers=headers), 400)
    assert detail.startswith(sentence)
    assert "b'" not in detail


def test_a_form_holds_the_files_of_a_task_and_nothing_else(client, cat):
    expected = "Expected files named photo in the form, and settings in the query. Received: "
    text = client.post("/classify", files={"photo": cat}, data={"top_k": "3"})
    assert refused(text, 400) == f"{expected}a text named top_k."
    files = client.post("/classify", files={"photo": cat, "image": cat})
    assert refused(files, 400) == f"{expected}a file named image."


def test_a_body_that_stops_coming_does_not_keep_others_out(monkeypatch):
    monkeypatch.setattr(bodies, "QUIET_S", 0.05)
    messages = [{"type": "http.request", "body": b"a", "more_body": True}]

    async def receive():
        if messages:
            return messages.pop()
        await asyncio.sleep(20)
        return {}

    async def read():
        with Room().bounded(receive, 10) as within:
            await within()
            await within()

    with pytest.raises(HTTPException, match=r"within 0.05 s") as late:
        asyncio.run(read())
    assert late.value.status_code == 408
