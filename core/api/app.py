"""The web API: a route for each task, described as OpenAPI 3.1."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from functools import cache
from http import HTTPStatus
from typing import Annotated, Any

from anyio import CapacityLimiter, to_thread
from fastapi import FastAPI, Query
from fastapi_offline import FastAPIOffline
from pydantic import ConfigDict, Field, create_model
from starlette.concurrency import run_in_threadpool
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import Response

from core import cluster, zoo
from core.api import state
from core.api.answers import wanted
from core.api.bodies import (
    MEDIA_TYPES,
    MOST_FILES,
    MOST_TEXT,
    MOST_TEXTS,
    Room,
    bounded_route,
    read_files,
)
from core.api.description import describe
from core.api.gate import Gate, asks_for_keys, rate
from core.api.job_routes import accepted, job_routes
from core.api.jobs import JobAnswer, JobTable, Owner
from core.api.metrics import Measured
from core.api.problems import refusals
from core.api.refusals import add_refusals
from core.errors import UnknownNameError
from core.memory.held import look
from core.projects import ApiKeys, projects
from core.settings import settings as current_settings
from core.tasks import TASKS
from core.tasks.task import Given, Settings, Task

_Text = Annotated[str, Field(min_length=1, max_length=MOST_TEXT)]
_TEXT: dict[str, Any] = {
    "text": _Text,
    "texts": Annotated[list[_Text], Field(max_length=MOST_TEXTS)],
}
_Run = Callable[[Task, Request, dict[str, Given], Settings], Awaitable[Response]]


def web_api(tasks: Iterable[Task] = TASKS.values()) -> FastAPI:
    """The API of some tasks, all of them by default."""
    app = FastAPIOffline(title="Graft", redoc_url=None)
    app.include_router(state.router)
    table = app.state.jobs = JobTable()
    tasks, room = list(tasks), Room()
    app.include_router(job_routes(table, [task for task in tasks if task.is_job]))

    async def start(
        task: Task, request: Request, inputs: dict[str, Given], settings: Settings
    ) -> Response:
        await run_in_threadpool(look)  # which may take a while, and this thread serves everybody
        owner = Owner(f"api {request.scope['owner']}", request.scope["key"])
        entry = await run_in_threadpool(table.start, task, inputs, settings, owner)
        return accepted(table.answer(entry))

    for task in tasks:
        _add(app, task, start if task.is_job else _answer, room)
    add_refusals(app, tasks)
    chosen = current_settings()
    describe(app, tasks, with_keys=asks_for_keys(chosen))
    rate(chosen)  # refused here and not at the first request
    app.add_middleware(Gate, settings=chosen, owner_of_key=_owner_of_key)
    if chosen.api_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=chosen.api_origins,
            allow_methods=["*"],
            allow_headers=["*"],  # a key, and that a body is JSON
            expose_headers=["Location", "Retry-After"],
        )
    app.add_middleware(Measured)
    return app


def _add(app: FastAPI, task: Task, run: _Run, room: Room) -> None:
    """The route of a task, `POST /NAME`."""
    takes_text = all(each.kind in _TEXT for each in task.inputs)
    app.router.add_api_route(
        f"/{task.name}",
        _of_texts(task, run) if takes_text else _of_files(task, run),
        methods=["POST"],
        operation_id=task.name,
        tags=["jobs" if task.is_job else "at once"],
        summary=task.title,
        description=task.about,
        status_code=HTTPStatus.ACCEPTED if task.is_job else HTTPStatus.OK,
        response_model=JobAnswer if task.is_job else task.answer,
        responses=_responses(task),
        route_class_override=bounded_route(task, room),
        openapi_extra=None if takes_text else {"requestBody": _files_schema(task)},
    )


def _of_files(task: Task, run: _Run) -> Callable[..., Awaitable[Response]]:
    """Files in the body, settings in the query."""

    async def answer(request: Request, settings: Annotated[Any, Query()]) -> Response:
        inputs = await read_files(request, task)
        return await _checked(task, request, inputs, settings, run)

    answer.__annotations__["settings"] = Annotated[task.settings, Query()]
    return answer


def _of_texts(task: Task, run: _Run) -> Callable[..., Awaitable[Response]]:
    """Texts and settings together as JSON."""
    fields: dict[str, Any] = {
        each.name: (_TEXT[each.kind], None if each.optional else ...) for each in task.inputs
    }
    body_model = create_model(f"{task.name}_body", __base__=_strict(task.settings), **fields)

    async def answer(request: Request, body: Any) -> Response:
        inputs = {each.name: getattr(body, each.name) for each in task.inputs}
        settings = task.settings(**body.model_dump(exclude=set(inputs)))
        return await _checked(task, request, inputs, settings, run)

    answer.__annotations__["body"] = body_model
    return answer


def _strict(settings: type[Settings]) -> type[Settings]:
    """The same settings where JSON has types of its own: false is no number."""

    class Strict(settings):  # type: ignore[misc, valid-type]  # a class of the table
        model_config = ConfigDict(strict=True)

    return Strict


@cache
def _threads() -> CapacityLimiter:
    """How many requests are worked on at once: as many as a network's batches can take together."""
    return CapacityLimiter(32)


async def _checked(
    task: Task, request: Request, inputs: dict[str, Given], settings: Settings, run: _Run
) -> Response:
    for network in settings.networks():
        await to_thread.run_sync(_check_listed, network)
    return await run(task, request, inputs, settings)


async def _answer(
    task: Task, request: Request, inputs: dict[str, Given], settings: Settings
) -> Response:
    media_type = wanted(request, task)

    def work() -> Response:
        return Response(
            task.encode(cluster.run(task, inputs, settings), media_type), media_type=media_type
        )

    return await to_thread.run_sync(work, limiter=_threads())


def _check_listed(network: str) -> None:
    """Only names of the table and of saved classifiers: with a URL or a folder, strangers could
    make this machine fetch."""
    if zoo.is_saved(network):
        zoo.network(network)
    elif not zoo.is_listed(network):
        raise UnknownNameError.among("network", network, [spec.name for spec in zoo.networks()])


def _owner_of_key(key: str) -> str | None:
    return ApiKeys(projects().database).owner(key)


def _responses(task: Task) -> dict[int | str, dict[str, Any]]:
    files = {
        media_type: {"schema": {"type": "string", "contentMediaType": media_type}}
        for media_type in task.media_types[1:]
    }
    at_once: dict[int | str, dict[str, Any]] = {200: {"content": files}}
    return {
        **({} if task.is_job else at_once),
        **refusals(400, 404, 408, 409, 413, 503),
    }


def _files_schema(task: Task) -> dict[str, Any]:
    binary = {"type": "string", "format": "binary"}
    properties = {
        each.name: {"type": "array", "items": binary, "minItems": 1, "maxItems": MOST_FILES}
        if each.takes_many
        else binary
        for each in task.inputs
    }
    required = [each.name for each in task.inputs if not each.optional]
    kinds = {each.name: MEDIA_TYPES[each.kind] for each in task.inputs}
    content: dict[str, Any] = {
        "multipart/form-data": {
            "schema": {"type": "object", "properties": properties, "required": required},
            "encoding": {name: {"contentType": kind} for name, kind in kinds.items()},
        }
    }
    if len(required) == 1:
        alone = {kinds[required[0]]: {"schema": binary}}
        content = {"application/octet-stream": {"schema": binary}, **alone, **content}
    return {"required": True, "content": content}
