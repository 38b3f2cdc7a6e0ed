"""The line at the top of every page: whether this is saved, under what name, and its links."""

from __future__ import annotations

import io
from datetime import UTC, datetime, tzinfo
from typing import Any
from urllib.parse import quote, urlsplit
from zoneinfo import ZoneInfo

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from core.wording import counted, escaped
from pages._ui import project
from pages._ui.fragments import fragment
from pages._ui.person import person
from pages._ui.project import PARAMETER, OpenProject

_KEY = "project_line"
_POLL_S = 0.5
_MOST_NAME = 200
# It lies in the free space above the title, so that nothing on a page moves.
_STYLE = f"""<style>
[data-testid="stLayoutWrapper"]:has(> .st-key-{_KEY}) {{
  position: absolute; width: calc(100% - 5rem); height: 1.75rem; z-index: 2;
}}
.st-key-{_KEY} {{ flex-wrap: nowrap; gap: 0.75rem; height: 1.75rem; }}
.st-key-{_KEY} > * {{ flex: 0 0 auto; width: auto; min-width: 0; }}
.st-key-{_KEY} > :has(.st-key-{_KEY}_name) {{ flex-shrink: 1; }}
.st-key-{_KEY} > .st-key-{_KEY}_name {{ flex-shrink: 1; }}
.st-key-{_KEY} [data-testid="stMarkdownContainer"] {{ margin: 0; }}
.st-key-{_KEY} p {{
  white-space: nowrap; overflow: hidden; text-overflow: ellipsis; margin: 0;
  font-size: 0.875rem; line-height: 1.75rem;
}}
.st-key-{_KEY} button {{ min-height: 1.75rem; height: 1.75rem; padding: 0; max-width: 100%; }}
.st-key-{_KEY} button > * {{ min-width: 0; }}
.st-key-{_KEY}_trouble {{ padding-top: 1.75rem; }}
@media (max-width: 900px) {{
  [data-testid="stLayoutWrapper"]:has(> .st-key-{_KEY}) {{ width: calc(100% - 2rem); }}
}}
</style>"""


def show(page: StreamlitPage) -> None:
    """Draw the line; once a run, before the page."""
    st.html(_STYLE)
    window = project.current()
    with st.container(
        key=_KEY, horizontal=True, vertical_alignment="center", gap="small", height="content"
    ):
        if window is None:
            _unsaved(page)
        elif window.project is None:
            _unopened(window, page)
        elif window.is_saving:
            _name(window)
            fragment(_saving, run_every=_POLL_S)(window)
            _share(window)
        else:
            _name(window)
            st.markdown(_state(window))
            _share(window)
    if trouble := _trouble(window):
        with st.container(key=f"{_KEY}_trouble"):
            st.warning(trouble, icon=":material/cloud_off:")


def link(token: str) -> str:
    """The address of the page that is open, with nothing but a project."""
    page = urlsplit(st.context.url or "")._replace(query=f"{PARAMETER}={quote(token)}", fragment="")
    return page.geturl()


def qr_code(text: str) -> str:
    """An SVG picture, dark on white in any theme, so that any camera reads it."""
    import segno  # only when a code is drawn

    file = io.BytesIO()
    segno.make(text, error="m", micro=False).save(
        file, kind="svg", scale=4, border=3, light="white", xmldecl=False, svgns=True
    )
    return file.getvalue().decode()


def local(time: datetime) -> datetime:
    """A time as clocks of the browser have it."""
    zone: tzinfo = ZoneInfo(st.context.timezone) if st.context.timezone else UTC
    return time.astimezone(zone)


def suggested_name(page: StreamlitPage) -> str:
    """What a project is called that is made on this page."""
    for keeper in project.KEEPERS:
        if title := keeper.title():
            return title
    return f"{page.title}, {local(datetime.now(UTC)):%-d %B %Y}"


def _unsaved(page: StreamlitPage) -> None:
    st.markdown(":gray[:material/cloud_off: Not saved]")
    _save_button(page)


def _trouble(window: OpenProject | None) -> str:
    """Why nothing is saved, in a sentence; empty if all is well."""
    if window is None:
        return str(st.session_state.get("project_refusal", ""))
    if window.project is None:
        return f"{window.problem} You can go on; nothing is saved."
    window.drawn = window.unreadable
    failure = (f"{window.failure} The next change tries again.",) if window.failure else ()
    return "\n\n".join((*failure, *window.drawn))


def _save_button(page: StreamlitPage) -> None:
    st.button(
        "Save as project",
        key="project_save",
        type="tertiary",
        icon=":material/bookmark_add:",
        on_click=_create,
        args=(page,),
        help=(
            "Saves data sets, corrections, trained classifiers, uploads and settings from now on, "
            "behind a private link."
        ),
    )


def _create(page: StreamlitPage) -> None:
    project.create(suggested_name(page))


def _unopened(window: OpenProject, page: StreamlitPage) -> None:
    st.markdown(":orange[:material/cloud_off: Not saved]")
    if window.can_restore:
        st.button(
            "Undo delete",
            key="project_undelete",
            type="tertiary",
            icon=":material/undo:",
            on_click=project.undelete,
        )
    _save_button(page)


def _name(window: OpenProject) -> None:
    if not window.may_edit:
        with st.container(key=f"{_KEY}_name"):
            st.markdown(f":material/visibility: **{escaped(window.name)}**")
        return
    with st.popover(
        escaped(window.name), type="tertiary", icon=":material/bookmark:", key=f"{_KEY}_name"
    ):
        st.text_input(
            "Project name",
            window.name,
            max_chars=_MOST_NAME,
            key=f"project_rename_{window.token[:6]}",
            on_change=_rename,
            args=(f"project_rename_{window.token[:6]}",),
        )
        st.caption(
            "Saved: data sets with corrections, trained classifiers with their evaluation, "
            "trainings under way, uploads, pictures by optimisation, and the settings of each "
            "page. Other results are computed again from these."
        )
        st.page_link("projects.py", label="Projects", icon=":material/folder_open:")


def _rename(key: str) -> None:
    project.rename(st.session_state[key])


def _state(window: OpenProject) -> str:
    if window.failure:
        return ":orange[:material/cloud_off: Not saved]"
    if not window.may_edit:
        return ":gray[Read-only: changes are not saved]"
    return f":gray[Saved {_when(window.saved)}]"


def _when(time: datetime) -> str:
    then, now = local(time), local(datetime.now(UTC))
    if then.date() >= now.date():  # later where the clock was set back
        return f"at {then:%H:%M}"
    days = (now.date() - then.date()).days
    return "yesterday" if days == 1 else f"{counted(days, 'day')} ago"


def _saving(window: OpenProject) -> None:
    if not window.is_saving:
        st.rerun()
    st.markdown(":gray[Saving…]")


def _share(window: OpenProject) -> None:
    opened: Any = window.project
    with st.popover("Share", type="tertiary", icon=":material/share:", key=f"{_KEY}_share"):
        if opened.token is not None:
            may = "change and delete the project" if person() is None else "change the project"
            st.markdown(f"**Link to edit.** Whoever has it can {may}.")
            st.code(link(opened.token), language=None, wrap_lines=True)
        st.markdown("**Read-only link.** It shows everything and saves nothing.")
        st.code(link(opened.read_token), language=None, wrap_lines=True)
        st.image(qr_code(link(opened.read_token)), width=180)
        st.caption("The QR code is the read-only link, for a phone in the room.")
