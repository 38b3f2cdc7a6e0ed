"""The page for signing in, which stands in place of all others until somebody has."""

from __future__ import annotations

import streamlit as st

from core import sign_in
from core.settings import settings
from core.wording import escaped
from pages._server.after_sign_in import FAILURE
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
        refusal = _refusal()
        failure = "" if refusal else _FAILURES.get(st.context.cookies.get(FAILURE, ""), "")
        if failure:
            st.warning(failure, icon=":material/cloud_off:")
        if refusal:
            st.warning(escaped(refusal), icon=":material/lock:")
        st.button(
            "Sign in",
            type="primary",
            icon=":material/login:",
            on_click=st.login,
            width="stretch",
        )
        if refusal:
            st.button("Sign out", on_click=sign_out, type="tertiary", icon=":material/logout:")
        st.caption(
            "What you upload is seen by your session alone. What you save as a project is yours on "
            "any computer."
        )


def _refusal() -> str:
    try:
        person()
    except sign_in.SignInError as err:
        return str(err)
    return ""
