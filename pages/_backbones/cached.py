"""What networks were measured to cost on this machine, once for all sessions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import streamlit as st

from core.vision import comparison
from core.vision.comparison import Comparison, Measurement


@st.cache_resource(show_spinner=False)
def measurements() -> dict[str, Measurement]:
    """By network, since the server started."""
    return {}


def compare(photos: Sequence[bytes], backbones: Sequence[str]) -> Iterator[Comparison]:
    """`core.vision.comparison.compare`, which measures each network once for all sessions."""
    measured = measurements()
    for step in comparison.compare(photos, backbones, known=measured):
        measured |= {r.backbone: r.measurement for r in step.results if r.measurement}
        yield step
