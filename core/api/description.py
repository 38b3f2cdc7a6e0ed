"""The OpenAPI document: what FastAPI reads from the code, and what only the whole API knows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from fastapi import FastAPI

from core.api.problems import Problem, refusals
from core.tasks.examples import Call, filled
from core.tasks.task import Task

FREE = "/health"  # asks for no key, and is not counted
_ABOUT = """
What the pages of Graft show, for programs. Files come as `multipart/form-data` or as the body
itself, with settings in the query; texts and their settings come as JSON. Whatever takes long is a
job: the answer is 202 with a link to its state, to its progress as server-sent events, and to its
result. A job that nobody has looked at for a quarter of an hour ends when others wait. Results are
kept for an hour, the oldest for less where newer ones need their memory.
"""


def describe(app: FastAPI, tasks: Iterable[Task], *, with_keys: bool) -> None:
    """Complete the document of an app."""
    app.description = _ABOUT.strip()
    document = app.openapi()
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    schemas["Problem"] = Problem.model_json_schema()
    if with_keys:
        scheme = {"type": "http", "scheme": "bearer", "description": "A key of this server."}
        document["components"]["securitySchemes"] = {"key": scheme}
    for path, operation in _operations(document):
        operation["responses"].pop("422", None)
        if path == FREE:
            continue
        _add_refusals(operation, 429)
        if with_keys:
            operation["security"] = [{"key": []}]
            _add_refusals(operation, 401)
    for task in tasks:
        _add_examples(document["paths"][f"/{task.name}"]["post"], task)


def _operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, item in document["paths"].items():
        for operation in item.values():
            yield path, operation


def _add_refusals(operation: dict[str, Any], *statuses: int) -> None:
    operation["responses"] |= {str(key): value for key, value in refusals(*statuses).items()}


def _add_examples(operation: dict[str, Any], task: Task) -> None:
    """As the page of documents shows them, and as other tools read them."""
    usual = Call(task, filled(task, {}))
    samples = [
        ("curl", "sh", usual.curl()),
        ("Python", "python", usual.python()),
        ("Command line", "sh", usual.command()),
    ]
    operation["x-codeSamples"] = [
        {"label": label, "lang": language, "source": source} for label, language, source in samples
    ]
    operation["description"] += "".join(
        f"\n\n{label}:\n\n```{language}\n{source}\n```" for label, language, source in samples
    )
    if task.is_job:
        operation["responses"]["202"]["links"] = {
            name: {"operationId": f"job-{name}", "parameters": {"job_id": "$response.body#/id"}}
            for name in ("state", "events", "result", "cancel")
        }
