"""A task on this machine, or on a server: the same steps and the same answers."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import requests

from core.errors import GraftError
from core.tasks.task import Given, Settings, Task

_TIMEOUT_S = 300.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What there is after `share` of the work, in [0, 1]; its content is made when asked for."""

    share: float
    content: Callable[[], bytes]


def run_here(
    task: Task, inputs: dict[str, Given], settings: Settings, media_type: str
) -> Iterator[Outcome]:
    """Run a task in this process; one that is interrupted leaves what there is."""
    steps = task(inputs, settings) if task.is_job else [task(inputs, settings)]
    for step in steps:
        share = 1.0 if task.share is None else task.share(step)
        yield Outcome(share or 0.0, partial(task.encode, step, media_type))


def run_there(
    server: str, task: Task, inputs: dict[str, Given], settings: Settings, media_type: str
) -> Iterator[Outcome]:
    """Have a running server do it."""
    base = server.rstrip("/")
    values = settings.model_dump(exclude_none=True)
    request: dict[str, Any]
    if all(each.kind in ("text", "texts") for each in task.inputs):
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
    reply = _asked("POST", f"{base}/api/{task.name}", **request)
    if task.is_job:
        yield from _followed(base, reply.json()["links"], media_type)
    else:
        yield Outcome(1.0, lambda: reply.content)


def _followed(base: str, links: dict[str, str], media_type: str) -> Iterator[Outcome]:
    def content() -> bytes:
        return _asked("GET", base + links["result"], headers={"Accept": media_type}).content

    try:
        with _asked("GET", base + links["events"], stream=True) as events:
            for line in map(bytes.decode, events.iter_lines()):
                if line.startswith("data: {"):
                    state = json.loads(line.removeprefix("data: "))
                    if state["state"] == "failed":
                        raise ServerError(state["error"])
                    yield Outcome(state["progress"] or 0.0, content)
    except KeyboardInterrupt:
        _asked("DELETE", base + links["self"])
        raise


def _asked(method: str, url: str, **request: Any) -> requests.Response:
    try:
        reply = requests.request(method, url, timeout=_TIMEOUT_S, **request)
    except requests.RequestException as err:
        raise ServerError(f"Expected a server at {url}. Received: no answer.") from err
    if not reply.ok:
        is_problem = reply.headers.get("content-type", "").startswith("application/problem+json")
        raise ServerError(reply.json()["detail"] if is_problem else f"{url}: {reply.status_code}")
    return reply


class ServerError(GraftError):
    """What a server has refused, in its words."""
