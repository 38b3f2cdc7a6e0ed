"""The room At once: a feed-forward network answers while a slider is moved."""

from __future__ import annotations

import numpy as np
import streamlit as st

from core import zoo
from core.cluster import spread
from core.optvis.stylize_now import DECODER, stylize_now
from pages._style.style_input import pair_input
from pages._ui import errors, layout, optimising, provenance, task_settings, use_from_code


@st.cache_data(max_entries=32, show_spinner=False)
def _stylize(
    content: bytes,
    styles: tuple[bytes, ...],
    blend: tuple[float, ...],
    strength: float,
    size: int,
    keep_colors: bool,
) -> np.ndarray:
    """(H, W, 3) uint8"""
    return spread(stylize_now)(
        content,
        styles[0],
        strength=strength,
        others=styles[1:],
        blend=blend,
        size=size,
        keep_colors=keep_colors,
    )


def room() -> None:
    """The photo, the styles and how much of them; the picture beside."""
    choice, result, finer = layout.three_parts()
    with choice, errors.shown():
        pair = pair_input()
    with finer, errors.shown():
        strength = task_settings.slider("stylize", "strength", key="strength")
        size = task_settings.count_slider("stylize", "size", key="now_size")
        keep = task_settings.toggle("stylize", "keep_colors", key="now_colors")
    with result, errors.shown():
        if pair is None:
            st.info("Choose a photo and a style.", icon=":material/brush:")
            return
        styles = tuple(style.data for style in pair.styles)
        image = _stylize(pair.content.data, styles, pair.blend, strength, size, keep)
        names = " and ".join(style.name for style in pair.styles)
        words = f"{pair.content.name} in the style of {names}"
        st.image(image, width="stretch", alt=words, caption=words)
        about = {
            "photo": pair.content.name,
            "styles": [style.name for style in pair.styles],
            "settings": {
                "network": DECODER,
                "strength": strength,
                "blend": pair.blend,
                "size": size,
                "keep_colors": keep,
            },
        }
        optimising.run_downloads(image, about, "stylised", [])
        with st.expander("How it works"):
            provenance.model_card(zoo.network(DECODER))
            st.caption(
                "The photo gets the colours of the styles; then its VGG16 features get the mean "
                "and standard deviation of the styles' features (Huang and Belongie, 2017), and "
                "a decoder turns them into a picture. This transfers colours, contrast and fine "
                "strokes; large strokes need optimisation, which can start from this picture."
            )
        several = pair.blend if len(styles) > 1 else ()
        use_from_code.show(
            use_from_code.call(
                "stylize",
                files=pair.further_files(),
                strength=strength,
                size=size,
                keep_colors=keep,
                blend=list(several),
            )
        )
