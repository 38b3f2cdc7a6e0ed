"""A task on a running server: the same steps and the same answers as on this machine."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

import requests
from requests.adapters import HTTPAdapter

from core.cli.runners import Outcome
from core.errors import GraftError, InvalidInputError
from core.tasks.task import JSON, Given, Settings, Task

_TIMEOUT_S = 300.0
_CONNECTIONS = 16
_EVENTS = "text/event-stream"


def run_there(
    server: Server, task: Task, inputs: dict[str, Given], settings: Settings, media_type: str
) -> Iterator[Outcome]:
    """Have a running server do it."""
    values = settings.model_dump(exclude_none=True)
    request: dict[str, Any]
    if all(each.is_text for each in task.inputs):
        request = {"json": {**inputs, **values}}
    else:
        files = [
            (name, (name, content))
            for name, given in inputs.items()
            for content in (given if isinstance(given, list) else [given])
        ]
        request = {"files": files, "params": values}
    if not task.is_job:
        request["headers"] = {"Accept": media_type}
    expected = JSON if task.is_job else media_type
    reply = server.asked("POST", f"/api/{task.name}", expected, **request)
    if task.is_job:
        yield from _followed(server, reply.json()["links"], media_type)
    else:
        yield Outcome(1.0, lambda: reply.content)


def _followed(server: Server, links: dict[str, str], media_type: str) -> Iterator[Outcome]:
    def content() -> bytes:
        accepted = {"Accept": media_type}
        return server.asked("GET", links["result"], media_type, headers=accepted).content

    try:
        with server.asked("GET", links["events"], _EVENTS, stream=True) as events:
            for line in map(bytes.decode, events.iter_lines()):
                if line.startswith("data: {"):
                    state = json.loads(line.removeprefix("data: "))
                    if state["state"] == "failed":
                        raise ServerError(state["error"])
                    yield Outcome(state["progress"] or 0.0, content)
    except (KeyboardInterrupt, GeneratorExit):  # here, or where the outcomes go
        server.asked("DELETE", links["self"], JSON)
        raise
    except requests.RequestException as err:
        raise ServerError("Expected the server to go on. Received: no more from it.") from err


class Server:
    """A running Graft at a URL; may be used by several threads.

    Parameters
    ----------
    url : with `http://` where it names no scheme.
    key : what it asks for, if it asks for one.
    """

    def __init__(self, url: str, key: str | None = None) -> None:
        self._base = (url if "://" in url else f"http://{url}").rstrip("/")
        self._session = requests.Session()  # keeps connections open
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, HTTPAdapter(pool_maxsize=_CONNECTIONS))
        if key:
            self._session.headers["Authorization"] = f"Bearer {key}"

    def asked(self, method: str, path: str, expected: str, **request: Any) -> requests.Response:
        """Its answer, of the media type that is expected.

        Where it has too much to do, it is asked again when it says.

        Raises
        ------
        InvalidInputError
            If it refuses the input.
        ServerError
            If there is no answer, or another refusal.
        """
        url = self._base + path
        until = time.monotonic() + _TIMEOUT_S
        while True:
            try:
                reply = self._session.request(method, url, timeout=_TIMEOUT_S, **request)
            except requests.RequestException as err:
                raise ServerError(f"Expected a server at {url}. Received: no answer.") from err
            if reply.status_code != HTTPStatus.TOO_MANY_REQUESTS or time.monotonic() > until:
                break
            wait = reply.headers.get("Retry-After", "")
            time.sleep(int(wait) if wait.isdecimal() else 1)
        kind = reply.headers.get("content-type", "")
        if reply.ok and kind.startswith(expected):
            return reply
        if not kind.startswith("application/problem+json"):
            raise ServerError(
                f"Expected Graft at {url}. Received: an answer of something else, "
                f"{reply.status_code} {kind}."
            )
        detail = reply.json()["detail"]
        if reply.status_code in (HTTPStatus.BAD_REQUEST, HTTPStatus.REQUEST_ENTITY_TOO_LARGE):
            raise InvalidInputError(detail)
        raise ServerError(detail)


class ServerError(GraftError):
    """What a server has refused, in its words."""
