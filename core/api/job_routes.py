"""Routes of jobs: state, progress as it goes on, result, cancel."""

from __future__ import annotations

import asyncio
import contextlib
import time
from base64 import b64encode
from collections.abc import AsyncIterator, Mapping, Sequence
from functools import reduce
from http import HTTPStatus
from operator import or_
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request
from fastapi.sse import EventSourceResponse, ServerSentEvent
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from core.api.answers import wanted
from core.api.jobs import Entry, JobAnswer, JobTable
from core.api.problems import problem, refusals
from core.api.sharing import JobElsewhere
from core.errors import GraftError, UnknownNameError
from core.projects import StorageError
from core.tasks.task import PNG, Task

_LOOK_S = 0.25  # between two looks at a job that is watched
_LOOK_ELSEWHERE_S = 1.0
_PREVIEW_S = 1.0


async def _chosen(
    request: Request,
    job_id: Annotated[str, Path(description="As the answer that began the job says.")],
) -> Entry | JobElsewhere:
    table: JobTable = request.app.state.jobs
    if table.is_shared:
        return await run_in_threadpool(table.find, job_id, request.scope["key"])
    return table.entry(job_id, request.scope["key"])


_Chosen = Annotated[Entry | JobElsewhere, Depends(_chosen)]


def job_routes(table: JobTable, tasks: Sequence[Task]) -> APIRouter:
    """Routes below `/jobs`.

    Parameters
    ----------
    tasks : those that are jobs.
    """
    router = APIRouter(prefix="/jobs", tags=["jobs"], responses=refusals(400, 404, 503))
    by_name = {task.name: task for task in tasks}

    @router.get("/{job_id}", summary="State of a job", operation_id="job-state")
    async def state(entry: _Chosen) -> JobAnswer:
        return table.answer(entry)

    @router.delete("/{job_id}", summary="Cancel a job", operation_id="job-cancel")
    async def cancel(entry: _Chosen) -> JobAnswer:
        """End it; the partial result stays."""
        if isinstance(entry, JobElsewhere):
            await run_in_threadpool(table.cancel, entry)
        else:
            table.cancel(entry)
        return table.answer(entry)

    @router.get(
        "/{job_id}/result",
        summary="Result of a job",
        operation_id="job-result",
        responses=_results(tasks) | refusals(409),
    )
    async def result(request: Request, entry: _Chosen) -> Response:
        """The last snapshot: the result, or what there is of it.

        Where several servers stand behind one address, what there is of it while the job runs may
        be had from the one that works on it alone.
        """
        if isinstance(entry, JobElsewhere):
            return await run_in_threadpool(_result_elsewhere, table, entry, request, by_name)
        media_type = wanted(request, entry.task)
        if isinstance(entry.job.error, GraftError):
            raise entry.job.error.with_traceback(None)
        if entry.job.snapshot is None:
            raise HTTPException(HTTPStatus.CONFLICT, _without_result(table.answer(entry)))
        content = await run_in_threadpool(entry.task.encode, entry.job.snapshot, media_type)
        return Response(content, media_type=media_type)

    @router.get(
        "/{job_id}/events",
        summary="Progress of a job",
        operation_id="job-events",
        response_class=EventSourceResponse,
    )
    async def events(request: Request, entry: _Chosen) -> AsyncIterator[ServerSentEvent]:
        """Server-sent events: `progress`, `preview` with a PNG in Base64, and `end`."""
        watched = (
            _watch_elsewhere(table, entry, request.scope["key"])
            if isinstance(entry, JobElsewhere)
            else _watch(table, entry)
        )
        async for event in watched:
            yield event

    return router


def accepted(answer: JobAnswer) -> JSONResponse:
    """202, with a link to the job."""
    return JSONResponse(answer.model_dump(), 202, {"Location": answer.links["self"]})


def _results(tasks: Sequence[Task]) -> dict[int | str, dict[str, Any]]:
    """What the result of a job may be, as OpenAPI has it."""
    if not tasks:
        return {}
    others = sorted({media_type for task in tasks for media_type in task.media_types[1:]})
    model: Any = reduce(or_, dict.fromkeys(task.answer for task in tasks))
    return {
        200: {
            "description": "The last snapshot.",
            "model": model,
            "content": {
                other: {"schema": {"type": "string", "contentMediaType": other}} for other in others
            },
        }
    }


def _without_result(answer: JobAnswer) -> str:
    if answer.error is not None:
        return f"This job has failed. {answer.error}"
    if answer.state == "cancelled":
        return "This job was cancelled before it had a result."
    return "This job has no result yet."


async def _watch(table: JobTable, entry: Entry) -> AsyncIterator[ServerSentEvent]:
    last, pictured, drawn = "", None, 0.0
    while True:
        is_over, snapshot = entry.job.is_over, entry.job.snapshot
        entry.looked = time.monotonic()
        is_due = is_over or time.monotonic() - drawn > _PREVIEW_S
        if entry.task.picture is not None and is_due and snapshot is not pictured:
            pictured, drawn = snapshot, time.monotonic()
            png = await run_in_threadpool(_picture, entry.task, snapshot)
            yield ServerSentEvent(event="preview", raw_data=png)
        text = table.answer(entry).model_dump_json()
        if is_over or text != last:
            last = text
            yield ServerSentEvent(event="end" if is_over else "progress", raw_data=text)
        if is_over:
            return
        await asyncio.sleep(_LOOK_S)


def _picture(task: Task, snapshot: object) -> str:
    return b64encode(task.encode(snapshot, PNG)).decode()


async def _watch_elsewhere(
    table: JobTable, job: JobElsewhere, key: str | None
) -> AsyncIterator[ServerSentEvent]:
    """As `_watch`, of another server; a preview comes at the end alone."""
    last, now = "", job
    while True:
        if now.is_over and PNG in now.parts:
            png = await run_in_threadpool(now.result, PNG)
            yield ServerSentEvent(event="preview", raw_data=b64encode(png or b"").decode())
        text = table.answer(now).model_dump_json()
        if now.is_over or text != last:
            last = text
            yield ServerSentEvent(event="end" if now.is_over else "progress", raw_data=text)
        if now.is_over:
            return
        await asyncio.sleep(_LOOK_ELSEWHERE_S)
        with contextlib.suppress(StorageError):  # which passes, perhaps
            found = await run_in_threadpool(table.find, job.id, key)
            now = found if isinstance(found, JobElsewhere) else now


def _result_elsewhere(
    table: JobTable, job: JobElsewhere, request: Request, tasks: Mapping[str, Task]
) -> Response:
    """What another server has saved of a result."""
    if job.task not in tasks:
        raise UnknownNameError.among("task", job.task, tasks)
    media_type, answer = wanted(request, tasks[job.task]), table.answer(job)
    if job.status is not None:
        return problem(job.status, answer.error or "")
    content = job.result(media_type)
    if content is None:
        raise HTTPException(HTTPStatus.CONFLICT, _without_result(answer))
    return Response(content, media_type=media_type)
