"""The room TF-Hub: a style transfer module of one's own."""

from __future__ import annotations

import streamlit as st

from core.optvis.stylize_by_module import MAGENTA, stylize_by_module
from pages._style.style_input import pair_input
from pages._ui import errors, layout, optimising, task_settings, widgets

_MODULE = "style_module"
_stylize = st.cache_data(
    max_entries=16, show_spinner=("Stylising; TensorFlow is opening the module")
)(stylize_by_module)


def room() -> None:
    """The photo, the style and the module; the picture beside."""
    choice, result, finer = layout.three_parts()
    with choice, errors.shown():
        pair = pair_input()
        module = widgets.module_input(
            key=_MODULE,
            help=(
                f"A module with the signature of Magenta's, such as {MAGENTA}. TensorFlow opens "
                "it, which takes some seconds the first time."
            ),
        )
    with finer:
        size = task_settings.count_slider("stylize", "size", key="hub_size")
    with result, errors.shown():
        if widgets.module_question(_MODULE):
            return
        if pair is None or not module:
            missing = "Enter a module" if pair else "Choose a photo and a style"
            st.info(f"{missing} to see the picture.", icon=":material/brush:")
            return
        first = pair.styles[0]
        image = _stylize(pair.content.data, first.data, module=module, size=size)
        words = f"{pair.content.name} in the style of {first.name}"
        st.image(image, width="stretch", caption=f"{words}, by `{module}`", alt=words)
        settings = {"network": module, "size": size}
        about = {"photo": pair.content.name, "styles": [first.name], "settings": settings}
        optimising.run_downloads(image, about, "stylised", [])
