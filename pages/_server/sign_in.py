"""The page for signing in, which stands in place of all others until somebody has."""

from __future__ import annotations

from urllib.parse import urlencode, urlsplit

import streamlit as st

from core import sign_in
from core.settings import settings
from core.wording import escaped
from pages._server.after_sign_in import BROWSER, FAILURE, remember_page
from pages._ui.person import person, sign_out

_ABOUT = "See and use transfer learning: pretrained networks on your own photos, texts and sounds."
_FAILURES = {
    "refused": "You were not signed in. Try again, or with another account.",
    "unreachable": (
        "The provider that signs people in does not answer. Try again in a minute; if that goes "
        "on, tell whoever runs this server."
    ),
}


def is_needed() -> bool:
    """Whether who uses this session has to sign in first."""
    if settings().access != "login":
        return False
    try:
        return person() is None
    except sign_in.SignInError:
        return True


def show() -> None:
    """Draw it."""
    with st.container(horizontal_alignment="center"), st.container(width=480, border=True):
        st.title("Sign in to Graft", anchor=False)
        st.markdown(_ABOUT)
        url, page = sign_in.login().url, _page()
        if not _is_at(url):
            st.link_button("Open Graft to sign in", url + page, type="primary", width="stretch")
            st.caption("People sign in at another address of this server.")
            return
        refusal = _refusal()
        failure = _FAILURES.get(st.context.cookies.get(FAILURE, ""), "")
        if refusal or failure:
            st.warning(escaped(refusal) or failure, icon=":material/lock:")
        st.button(
            "Sign in",
            type="primary",
            icon=":material/login:",
            on_click=_start,
            args=(page,),
            width="stretch",
        )
        if refusal:
            st.button("Sign out", on_click=sign_out, type="tertiary", icon=":material/logout:")
        st.caption(
            "What you upload is seen by your session alone. What you save as a project is yours on "
            "any computer."
        )


def _start(page: str) -> None:
    remember_page(st.context.cookies.get(BROWSER, ""), page)
    st.login()


def _page() -> str:
    """Path and query of the page that is to be shown."""
    path = urlsplit(st.context.url or "").path or "/"
    query = urlencode({name: st.query_params.get_all(name) for name in st.query_params}, True)
    return f"{path}?{query}" if query else path


def _is_at(url: str) -> bool:
    """Whether the browser has come by the address at which people sign in."""
    here = urlsplit(st.context.url or url)
    return f"{here.scheme}://{here.netloc}".lower() == url


def _refusal() -> str:
    try:
        person()
    except sign_in.SignInError as err:
        return str(err)
    return ""
