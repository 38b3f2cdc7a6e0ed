"""A room in three parts: what is chosen, the result, and finer settings."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

_KEY = "three_parts"
# 640 px is where Streamlit puts columns below each other
_STYLE = f"""<style>
.st-key-{_KEY} {{
  display: grid; grid-template: "choice result" auto "finer result" 1fr / 1fr 2.2fr;
  gap: 1rem 4rem;
}}
.st-key-{_KEY} > :nth-child(1) {{ grid-area: choice; }}
.st-key-{_KEY} > :nth-child(2) {{ grid-area: result; }}
.st-key-{_KEY} > :nth-child(3) {{ grid-area: finer; }}
.st-key-{_KEY} > * {{ min-width: 0; }}
@media (max-width: 640px) {{
  .st-key-{_KEY} {{ grid-template: "choice" "result" "finer" / 100%; }}
}}
</style>"""


def three_parts() -> tuple[DeltaGenerator, DeltaGenerator, DeltaGenerator]:
    """Containers for the choice, the result and finer settings; one such room a page.

    The result stands beside the others, and between them in a narrow window, so that the picture
    is in sight of the button that makes it and not below all sliders.
    """
    st.html(_STYLE)
    with st.container(key=_KEY):
        return st.container(), st.container(), st.container()
