"""Work on folders: of this server, not of a session, since it may take a day."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

import streamlit as st

from core import cluster, engine
from core.engine import Job
from core.errors import InvalidInputError
from core.tasks.folders.buckets import is_in_bucket
from core.tasks.folders.steps import FolderStep, is_folder
from core.tasks.task import Settings, Task
from core.wording import counted
from pages._ui.visitors import visitor

_KEPT = 8
_WAITING = 4


@dataclass(frozen=True, slots=True)
class Progress:
    """How far it is, and what it has refused, each with why, once it is over."""

    step: FolderStep
    refused: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Run:
    """A task on what is named, with one output."""

    task: Task
    settings: Settings
    named: str
    output: Path
    job: Job[Progress] = field(compare=False)


@st.cache_resource(show_spinner=False)
def _known() -> tuple[deque[Run], Lock]:
    return deque(), Lock()


def runs() -> list[Run]:
    """Those under way and the last ones that are over, newest first."""
    known, lock = _known()
    with lock:
        return list(known)


def forget() -> None:
    """Forget those that are over."""
    known, lock = _known()
    with lock:
        kept = [run for run in known if not run.job.is_over]
        known.clear()
        known.extend(kept)


def start(task: Task, settings: Settings, named: str, output: Path) -> None:
    """Work on a folder, bucket or table, in a job that goes on when its page is closed.

    What is under way already is not begun again: another page may have done so meanwhile.
    """
    known, lock = _known()
    with lock:
        if _is_under_way(known, output):
            return
        job = engine.folders.submit(
            lambda: _steps(task, settings, named, output),
            title=f"{task.title}, for each of a folder",  # everybody may read it, but not its name
            owner=visitor().name,
            kind=task.name,
            most_waiting=_WAITING,
        )
        known.appendleft(Run(task, settings, named, output, job))
        over = [run for run in known if run.job.is_over]
        for run in over[_KEPT:]:
            known.remove(run)


def is_under_way(output: Path) -> bool:
    """Whether something is written there at the moment, or will be."""
    return _is_under_way(runs(), output)


def _is_under_way(known: Iterable[Run], output: Path) -> bool:
    place = output.resolve()
    return any(run.output.resolve() == place and not run.job.is_over for run in known)


def _steps(task: Task, settings: Settings, named: str, output: Path) -> Iterator[Progress]:
    refused: list[tuple[str, str]] = []
    for step in cluster.folder_steps(
        task, settings, [named], output, lambda *each: refused.append(each)
    ):
        yield Progress(step, tuple(refused))


def source(typed: str) -> str:
    """What there is to work on, as it was typed.

    Raises
    ------
    InvalidInputError
        If it is not there. A bucket is looked at when the work begins.
    """
    name = typed.strip()
    if is_in_bucket(name):
        return name
    path = _full(name, "for what to work on")
    if not path.exists():
        raise InvalidInputError(
            f"Expected a folder, file or bucket. Received: {name}, which is not there."
        )
    return str(path)


def target(typed: str, task: Task) -> Path:
    """Where the result goes, as it was typed: a table or, of pictures, a folder.

    Raises
    ------
    InvalidInputError
        If it can't be written there.
    """
    path = _full(typed.strip(), "for where to write")
    if task.picture is not None:
        if not is_folder(path) or (path.exists() and not path.is_dir()):
            raise InvalidInputError(
                f"Expected a folder for {task.title.lower()}. Received: {path.name}, a file."
            )
    elif path.suffix.lower() not in (".parquet", ".csv") or path.is_dir():
        raise InvalidInputError(
            f"Expected a file that ends in .parquet or .csv. Received: {path.name}."
        )
    if not path.parent.is_dir():
        raise InvalidInputError(
            f"Expected a folder that is there for {path.name}. Received: {path.parent}."
        )
    return path


def _full(name: str, what: str) -> Path:
    refusal = InvalidInputError(
        f"Expected a full path of this server {what}, such as /data/photos. "
        f"Received: {name or 'nothing'}."
    )
    try:
        path = Path(name).expanduser()
        path.exists(), path.parent.is_dir()
    except (OSError, RuntimeError, ValueError) as err:
        raise refusal from err
    if not path.is_absolute():
        raise refusal
    return path


def suggested(named: str, task: Task) -> str:
    """Where a result may go, beside what it is of; empty for a bucket."""
    name = named.strip()
    if is_in_bucket(name) or not name.strip("/"):
        return ""
    path = Path(name.rstrip("/"))
    stem = path.with_suffix("") if path.suffix and path.is_file() else path
    return f"{stem}-{task.name}" if task.picture is not None else f"{stem}-{task.name}.parquet"


def how_far(progress: Progress) -> tuple[float | None, str]:
    """The share that is done, where it is known, and in words."""
    step = progress.step
    of_all = f" of {step.total:,}" if step.total else ""
    refused = f", {counted(step.refused, 'input')} refused" if step.refused else ""
    share = min(1.0, step.done / step.total) if step.total else None
    if step.stage:
        return share, f"All files are read. {step.stage.capitalize()}{refused}"
    return share, f"{step.done:,}{of_all} done{refused}"
