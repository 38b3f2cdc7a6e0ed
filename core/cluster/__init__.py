"""Work on many machines: the same functions, run by Ray where `GRAFT_CLUSTER` names a cluster.

What is answered at once goes to a deployment of Ray Serve, unless this process has a core for it;
a job goes to a Ray task that streams its snapshots. Nothing of Ray is imported before the first of
them.
"""

from __future__ import annotations

import contextlib
import functools
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from core import engine
from core.cluster import answers, jobs
from core.cluster.link import ask
from core.cluster.running import run_task
from core.cluster.status import Status
from core.settings import settings as current_settings
from core.tasks.folders import steps as folder_work
from core.tasks.folders.provenance import provenance
from core.tasks.folders.steps import FolderStep
from core.tasks.folders.together import parts
from core.tasks.folders.work import encoded
from core.tasks.task import Given, Settings, Task

P = ParamSpec("P")
R = TypeVar("R")
_this_machine = threading.Semaphore()


def is_used() -> bool:
    """Whether work may be done by a cluster."""
    return current_settings().cluster != "none"


def current_status() -> Status:
    """What there is of the cluster now.

    Raises
    ------
    ClusterError
        If it cannot be used.
    """
    (now,) = ask("status")
    return now


def run(task: Task, inputs: Mapping[str, Given], settings: Settings) -> Any:
    """`task(inputs, settings)`, on the cluster if there is one.

    Snapshots that come from a cluster come again while there is no other, None before the first.

    Raises
    ------
    ClusterError
        If the cluster cannot be used.
    GraftError
        As the task does.
    """
    if not is_used():
        return task(inputs, settings)
    if task.is_job:
        work = jobs.Work(run_task, (task.name, dict(inputs), settings), resumes=task.resumes)
        return jobs.steps(work)
    return answers.answer(task, inputs, settings)


def steps(
    function: Callable[..., Iterator[Any]],
    *arguments: Any,
    apart: bool = False,
    resumes: bool = False,
    **keywords: Any,
) -> Iterator[Any]:
    """Drive the generator `function(*arguments, **keywords)`, on the cluster if there is one.

    Parameters
    ----------
    function : importable by name; it, its arguments and its snapshots can be pickled.
    apart : whether it needs a process of its own, as `core.engine.run_in_process` gives it.
    resumes : whether its snapshots have a `resume_point`, which it takes as `resume`.

    Yields
    ------
    Its snapshots. Of those that come from elsewhere at most ten a second and the last one for
    certain, again while there is no other, None before the first; `fresh` leaves these out.

    Raises
    ------
    ClusterError
        If the cluster cannot be used.
    What the generator raises.
    """
    if is_used():
        return jobs.steps(jobs.Work(function, arguments, keywords, apart, resumes))
    if apart:
        return engine.run_in_process(functools.partial(function, **keywords), *arguments)
    return function(*arguments, **keywords)


def here(
    function: Callable[P, Iterator[R]], *arguments: P.args, **keywords: P.kwargs
) -> Iterator[R | None]:
    """Drive a generator that stays on this machine.

    Where jobs go to a cluster and many run at once, of these one does.

    Yields
    ------
    Its snapshots; None until it is its turn.
    """
    if not is_used():
        yield from function(*arguments, **keywords)
        return
    while not _this_machine.acquire(timeout=engine.LOOK_EVERY_S):
        yield None
    try:
        yield from function(*arguments, **keywords)
    finally:
        _this_machine.release()


def fresh(snapshots: Iterator[R | None]) -> Iterator[R]:
    """Each of `steps` once; in a job, ends in between where that was cancelled."""
    latest: R | None = None
    for snapshot in snapshots:
        if snapshot is None or snapshot is latest:
            engine.check_wanted()
            continue
        latest = snapshot
        yield snapshot


def every(
    function: Callable[P, Iterator[R]], *arguments: P.args, **keywords: P.kwargs
) -> Iterator[R]:
    """As `steps`, but all that a generator yields, each once; a job that is cancelled ends it."""
    if not is_used():
        yield from function(*arguments, **keywords)
        return
    for each in jobs.steps(jobs.Work(function, arguments, keywords, every=True)):
        if each is None:
            engine.check_wanted()
        else:
            yield each


def folder_steps(
    task: Task,
    settings: Settings,
    named: Sequence[str],
    output: Path,
    refuse: Callable[[str, str], None],
) -> Iterator[FolderStep]:
    """`core.tasks.folders.steps.folder_steps` for a task of one input, by Ray Data if there is Ray.

    The same command goes on where this ended, and this where that did, with a cluster or without.

    Raises
    ------
    ClusterError
        If the cluster cannot be used, or does not go on.
    GraftError
        As `folder_steps` does.
    """
    if is_used():
        with contextlib.closing(ask("folder", task.name, settings, list(named), output)) as steps:
            for step in steps:
                if isinstance(step, FolderStep):
                    yield step
                else:
                    refuse(*step)
        return
    each, own, then = parts(task, settings, named)
    yield from folder_work.folder_steps(
        each,
        functools.partial(encoded, each, own),
        named,
        {},
        output,
        folder_work.command_of(task, [list(named)], {}, settings),
        refuse,
        about=functools.partial(provenance, task, settings),
        then=then,
        counts=True,
    )


def spread(function: Callable[P, R]) -> Callable[P, R]:
    """`function`, answered by the cluster, if there is one, where this process has no core for it.

    Parameters
    ----------
    function : of a domain of `core`, without side effects; it, its arguments and what it returns
        can be pickled.
    """

    @functools.wraps(function)
    def answered(*arguments: P.args, **keywords: P.kwargs) -> R:
        if not is_used():
            return function(*arguments, **keywords)
        return answers.spread(functools.partial(function, *arguments, **keywords))

    return answered
