"""What is saved behind a private link: what the open project holds, and what can be done to it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import streamlit as st

from core import engine
from core.engine import Job
from core.errors import GraftError
from core.media.source import mib
from core.projects import Item, Project, projects
from core.settings import settings
from core.sign_in import Person
from core.wording import counted, escaped
from pages._ui import errors, jobs, layout, project, project_line
from pages._ui.asking_button import asking_button
from pages._ui.numbers import percent
from pages._ui.person import person
from pages._ui.project import OpenProject
from pages._ui.project_line import local
from pages._ui.row_choice import row_choice
from pages._ui.text import slug

_ABOUT = (
    "A project keeps what you make here: data sets with your corrections, classifiers trained on "
    "pretrained networks, uploads and settings."
)
_BY_LINK = "Whoever has its link has the project."
_BY_PERSON = "It belongs to who made it; whoever signs in and has a link of it can open it too."
_KINDS = {
    "photos": "Photos",
    "texts": "Texts",
    "sounds": "Sounds",
    "photo-model": "Classifier of photos",
    "text-model": "Classifier of texts",
    "sound-model": "Classifier of sounds",
    "picture": "Uploaded photo",
    "documents": "Uploaded text",
    "reviews": "Table of reviews",
    "labels": "Labels of examples",
    "settings": "Settings of pages",
    "job": "Under way, or interrupted",
}
_OPENING = "open_project_file"
_COPIED = "projects_copied"
_MOST_LISTED = 50  # projects of a person
_MOST_MIB = 2048  # Streamlit holds an upload in memory


def page() -> None:
    """The project that is open, or how to get one; a file to open; projects of this session."""
    layout.heading("Projects", f"{_ABOUT} {_BY_LINK if person() is None else _BY_PERSON}")
    window = project.current()
    with errors.shown():
        if window is None or window.project is None:
            _without(window)
        else:
            _with(window, window.project)
    left, right = st.columns(2, gap="large")
    with left, errors.shown():
        _open_file()
    with right, errors.shown():
        who = person()
        if who is None:
            _of_this_session()
        else:
            _of_person(who)


def _without(window: OpenProject | None) -> None:
    if window is not None and window.can_restore:
        st.info("You can undo this for a day after you deleted it.", icon=":material/undo:")
        st.button("Undo delete", key="undelete", on_click=project.undelete)
        return
    st.markdown(
        "There is no project yet. Press **Save as project** at the top of any page: from then on "
        "every change is saved as it happens, and the link in your browser's address bar leads "
        "back to it, on any computer that reaches this server."
    )


def _with(window: OpenProject, opened: Project) -> None:
    items = opened.items()
    st.subheader(escaped(window.name), anchor=False)
    expires = opened.expires
    kept = (
        "It is kept until somebody deletes it."
        if expires is None
        else f"It is kept until {local(expires):%-d %B %Y}; each visit extends that."
    )
    st.caption(
        f"{counted(len(items), 'item')}, {mib(opened.bytes)}; created "
        f"{local(opened.created):%-d %B %Y}, saved {local(opened.saved):%-d %B %Y, %H:%M}. {kept}"
    )
    if not opened.may_edit:
        st.caption("This link is read-only. Copy the project to change it.")
    is_mine = _is_mine(opened)
    _items(items, opened)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if opened.may_edit:
            _rename(window)
        st.button(
            "Copy",
            key="project_copy",
            icon=":material/content_copy:",
            on_click=_copy,
            args=(opened,),
        )
        st.download_button(
            "Download as one file",
            lambda: _file(opened),
            f"{slug(window.name)}.graft.zip",
            "application/zip",
            icon=":material/download:",
            on_click="ignore",
            disabled=window.is_saving,
            help="A ZIP file with data sets, corrections, classifiers, uploads and settings.",
        )
        if is_mine:
            asking_button(
                "Replace links",
                "All links there are stop working, also those that you gave to others. The new "
                "ones are under Share.",
                project.replace_links,
                key="project_links",
                opener="Replace links…",
                icon=":material/link_off:",
                disabled=window.is_saving,
            )
            asking_button(
                "Delete project",
                "All links to it stop working. You can undo this for a day.",
                _delete,
                key="project_delete",
                args=(window, opened),
                opener="Delete…",
            )
    if _COPIED in st.session_state:
        name, token = st.session_state[_COPIED]
        st.success(f"A copy of “{escaped(name)}” was saved.", icon=":material/check:")
        st.link_button("Open the copy", project_line.link(token), icon=":material/open_in_new:")


def _is_mine(opened: Project) -> bool:
    """Whether this visitor may delete the project; what is nobody's can be made one's own."""
    who = person()
    if who is None:
        return opened.may_edit
    owner = opened.owner
    if owner is None and opened.may_edit:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption("It belongs to nobody yet: it was saved before people signed in here.")
            st.button("Make it mine", key="project_take", on_click=_take, args=(opened, who))
    elif owner not in (None, who.id):
        st.caption("It belongs to somebody else, who alone can delete it and replace its links.")
        return opened.may_edit and who.is_admin
    return opened.may_edit


def _take(opened: Project, who: Person) -> None:
    try:
        opened.take(who)
    except GraftError as err:
        st.toast(str(err), icon=":material/error:")


def _items(items: list[Item], opened: Project) -> None:
    shown = [item for item in items if item.kind in _KINDS]
    if not shown:
        st.caption("It holds nothing yet.")
        return
    selected = row_choice(
        pd.DataFrame(
            {
                "Name": [item.name for item in shown],
                "What it is": [_what(item) for item in shown],
                "Size": [mib(item.bytes) if item.parts else "" for item in shown],
                "Saved": [local(item.changed).replace(tzinfo=None) for item in shown],
            }
        ),
        range(len(shown)),
        key="project_item",
        about=tuple(item.id for item in shown),
        column_config={"Saved": st.column_config.DatetimeColumn(format="D MMM YYYY, HH:mm")},
        alt="What the project holds",
    )
    if opened.may_edit:
        _removal(None if selected is None else shown[selected])


def _removal(item: Item | None) -> None:
    """Buttons that remove the item that is selected, and put back the last one."""
    window = project.current()
    removed = None if window is None else window.removed
    with st.container(horizontal=True, vertical_alignment="center"):
        if item is not None and item.kind not in ("settings", "job"):
            st.button(
                f"Remove “{escaped(item.name)}”",
                key="project_remove",
                icon=":material/delete:",
                on_click=project.remove,
                args=(item,),
            )
        if removed is not None:
            st.caption(f"“{escaped(removed.name)}” was removed.")
            st.button(
                "Undo",
                key="project_put_back",
                icon=":material/undo:",
                on_click=project.put_back,
                args=(removed,),
                help="You can undo this until you close this page.",
            )


def _what(item: Item) -> str:
    kind = "Uploaded sound" if "upload" in item.about and item.kind == "sounds" else ""
    if item.kind == "picture" and "run" in item.about:
        return "Picture made here"
    kind = kind or _KINDS[item.kind]
    if "accuracy" in item.about:
        tested = f"accuracy {percent(item.about['accuracy'])} on {item.about.get('data', '')}"
        return f"{kind}, {tested}{' before that' if item.about.get('on_all') else ''}"
    if "files" in item.about and item.kind == "photos":
        return "Photos of a room"
    if "examples" in item.about:
        return f"{kind}, {counted(len(item.about.get('classes', ())), 'class')}"
    return kind


def _rename(window: OpenProject) -> None:
    key = "projects_name"
    st.text_input(
        "Name", window.name, max_chars=200, key=key, on_change=_take_name, args=(key,), width=320
    )


def _take_name(key: str) -> None:
    project.rename(st.session_state[key])


def _copy(opened: Project) -> None:
    try:
        copy = opened.copy(person())
        st.session_state[_COPIED] = (copy.name, copy.token)
        project.remember(copy)
    except GraftError as err:
        st.toast(str(err), icon=":material/error:")


def _delete(window: OpenProject, opened: Project) -> None:
    try:
        opened.delete(person())
    except GraftError as err:
        window.failure = str(err)
        return
    window.project, window.can_restore = None, True
    window.problem = "This project was deleted."


def _file(opened: Project) -> bytes:
    with tempfile.TemporaryDirectory(prefix="graft-") as scratch:
        path = Path(scratch) / "project.zip"
        opened.write_file(path)
        return path.read_bytes()


def _open_file() -> None:
    """Choose a file; it is looked at and saved in the background."""
    st.subheader("Open a project file", anchor=False)
    file = st.file_uploader(
        "Upload a project file",
        type="zip",
        key="project_file",
        max_upload_size=min(settings().project_bytes >> 20, _MOST_MIB),
        help="It becomes a project of its own. A file that contains code is refused.",
    )
    if file is not None and st.session_state.get(f"{_OPENING}_of") != file.file_id:
        data, owner = file.getvalue(), person()
        jobs.start(
            _OPENING, f"Opening {file.name}", lambda: _reading(data, owner), queue=engine.saves
        )
        st.session_state[f"{_OPENING}_of"] = file.file_id
    job: Job[Project | None] | None = jobs.current(_OPENING)
    if job is None:
        return
    jobs.panel(_OPENING, job, lambda _: (None, "checking what is in it"), queue=engine.saves)
    if job.is_over and job.snapshot is not None:
        new = job.snapshot
        project.remember(new)
        st.success(f"“{escaped(new.name)}” was saved as a new project.", icon=":material/check:")
        st.link_button(
            "Open the project", project_line.link(new.token or ""), icon=":material/open_in_new:"
        )


def _reading(data: bytes, owner: Person | None) -> Iterator[Project | None]:
    yield None
    yield projects().read_file(data, owner)


def _of_person(who: Person) -> None:
    st.subheader("Your projects", anchor=False)
    mine = projects().of(who)
    if not mine:
        st.caption("What you save as a project is listed here, wherever you sign in.")
    for name, token, saved in mine[:_MOST_LISTED]:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.link_button(
                escaped(name), project_line.link(token), icon=":material/link:", type="tertiary"
            )
            st.caption(f"saved {local(saved):%-d %B %Y, %H:%M}")
    if len(mine) > _MOST_LISTED:
        st.caption(f"and {counted(len(mine) - _MOST_LISTED, 'older project')}.")


def _of_this_session() -> None:
    st.subheader("Projects of this session", anchor=False)
    known = project.remembered()
    if not known:
        st.caption(
            "Graft keeps no list of projects: whoever has a link has the project. Bookmark the "
            "links of yours."
        )
    for name, token in known:
        st.link_button(
            escaped(name), project_line.link(token), icon=":material/link:", type="tertiary"
        )


page()
