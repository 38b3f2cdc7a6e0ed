"""Tasks that take long: a job, its progress as it goes on, its result for a while."""

from __future__ import annotations

import asyncio
import secrets
import threading
import time
from base64 import b64encode
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Literal

from fastapi import APIRouter, Request
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response

from core import engine
from core.api.answers import wanted
from core.errors import GraftError, InvalidInputError, UnknownNameError
from core.tasks.task import PNG, Given, Settings, Task

KEPT_S = 3600.0  # a result, after the job has ended
MOST_KEPT = 256  # jobs; a result may hold a picture or a classifier
_LOOK_S = 0.25  # between two looks at a job that is watched
_PREVIEW_S = 1.0


class JobAnswer(BaseModel):
    """Where a job is in its life.

    `progress` is in [0, 1]; `seconds_left` a range, None where nobody can know; `ahead` how many
    jobs run before this one.
    """

    id: str
    task: str
    state: Literal["queued", "running", "done", "cancelled", "failed"]
    progress: float | None
    seconds_left: tuple[float, float] | None
    ahead: int
    error: str | None
    links: dict[str, str]


@dataclass(frozen=True, slots=True)
class _Entry:
    id: str
    task: Task
    job: engine.Job


class JobTable:
    """The jobs that came by the API; safe to use from any thread."""

    def __init__(self, queue: engine.JobQueue = engine.jobs) -> None:
        self._queue = queue
        self._entries: dict[str, _Entry] = {}
        self._lock = threading.Lock()

    def start(
        self, task: Task, inputs: Mapping[str, Given], settings: Settings, owner: str
    ) -> _Entry:
        """Put a task into the queue that visitors wait in too."""
        job = self._queue.submit(
            lambda: task(inputs, settings), title=task.title, owner=owner, kind=task.name
        )
        if task.share is not None:
            job.follow(task.share)
        entry = _Entry(secrets.token_urlsafe(16), task, job)
        with self._lock:
            self._forget_old()
            self._entries[entry.id] = entry
        return entry

    def entry(self, name: str) -> _Entry:
        """The job of that id.

        Raises
        ------
        UnknownNameError
        """
        with self._lock:
            entry = self._entries.get(name)
        if entry is None:
            raise UnknownNameError(
                f"There is no job {name!r}. Results are kept for {KEPT_S / 3600:g} h."
            )
        return entry

    def cancel(self, entry: _Entry) -> None:
        """End it; what it has made by then stays."""
        self._queue.cancel(entry.job)

    def answer(self, entry: _Entry) -> JobAnswer:
        """What is known of it now."""
        job, task = entry.job, entry.task
        snapshot, left = job.snapshot, job.time_left
        share = None if snapshot is None or task.share is None else task.share(snapshot)
        here = f"/api/jobs/{entry.id}"
        return JobAnswer(
            id=entry.id,
            task=task.name,
            state=job.state.value,
            progress=1.0 if job.state is engine.JobState.DONE else share,
            seconds_left=None if left is None else (left.low_s, left.high_s),
            ahead=self._queue.position(job),
            error=_why(job.error),
            links={"self": here, "events": f"{here}/events", "result": f"{here}/result"},
        )

    def _forget_old(self) -> None:
        now = time.monotonic()
        ended = [e for e in self._entries.values() if e.job.ended is not None]
        ended.sort(key=lambda entry: entry.job.ended or now)
        surplus = max(0, len(self._entries) - MOST_KEPT + 1)
        for place, entry in enumerate(ended):
            if place < surplus or now - (entry.job.ended or now) > KEPT_S:
                del self._entries[entry.id]


def job_routes(table: JobTable) -> APIRouter:
    """Routes below `/jobs`."""
    router = APIRouter(prefix="/jobs", tags=["jobs"])

    @router.get("/{job_id}", summary="State of a job")
    async def state(job_id: str) -> JobAnswer:
        return table.answer(table.entry(job_id))

    @router.delete("/{job_id}", summary="Cancel a job")
    async def cancel(job_id: str) -> JobAnswer:
        """End it; the partial result stays."""
        entry = table.entry(job_id)
        table.cancel(entry)
        return table.answer(entry)

    @router.get("/{job_id}/result", summary="Result of a job")
    async def result(request: Request, job_id: str) -> Response:
        """The last snapshot: the result, or what there is of it."""
        entry = table.entry(job_id)
        media_type = wanted(request, entry.task)
        if isinstance(entry.job.error, GraftError):
            raise entry.job.error
        if entry.job.snapshot is None:
            raise InvalidInputError("Expected a job with a result. Received: one without.")
        content = await run_in_threadpool(entry.task.encode, entry.job.snapshot, media_type)
        return Response(content, media_type=media_type)

    @router.get("/{job_id}/events", summary="Progress of a job", response_class=EventSourceResponse)
    async def events(job_id: str) -> AsyncIterator[ServerSentEvent]:
        """Server-sent events: `progress`, `preview` with a PNG in Base64, and `end`."""
        async for event in _watch(table, table.entry(job_id)):
            yield event

    return router


async def _watch(table: JobTable, entry: _Entry) -> AsyncIterator[ServerSentEvent]:
    last, pictured, drawn = "", None, 0.0
    while True:
        is_over, snapshot = entry.job.is_over, entry.job.snapshot
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


def _why(err: BaseException | None) -> str | None:
    if err is None or isinstance(err, GraftError):
        return None if err is None else str(err)
    return "An unexpected error; the log of the server has it."


def _picture(task: Task, snapshot: object) -> str:
    return b64encode(task.encode(snapshot, PNG)).decode()


def accepted(answer: JobAnswer) -> JSONResponse:
    """202, with a link to the job."""
    return JSONResponse(answer.model_dump(), 202, {"Location": answer.links["self"]})
