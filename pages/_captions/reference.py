"""Captions beside what a person would say of the photo."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from core.vision.captioning import CaptionSearch
from core.vision.captioning.metrics import bleu
from pages._captions.choices import sentence
from pages._ui.live_text import MOST_TYPED


def show(searches: dict[int, CaptionSearch]) -> None:
    """BLEU of each beam's caption against what is typed in."""
    text = st.text_area(
        "Your captions for this photo, one on each line; each line is a reference",
        key="reference",
        bind="query-params",
        placeholder="A cat with green eyes looks into the camera.",
        height=110,
        max_chars=MOST_TYPED,
    )
    references = [line for line in (text or "").splitlines() if line.strip()]
    if not references:
        st.info("Write a caption to see scores.", icon=":material/edit:")
        return
    scores = {
        width: bleu([search.captions[0].text], [references], smoothed=True)
        for width, search in searches.items()
    }
    st.dataframe(
        pd.DataFrame(
            [
                {
                    "Beam": width,
                    "Caption": sentence(searches[width].captions[0]),
                    **{f"BLEU-{i}": score for i, score in enumerate(values, start=1)},
                }
                for width, values in scores.items()
            ]
        ),
        column_config={
            f"BLEU-{i}": st.column_config.NumberColumn(format="%.3f") for i in range(1, 5)
        },
        hide_index=True,
        alt="BLEU of each caption",
    )
    st.caption(
        "The share of words, and of sequences of two to four words, that also occur in your "
        "captions, with a penalty for shorter captions (Papineni et al., 2002), computed by "
        "sacreBLEU with smoothing, without which a single caption often scores 0. BLEU is "
        "meant for many photos with several references each; for one photo it means little."
    )
