"""The project that a session is a window on: opened by its link, and saved to as things change.

Whatever there is to save is found by comparing what the session holds with what it knows to be
saved, so a change that could not be saved is tried again, and none is forgotten.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any, NamedTuple, Protocol

import streamlit as st

from core import engine
from core.engine import Job, JobState
from core.errors import GraftError
from core.projects import DeletedProjectError, Item, Project, projects, runs
from core.wording import escaped
from pages._ui.person import person
from pages._ui.visitors import visitor

PARAMETER = "project"
_STATE, _KNOWN = "open_project", "projects_known"
_AGAIN_S = 5.0  # after which what could not be saved is tried again


class Change(NamedTuple):
    """Something that is not saved yet.

    Attributes
    ----------
    what : tells it from other changes, also from later ones of the same thing.
    save : saves it, and notes that it did; knows nothing of Streamlit.
    is_large : whether it takes longer than a visitor should wait.
    """

    what: Hashable
    save: Callable[[Project], None]
    is_large: bool = True


class Keeper(Protocol):
    """Who holds something in a session's state that belongs into its project."""

    @property
    def name(self) -> str:
        """Tells it from other keepers."""

    def changes(self) -> Iterator[Change]:
        """What is not saved yet, each after those that it depends on."""

    def setting(self) -> str | None:
        """What it shows at the moment, to be found again with the project."""

    def start_anew(self) -> None:
        """The session is to be saved as another project, which has nothing of it yet."""

    def title(self) -> str | None:
        """What a project may be called after."""

    def removed(self, item: Item, *, is_back: bool) -> None:
        """An item was removed from the project, or put back; what the session shows stays."""


KEEPERS: list[Keeper] = []


@dataclass(slots=True)
class OpenProject:
    """What a session knows of its project.

    Attributes
    ----------
    project : None while it could not be opened, for which `problem` is the reason.
    name, saved : as of when it was opened here, or saved from here.
    is_new : whether this session has made it, so that nothing is there to restore.
    settings : of the pages, as they are saved.
    entered : pages whose settings are in the address.
    restored : names of keepers that hold what the project has.
    job : what saves.
    failure : why the last change could not be saved.
    failed : the changes that were to be saved then.
    again_at : when they are tried again, in seconds of a monotonic clock.
    unreadable, drawn : sentences about what the project has and could not be opened, which stays
        there; and those of them that the line shows.
    removed : the item that was removed last, which can be put back.
    """

    token: str
    project: Project | None = None
    problem: str = ""
    can_restore: bool = False
    name: str = ""
    saved: datetime = field(default_factory=lambda: datetime.now(UTC))
    is_new: bool = False
    settings_item: Item | None = None
    settings: dict[str, Any] = field(default_factory=dict)
    entered: set[str] = field(default_factory=set)
    restored: set[str] = field(default_factory=set)
    job: Job[int] | None = None
    failure: str = ""
    failed: tuple[Hashable, ...] = ()
    again_at: float = 0.0
    unreadable: tuple[str, ...] = ()
    drawn: tuple[str, ...] = ()
    removed: Item | None = None

    @property
    def is_busy(self) -> bool:
        """Whether this session is saving something in the background."""
        return self.job is not None and not self.job.is_over

    @property
    def is_saving(self) -> bool:
        """Whether something is being saved, also what a training has come to."""
        return self.is_busy or (self.project is not None and runs.is_ending(self.project))

    @property
    def may_edit(self) -> bool:
        """Whether changes are saved."""
        return self.project is not None and self.project.may_edit


def current() -> OpenProject | None:
    """That of this session; None while nobody has saved or opened one."""
    return st.session_state.get(_STATE)


def opened() -> Project | None:
    """The project, if it could be opened."""
    window = current()
    return None if window is None else window.project


def carries_uploads() -> bool:
    """Whether a link to this page leads to the uploads too."""
    window = current()
    return window is not None and window.may_edit


def enter(page: str) -> None:
    """Open the project that the address names, keep its name there, and save what has changed."""
    token = st.query_params.get(PARAMETER)
    window = current()
    if token and (window is None or window.token != token):
        if window is not None:
            st.session_state.clear()  # what belongs to one project must not get into another
        window = st.session_state[_STATE] = OpenProject(token)
    if window is None:
        return
    if window.project is None and not window.can_restore:
        _open(window)
    visitor().presence.has_project = window.may_edit
    if token != window.token:
        st.query_params[PARAMETER] = window.token
    _restore_settings(window, page)
    save()


def create(name: str) -> None:
    """Save this session as a new project from now on; a callback."""
    window = OpenProject("", is_new=True)
    try:
        window.project = projects().create(name, person())
        window.token = window.project.token or ""
        window.name = window.project.name
        remember(window.project)
    except GraftError as err:
        st.session_state["project_refusal"] = str(err)
        return
    st.session_state.pop("project_refusal", None)
    st.session_state[_STATE] = window
    st.query_params[PARAMETER] = window.token  # in place of one that could not be opened
    for keeper in KEEPERS:
        keeper.start_anew()
    visitor().presence.has_project = True


def remember(known: Project) -> None:
    """List a project among those that this session has had."""
    token = known.token or known.read_token
    others = [entry for entry in remembered() if entry[1] != token]
    st.session_state[_KNOWN] = [*others, (known.name, token)]


def remembered() -> list[tuple[str, str]]:
    """Names and tokens of the projects that this session has had."""
    return list(st.session_state.get(_KNOWN, ()))


def undelete() -> None:
    """Bring back the project of the address, which was deleted; a callback."""
    window = current()
    if window is not None:
        try:
            projects().restore(window.token, person())
            window.can_restore = False
        except GraftError as err:
            window.problem, window.can_restore = str(err), False


def rename(name: str) -> None:
    """Call the project something else; a callback."""
    window = current()
    if window is None or window.project is None or not name.strip():
        return
    try:
        window.project.rename(name)
        window.name = window.project.name
    except GraftError as err:
        window.failure = str(err)


def replace_links() -> None:
    """Let the links of the project lead nowhere, and go on with new ones; a callback."""
    window = current()
    if window is None or window.project is None:
        return
    old = window.token
    try:
        window.project = runs.replace_links(window.project, person())
    except GraftError as err:
        window.failure = str(err)
        return
    window.token = window.project.token or ""
    st.query_params[PARAMETER] = window.token
    st.session_state[_KNOWN] = [entry for entry in remembered() if entry[1] != old]
    remember(window.project)


def remove(item: Item) -> None:
    """Take an item out of the project; a callback."""
    _change_item(item, is_back=False)


def put_back(item: Item) -> None:
    """Put an item back that was removed; a callback."""
    _change_item(item, is_back=True)


def _change_item(item: Item, *, is_back: bool) -> None:
    window = current()
    if window is None or window.project is None:
        return
    try:
        if is_back:
            window.project.restore(item)
        else:
            window.project.remove(item)
    except GraftError as err:
        window.failure = str(err)
        return
    window.saved, window.removed = datetime.now(UTC), None if is_back else item
    for keeper in KEEPERS:
        keeper.removed(item, is_back=is_back)


def keep(page: str) -> None:
    """After a page has run: save its settings, and what it has made; draw the line again if it
    says something else by now."""
    window = current()
    if window is None or window.project is None:
        return
    before = (window.is_saving, window.failure, window.drawn)
    window.entered.add(page)
    query = {name: st.query_params.get_all(name) for name in st.query_params if name != PARAMETER}
    shown = {keeper.name: value for keeper in KEEPERS if (value := keeper.setting()) is not None}
    queries = {**window.settings.get("queries", {}), page: query}
    sources = {**window.settings.get("shown", {}), **shown}
    save({"page": page, "queries": queries, "shown": sources})
    if (window.is_saving, window.failure, window.unreadable) != before:
        st.rerun()


def save(settings: dict[str, Any] | None = None) -> None:
    """Save what has changed: what is small now, the rest in the background, in its order.

    What failed is tried again after a while, or once something else is to be saved as well.
    """
    window = current()
    if window is None or window.project is None or not window.may_edit:
        return
    _settle(window)
    is_busy = window.is_busy  # before: what is saved meanwhile would be saved twice
    changes = [change for keeper in KEEPERS for change in keeper.changes()]
    if settings is not None and settings != window.settings:
        what = ("settings", json.dumps(settings, sort_keys=True))
        changes.append(Change(what, partial(_save_settings, window, settings), is_large=False))
    wanted = tuple(change.what for change in changes)
    if not changes and settings is not None:
        window.failure = ""
    is_early = time.monotonic() < window.again_at
    if not changes or (window.failure and is_early and set(wanted) <= set(window.failed)):
        return
    window.failure, window.failed, window.again_at = "", wanted, time.monotonic() + _AGAIN_S
    try:
        for change in changes:
            if not change.is_large:
                change.save(window.project)
                window.saved = datetime.now(UTC)
    except GraftError as err:
        window.failure = str(err)
        return
    large = [change for change in changes if change.is_large]
    if large and not is_busy:
        window.job = engine.saves.submit(
            partial(_saving, window.project, large), title="Saving", owner=visitor().name
        )


def to_restore(keeper: str) -> OpenProject | None:
    """The project, if that keeper has not asked for what it has yet; see `restored`."""
    window = current()
    if window is None or window.project is None or window.is_new or keeper in window.restored:
        return None
    return window


def note_unreadable(name: str, error: GraftError) -> None:
    """Say at the top of pages that something of the project could not be opened."""
    window = current()
    if window is not None:
        sentence = f"“{escaped(name)}” of this project could not be opened. {error}"
        window.unreadable = (*window.unreadable, sentence)


def _open(window: OpenProject) -> None:
    try:
        project = projects().open(window.token)
        window.name, window.saved = project.name, project.saved
        for item in project.items("settings"):
            window.settings_item, window.settings = item, item.about
        window.project, window.problem = project, ""
        remember(project)
    except DeletedProjectError as err:
        window.problem, window.can_restore = str(err), True
    except GraftError as err:
        window.problem = str(err)


def _restore_settings(window: OpenProject, page: str) -> None:
    """Put the settings that a page was left with into its address, unless that has some."""
    if page in window.entered:
        return
    window.entered.add(page)  # without the project too: then widgets have the address by now
    query = window.settings.get("queries", {}).get(page)
    if query and set(st.query_params) <= {PARAMETER}:
        st.query_params.update(query)
        st.rerun()  # widgets read the address as it was when the run began


def _save_settings(window: OpenProject, settings: dict[str, Any], project: Project) -> None:
    item = window.settings_item
    window.settings_item = (
        project.add("settings", "Settings", settings)
        if item is None
        else project.change(item, about=settings)
    )
    window.settings = settings


def _saving(project: Project, changes: list[Change]) -> Iterator[int]:
    """How many are saved."""
    for number, change in enumerate(changes, start=1):
        change.save(project)
        yield number


def _settle(window: OpenProject) -> None:
    """Note how the job has ended that was to save something."""
    job = window.job
    if job is None or not job.is_over:
        return
    window.job = None
    window.saved = datetime.now(UTC)
    if job.state is JobState.FAILED:
        window.failure = (
            str(job.error)
            if isinstance(job.error, GraftError)
            else "The last change could not be saved."
        )
