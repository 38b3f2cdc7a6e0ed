"""A photo at a link: fetched when a visitor presses a button, never by an address of a page."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from core.errors import GraftError
from core.media import IMAGE_LIMITS, fetching, probe
from core.zoo import internet


def link_field(key: str, take: Callable[[str, bytes], object]) -> None:
    """A field for a link, and a button that fetches the photo there.

    Nothing is drawn where there is no network. What goes wrong is said below the field until the
    button is pressed again.

    Parameters
    ----------
    key : of the widgets begins so.
    take : gets the name of a photo that was fetched, and its content; the page is then drawn anew.
    """
    if not internet.is_reachable():
        return
    fetched, refused = f"{key}_links_fetched", f"{key}_link_refused"
    number = st.session_state.setdefault(fetched, 0)  # another field each time: shut and empty
    with (
        st.popover("From a link", icon=":material/link:", key=f"{key}_link_opener_{number}"),
        st.form(f"{key}_link_form_{number}", border=False),
    ):
        link = st.text_input(
            "Link to a photo",
            placeholder="https://",
            key=f"{key}_link_{number}",
            help="The address of the picture itself: in most browsers, right-click it and copy.",
        )
        if st.form_submit_button("Fetch", key=f"{key}_link_fetch"):
            st.session_state.pop(refused, None)
            try:
                with st.spinner("Fetching the photo"):
                    photo = fetching.fetch(link, max_bytes=IMAGE_LIMITS.max_bytes)
                    probe(photo.data)
            except GraftError as err:
                st.session_state[refused] = str(err)
            else:
                take(photo.name, photo.data)
                st.session_state[fetched] += 1
                st.rerun()
        if refused in st.session_state:
            st.error(st.session_state[refused], icon=":material/error:")
