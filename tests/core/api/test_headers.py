"""Headers of the answers that Starlette gives where an app fails."""

from __future__ import annotations

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import StreamingResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from core.api.headers import SecurityHeaders
from core.api.problems import UNEXPECTED
from tests.refused import refused


async def fail(_request):
    raise RuntimeError("/home/somebody")


async def fail_late(_request):
    async def body():
        yield b"begun"
        raise RuntimeError("/home/somebody")

    return StreamingResponse(body())


@pytest.fixture
def app():
    routes = [Route("/fail", fail), Route("/fail_late", fail_late)]
    return Starlette(routes=routes, middleware=[Middleware(SecurityHeaders)])


def test_an_answer_to_what_fails_is_a_sentence_with_the_headers_of_all_others(app):
    client = TestClient(app, raise_server_exceptions=False)
    missing, failed = client.get("/missing"), client.get("/fail")
    assert refused(failed, 500) == UNEXPECTED
    own = {"content-length", "content-type"}
    assert {n: v for n, v in failed.headers.items() if n not in own} == {
        n: v for n, v in missing.headers.items() if n not in own
    }
    assert "content-security-policy" in failed.headers


@pytest.mark.parametrize("path", ["/fail", "/fail_late"])
def test_a_failure_still_reaches_the_log_of_the_server(app, path):
    with pytest.raises(RuntimeError, match="somebody"):
        TestClient(app).get(path)
