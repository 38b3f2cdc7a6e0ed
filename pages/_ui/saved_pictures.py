"""Pictures by optimisation in a project: saved once they are done, and there after a reload."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from functools import partial
from weakref import WeakKeyDictionary

import streamlit as st

from core.engine import Job, JobState
from core.learning.stored import checked
from core.media import decode, encode_png
from core.projects import Content, Item, Project, runs
from core.projects.runs import Following, Progress, SoFar
from pages._ui import interrupted, project
from pages._ui.optimising_run import Run
from pages._ui.project import Change

_JOBS, _LAST = "pictures", "pictures_last"
_PICTURE, _LOSSES = "picture", "losses"
_saved: WeakKeyDictionary[Job[Run], set[str]] = WeakKeyDictionary()  # in which projects
_lock = threading.Lock()


def watch(key: str) -> None:
    """Save what the job `key` makes, now and later."""
    st.session_state.setdefault(_JOBS, set()).add(key)


def last(key: str) -> Run | None:
    """The picture of that job that the project has had last; without its history of pictures.

    Raises
    ------
    GraftError
        If it is damaged, or cannot be read.
    """
    of = project.opened()
    if of is None:
        return None
    kept: dict[tuple[str, str], Run | None] = st.session_state.setdefault(_LAST, {})
    place = (of.read_token, key)
    if place not in kept:
        kept[place] = None  # of one that is damaged it is said once
        items = [item for item in of.items("picture") if item.about.get("run") == key]
        kept[place] = _read(of, items[-1]) if items else None
    return kept[place]


def say_interrupted(key: str) -> None:
    """Say of a job that no server goes on with how far it was, and show the picture it had."""
    of = project.opened()
    if of is None:
        return
    left = [i for i in of.items("job") if i.about.get("room") == key and runs.of(i) is None]
    if not left:
        return
    item = left[-1]

    def note(latest: Item | None) -> None:
        if latest is None:  # what it has come to is the last picture
            st.session_state.get(_LAST, {}).pop((of.read_token, key), None)

    interrupted.show(item, of, note, key=key)
    if _PICTURE in item.parts:
        st.image(of.read(item, _PICTURE), width="stretch", alt="The picture so far")


class _Pictures:
    """What the jobs of a session have made or are making."""

    name = _JOBS

    def changes(self) -> Iterator[Change]:
        """What the project does not know of yet."""
        of = project.opened()
        if of is None:
            return
        for key in sorted(st.session_state.get(_JOBS, ())):
            job: Job[Run] | None = st.session_state.get(key)
            if job is None or runs.of_job(job) is not None:
                continue
            if of.read_token in _saved.get(job, ()):
                continue
            if not job.is_over:
                yield Change(("run", job), partial(_begin, key, job))
            elif job.state is JobState.DONE and job.snapshot is not None:
                yield Change(("picture", job), partial(_save, key, job))

    def setting(self) -> None:
        """The last one is shown."""

    def removed(self, item: Item, *, is_back: bool) -> None:
        """What is known to have been saved is not saved again."""

    def start_anew(self) -> None:
        """What is known to be saved is known by project."""

    def title(self) -> None:
        """Its photo has a name of its own."""


project.KEEPERS.append(_Pictures())


def _begin(key: str, job: Job[Run], into: Project) -> None:
    if not job.is_over:
        following = Following(_progress, _so_far, partial(_save, key, job))
        runs.begin(into, job, {"room": key}, {}, following)


def _progress(run: Run) -> Progress:
    return Progress(min(1.0, run.share), run.text)


def _so_far(run: Run) -> SoFar:
    return SoFar(len(run.losses), lambda: {_PICTURE: encode_png(run.image)})


def _save(key: str, job: Job[Run], into: Project) -> None:
    run = job.snapshot
    with _lock:  # several sessions may have it
        if run is None or into.read_token in _saved.get(job, ()):
            return
        photo = run.about.get("photo")
        content: dict[str, Content] = {
            _PICTURE: encode_png(run.image),
            _LOSSES: json.dumps(run.losses).encode(),
        }
        about = {"run": key, "about": run.about}
        into.add("picture", f"{job.title}, {photo}" if photo else job.title, about, content)
        _saved.setdefault(job, set()).add(into.read_token)


def _read(of: Project, item: Item) -> Run:
    picture, losses = of.read(item, _PICTURE), of.read(item, _LOSSES)

    def run() -> Run:
        history = [{str(k): float(v) for k, v in row.items()} for row in json.loads(losses)]
        return Run(decode(picture), 1.0, "", history, [], dict(item.about["about"]))

    return checked(run)
