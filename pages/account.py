"""Who has signed in, and the keys with which their programs use the web API."""

import pandas as pd
import streamlit as st

from core.errors import GraftError
from core.projects import ApiKey, ApiKeys, projects
from core.projects.api_keys import LASTS
from core.sign_in import Person
from core.wording import escaped
from pages._ui import errors, layout
from pages._ui.person import person, sign_out
from pages._ui.project_line import local
from pages._ui.row_choice import row_choice
from pages._ui.text import slug

_ABOUT = "Who you are on this server, and keys with which your own programs use its web API."
_NEW = "account_new_key"


def page(who: Person) -> None:
    """Who it is, their keys, and for admins those of everybody."""
    layout.heading("Account", _ABOUT)
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        role = "admin: may change this server" if who.is_admin else "visitor"
        st.markdown(
            f"**{escaped(who.name)}** · {role}  \nsigned in until {local(who.until):%-d %B, %H:%M}",
            width="stretch",
        )
        st.button("Sign out", icon=":material/logout:", on_click=sign_out)
    st.subheader("Keys for the web API", anchor=False)
    with errors.shown():
        keys = ApiKeys(projects().database)
        with errors.shown():
            _make(keys, who)
        mine = keys.of(who)
        _show(mine, keys, who, "Your keys")
        if who.is_admin:
            others = [key for key in keys.every() if key not in mine]
            if others:
                st.subheader("Keys of others", anchor=False)
                _show(others, keys, who, "Keys of others")


def _make(keys: ApiKeys, who: Person) -> None:
    with (
        st.form("account_key", border=False, clear_on_submit=True),
        st.container(horizontal=True, vertical_alignment="bottom"),
    ):
        name = st.text_input("What the key is for", max_chars=200, width=320)
        wanted = st.form_submit_button("Make a key", icon=":material/key:")
    if wanted:
        st.session_state[_NEW] = keys.create(who, name)
    if _NEW in st.session_state:
        st.success("Copy the key now: it cannot be shown again.", icon=":material/key:")
        st.code(st.session_state[_NEW], language=None, wrap_lines=True)
        st.button("I have copied it", on_click=st.session_state.pop, args=(_NEW, None))
    st.caption(
        "A key does what you may do by the web API, under `Authorization: Bearer KEY` or as "
        f"`GRAFT_API_KEY` for the commands. It expires after {LASTS.days} days."
    )


def _show(shown: list[ApiKey], keys: ApiKeys, who: Person, title: str) -> None:
    """A table of keys, of which the one that is selected can be deleted."""
    if not shown:
        return
    name = slug(title)
    table = pd.DataFrame(
        {
            "Name": [key.name for key in shown],
            "Person": [key.person_name for key in shown],
            "Made": [local(key.created).replace(tzinfo=None) for key in shown],
            "Last used": [
                None if key.used is None else local(key.used).replace(tzinfo=None) for key in shown
            ],
            "Expires": [local(key.expires).replace(tzinfo=None) for key in shown],
        }
    )
    date = st.column_config.DatetimeColumn(format="D MMM YYYY")
    selected = row_choice(
        table,
        range(len(shown)),
        key=f"account_{name}",
        about=tuple(key.id for key in shown),
        column_config={
            "Made": date,
            "Expires": date,
            "Last used": st.column_config.DatetimeColumn(format="D MMM YYYY, HH:mm"),
        },
        alt=title,
    )
    if selected is not None:
        key = shown[selected]
        st.button(
            f"Delete “{escaped(key.name)}”",
            key=f"account_delete_{key.id}",
            icon=":material/delete:",
            on_click=_delete,
            args=(keys, key, who),
            help="Programs that use it are refused from now on.",
        )


def _delete(keys: ApiKeys, key: ApiKey, who: Person) -> None:
    try:
        keys.delete(key.id, who)
    except GraftError as err:
        st.toast(str(err), icon=":material/error:")


signed_in = person()
if signed_in is not None:
    page(signed_in)
