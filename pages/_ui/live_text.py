"""A text field that is read while somebody types; `st.text_area` waits until they are done."""

from __future__ import annotations

import streamlit as st

from pages._ui.components import component

MOST_TYPED = 500_000
"""Characters of a text in a field: whichever they are, they fit into `server.maxMessageSize`."""
_HTML = """
<label class="live">
  <span></span>
  <textarea spellcheck="false"></textarea>
</label>
"""
_CSS = """
.live { display: block; font: 0.875rem/1.5 var(--st-font); color: var(--st-text-color); }
textarea { box-sizing: border-box; width: 100%; height: 14rem; margin-top: 0.35rem;
  resize: vertical; padding: 0.6rem 0.75rem; font: inherit; font-size: 0.95rem; color: inherit;
  background: var(--st-secondary-background-color); border: 1px solid var(--st-border-color);
  border-radius: var(--st-base-radius); }
textarea:focus { outline: none; border-color: var(--st-primary-color); }
"""
_mount = component(__file__, html=_HTML, css=_CSS)


def live_text(label: str, start: str, *, key: str, placeholder: str = "") -> str:
    """The text in the field, a moment after each change; another `key` begins anew at `start`.

    A text that is longer than `MOST_TYPED` stays as it is.

    Parameters
    ----------
    placeholder : what stands in the field while it is empty; the label is for those who do not
        see the page then.
    """
    if len(start) > MOST_TYPED:
        st.info(f"Texts of more than {MOST_TYPED:,} characters cannot be edited here.")
        return start
    state = _mount(
        key=key,
        data={"label": label, "start": start, "placeholder": placeholder, "most": MOST_TYPED},
        default={"text": start},
        on_text_change=lambda: None,
    )
    return state.text if isinstance(state.text, str) else start
