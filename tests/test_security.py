"""What the server tells browsers, what it refuses unread, and what its messages leave out."""

from __future__ import annotations

import ast
import base64
import json
import os
import re
import socket
from pathlib import Path

import pytest
import requests
from typer.testing import CliRunner

from core.cli.commands import app
from tests.refused import refused

ROOT = Path(__file__).parents[1]
FOR_OPERATORS = {"recipes", "cli", "startup"}  # who runs them has named the places
PLACES = re.compile(r"(str\()?([\w.]+\.)?(path|folder|root|cache|scratch)\)?")
FOR_CALLERS = {  # of Python, who have named the place themselves
    "core/media/source.py",
    "core/learning/export.py",
    "core/vision/transfer/trained_model.py",
    "core/tasks/folders/part_file.py",
}


def policy_of(server, path: str) -> dict[str, str]:
    """The Content-Security-Policy of an answer, by directive."""
    text = requests.get(f"{server.url}/{path}", timeout=60).headers["content-security-policy"]
    return {name: rest for name, _, rest in (part.partition(" ") for part in text.split("; "))}


@pytest.mark.parametrize(
    "path",
    (
        "",
        "classify",
        "favicon.png",
        "_stcore/health",
        "component/none",
        "media/none",
        "metrics",
        "api/health",
        "api/docs",
        "api/none",
    ),
)
def test_every_answer_says_what_a_browser_is_not_to_do_with_it(server, path):
    headers = requests.get(f"{server.url}/{path}", timeout=60).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert "camera=(self), microphone=(self)" in headers["permissions-policy"]
    policy = policy_of(server, path)
    assert policy["frame-ancestors"] == "'self'"
    assert not any(source in " ".join(policy.values()) for source in ("http", "*", "unsafe-eval"))


def test_pages_run_no_script_but_those_of_the_server(server):
    policy = policy_of(server, "classify")
    assert "unsafe-inline" not in policy["script-src"]
    assert policy["connect-src"].startswith(
        f"'self' ws://{server.url.removeprefix('http://')} wss:"
    )
    assert re.fullmatch(r"'self' blob:( 'sha256-[\w+/=]+'){2,}", policy["script-src"])


@pytest.mark.parametrize("path", ["media/none.svg", "api/classify", "metrics"])
def test_what_is_no_page_runs_no_scripts(server, path):
    policy = policy_of(server, path)
    assert policy["default-src"] == "'none'"
    assert "sandbox" in policy and "script-src" not in policy


def put(server, token: str = "") -> requests.Response:
    """The answer to an upload from a page of the server, unless it has another token."""
    with requests.Session() as session:
        session.get(f"{server.url}/_stcore/health", timeout=60)
        headers = {"X-Xsrftoken": token or session.cookies["_streamlit_xsrf"]}
        url = f"{server.url}/_stcore/upload_file/nobody/1"
        return session.put(url, files={"file": b"1"}, headers=headers, timeout=60)


def test_uploads_without_a_token_are_refused(server):
    url = f"{server.url}/_stcore/upload_file/nobody/1"
    assert requests.put(url, files={"file": b"1"}, timeout=60).status_code == 403
    assert put(server, "2|00|00|0").status_code == 403
    answer = put(server)
    assert answer.status_code == 400 and "session" in answer.text


def test_uploads_that_do_not_fit_are_refused_unread(server):
    """Nothing of it is ever sent, so that whoever waited for it would wait long."""
    head = b"PUT /_stcore/upload_file/nobody/1 HTTP/1.1\r\nHost: here\r\n"
    assert answered(server, head + b"Content-Length: %d\r\n\r\n" % (1 << 40)).startswith(b"413 ")
    assert answered(server, head + b"Transfer-Encoding: chunked\r\n\r\n").startswith(b"411 ")


def test_pages_of_others_cannot_connect(server):
    assert upgraded(server, server.url).startswith(b"101 ")
    assert upgraded(server, "https://example.org").startswith(b"403 ")


def answered(server, request: bytes) -> bytes:
    """The answer to what is sent, from its status on."""
    host, _, port = server.url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=20) as connection:
        connection.sendall(request)
        return connection.recv(4096).removeprefix(b"HTTP/1.1 ")


def upgraded(server, origin: str) -> bytes:
    """The answer to a WebSocket from a page of `origin`."""
    host = server.url.removeprefix("http://")
    key = base64.b64encode(os.urandom(16)).decode()
    lines = ["GET /_stcore/stream HTTP/1.1", f"Host: {host}", f"Origin: {origin}"]
    lines += ["Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13"]
    lines += [f"Sec-WebSocket-Key: {key}", "", ""]
    return answered(server, "\r\n".join(lines).encode())


@pytest.mark.parametrize("task", ["classify", "sentiment", "train-photos"])
def test_a_body_that_says_to_be_too_large_is_refused_unread(server, task):
    """Nothing of it is ever sent, so that whoever waited for it would wait long."""
    head = f"POST /api/{task} HTTP/1.1\r\nHost: here\r\nContent-Type: application/json\r\n"
    request = f"{head}Content-Length: {1 << 40}\r\n\r\n"
    assert answered(server, request.encode()).startswith(b"413 ")


def test_a_body_that_does_not_say_how_large_it_is_is_bounded_too(server):
    def endless():
        for _ in range(64):
            yield bytes(1 << 20)

    answer = requests.post(f"{server.url}/api/classify", data=endless(), timeout=60)
    assert "32 MiB" in refused(answer, 413)


def named_places(path: Path) -> list[str]:
    """What messages of the errors that a file raises say of places, whole."""
    nodes = ast.walk(ast.parse(path.read_text("utf-8")))
    parts = (part for node in nodes if isinstance(node, ast.Raise) for part in ast.walk(node))
    said = [ast.unparse(part.value) for part in parts if isinstance(part, ast.FormattedValue)]
    return [text for text in said if PLACES.fullmatch(text)]


def test_no_message_names_a_place_on_the_machine():
    files = [*(ROOT / "core").rglob("*.py"), *(ROOT / "pages").rglob("*.py")]
    naming = {
        path.relative_to(ROOT).as_posix(): places
        for path in files
        if path.relative_to(ROOT).parts[1] not in FOR_OPERATORS and (places := named_places(path))
    }
    assert naming.keys() == FOR_CALLERS, naming


@pytest.mark.parametrize(
    "database", ["postgresql://me:s3cr3t@127.0.0.1:9/projects", "/dev/null/s3cr3t/projects.db"]
)
def test_pages_say_what_is_wrong_without_places_and_passwords(start_server, tmp_path, database):
    server = start_server(GRAFT_DATABASE=database, GRAFT_CACHE=str(tmp_path / "cache"))
    drawn = json.dumps([server.draw("engine_room"), server.draw("projects")])
    assert "Projects are not saved at the moment" in drawn
    assert "GRAFT_CACHE" in drawn
    for place in (tmp_path, ROOT, Path.home(), server.scratch.parent, "s3cr3t"):
        assert str(place) not in drawn
    assert "me:s3cr3t" not in server.log


def test_help_does_not_show_the_key(monkeypatch):
    monkeypatch.setenv("GRAFT_API_KEY", "s3cr3t")
    shown = CliRunner().invoke(app, ["classify", "--help"]).output
    assert "GRAFT_API_KEY" in shown and "s3cr3t" not in shown
