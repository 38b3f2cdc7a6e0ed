"""The painted photo beside the true one, and how close it comes."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from core.vision.colorization.metrics import ColorScores
from pages._colorize import cached
from pages._colorize.choices import Shown

SIDE_PX = 400
_MEANS = {
    "CIEDE2000": "perceived difference, where 1 is just noticeable; lower is better",
    "AuC": "the area under the curve of how many pixels are within each distance of 0 to 150 of "
    "the true colour; higher is better",
    "AuC, rebalanced": "the same where rare, vivid colours count as much as common, pale ones; "
    "grey cannot win here",
    "PSNR, dB": (
        "a standard measure of image quality; higher is better, but it favours pale colours"
    ),
    "Chroma": "how colourful on average, of the truth's {truth:.1f}",
}


def show(shown: Shown) -> None:
    """Scores of the painted photo and of the grey one; both pictures."""
    truth = shown.guess.photo.truth
    if truth is None:
        st.info(
            "This photo has no colours to compare with. Upload a colour photo: it is converted "
            "to grey first.",
            icon=":material/palette:",
        )
        return
    settings = shown.settings
    small = cached.screen_copy(shown.data, SIDE_PX)
    painted, grey = (
        cached.color_scores(small, settings.denoise, saturation, settings.temperature, hints)
        for saturation, hints in ((settings.saturation, settings.hints), (0.0, ()))
    )
    st.dataframe(
        table_of(painted, grey),
        column_config={
            "Coloured": st.column_config.NumberColumn(format="%.3f"),
            "Grey": st.column_config.NumberColumn(format="%.3f"),
        },
        hide_index=True,
        alt="Scores of the coloured photo and of the grey one",
    )
    left, right = st.columns(2)
    left.image(truth, caption="Original", width="stretch", alt="Original photo")
    right.image(shown.painted, caption="Coloured", width="stretch", alt="Coloured photo")
    meanings = "\n".join(f"- **{name}**: {text}" for name, text in _MEANS.items())
    st.markdown(meanings.format(truth=painted.true_chroma))
    st.caption(
        f"Measured now, on a copy of at most {SIDE_PX} px per side. One photo means little: a "
        "jacket may have had any colour, and a plausible one scores as badly as an absurd "
        "one."
    )


def table_of(painted: ColorScores, grey: ColorScores) -> pd.DataFrame:
    """A row for each score."""

    def values(scores: ColorScores) -> list[float]:
        return [
            scores.ciede2000,
            scores.auc,
            scores.balanced_auc,
            scores.psnr,
            scores.chroma,
        ]

    return pd.DataFrame({"Score": list(_MEANS), "Coloured": values(painted), "Grey": values(grey)})
