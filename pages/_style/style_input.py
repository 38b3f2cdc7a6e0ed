"""The photo and the styles: samples drawn by our own code, or uploads."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from core.media import IMAGE_LIMITS
from core.optvis.style_samples import STYLE_SAMPLES, style_sample
from pages._ui import cached_photos, errors, inputs
from pages._ui.inputs import SAMPLE_PHOTOS, NamedPhoto

_MOST = 4
_PALACE_FIRST = tuple(sorted(SAMPLE_PHOTOS, key=lambda photo: photo.name != "Palace"))


@dataclass(frozen=True, slots=True)
class Pair:
    """What a style transfer is made of; `blend` has a weight for each style."""

    content: NamedPhoto
    styles: tuple[NamedPhoto, ...]
    blend: tuple[float, ...]


def pair_input() -> Pair | None:
    """The widgets; None until there is a photo and a style."""
    content = inputs.photo_input(_PALACE_FIRST, prefix="content_")
    names = st.pills(
        "Style",
        list(STYLE_SAMPLES),
        default=["Swirls"],
        selection_mode="multi",
        key="styles",
        bind="query-params",
        help="Drawn by this app's own code. Choose up to four to blend them.",
        wrap=True,
    )
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        styles = _uploads()
        if not styles or _are_mixed(names):
            drawn = [NamedPhoto(name, style_sample(name), "drawn by this app") for name in names]
            styles = (drawn + styles)[:_MOST]
        for style in styles:
            with errors.shown():
                small = cached_photos.thumbnail(style.data, 112)
                st.image(small, width=56, alt=f"Style: {style.name}")
                errors.noticed([(style.name, cached_photos.notices(style.data))])
    blend = _blend(styles)
    if content is None or not styles:
        return None
    return Pair(content, tuple(styles), blend)


def _uploads() -> list[NamedPhoto]:
    with st.popover("Yours", icon=":material/upload:"):
        files = st.file_uploader(
            "Pictures of yours as styles",
            accept_multiple_files=True,
            key="style_files",
            max_upload_size=IMAGE_LIMITS.max_bytes >> 20,
        )
        others = inputs.own_uploads("style_own")
    if files:
        st.session_state["style_uploads"] = [NamedPhoto(f.name, f.getvalue()) for f in files]
    return [*st.session_state.get("style_uploads", []), *others]


def _are_mixed(names: list[str]) -> bool:
    """Whether uploaded styles are blended with the chosen samples; they are used alone at first."""
    return bool(names) and st.toggle(
        f"Mix with {' and '.join(names)}",
        key="style_mix",
        bind="query-params",
        help="Your pictures alone are the style until you mix them with the samples above.",
    )


def _blend(styles: list[NamedPhoto]) -> tuple[float, ...]:
    if len(styles) < 2:
        return (1.0,) * len(styles)
    weights = tuple(
        st.slider(
            f"Share of {style.name}", 0.0, 1.0, 0.5, 0.05, key=f"share_{i}", bind="query-params"
        )
        for i, style in enumerate(styles)
    )
    return weights if sum(weights) else (1.0,) * len(styles)
