"""A task on this machine, or on a server: the same steps and the same answers."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import requests

from core.errors import GraftError, InvalidInputError
from core.media import encode_png
from core.tasks.task import Given, Settings, Task

_TIMEOUT_S = 300.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What there is after `share` of the work, in [0, 1]; answer and PNG are made on demand."""

    share: float
    answer: Callable[[], dict[str, Any]]
    picture: Callable[[], bytes]


def run_here(task: Task, inputs: dict[str, Given], settings: Settings) -> Iterator[Outcome]:
    """Run a task in this process; one that is interrupted leaves what there is."""
    steps = task(inputs, settings) if task.is_job else iter([task(inputs, settings)])
    for step in steps:
        share = 1.0 if task.share is None else task.share(step)
        yield _outcome(task, step, share or 0.0)


def _outcome(task: Task, step: object, share: float) -> Outcome:
    def picture() -> bytes:
        return b"" if task.picture is None else encode_png(task.picture(step))

    return Outcome(share, lambda: task.answer.of(step).model_dump(), picture)


def run_there(
    server: str, task: Task, inputs: dict[str, Given], settings: Settings
) -> Iterator[Outcome]:
    """Have a running server do it."""
    base = server.rstrip("/")
    values = settings.model_dump(exclude_none=True)
    url = f"{base}/api/{task.name}"
    accept = {"Accept": "image/png"} if task.picture is not None and not task.is_job else {}
    if all(each.kind in ("text", "texts") for each in task.inputs):
        reply = _asked("POST", url, json={**inputs, **values}, headers=accept)
    else:
        files = [
            (name, (name, content))
            for name, given in inputs.items()
            for content in (given if isinstance(given, list) else [given])
        ]
        reply = _asked("POST", url, files=files, params=values, headers=accept)
    if task.is_job:
        yield from _followed(base, reply.json()["links"])
    else:
        yield Outcome(1.0, reply.json if not accept else dict, lambda: reply.content)


def _followed(base: str, links: dict[str, str]) -> Iterator[Outcome]:
    def answer() -> dict[str, Any]:
        result: dict[str, Any] = _asked("GET", base + links["result"]).json()
        return result

    def picture() -> bytes:
        return _asked("GET", base + links["result"], headers={"Accept": "image/png"}).content

    with _asked("GET", base + links["events"], stream=True) as events:
        for line in map(bytes.decode, events.iter_lines()):
            if line.startswith("data: {"):
                state = json.loads(line.removeprefix("data: "))
                if state["state"] == "failed":
                    raise InvalidInputError(state["error"])
                yield Outcome(state["progress"] or 0.0, answer, picture)


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
