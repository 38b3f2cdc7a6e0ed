"""Tables about a data set: how many examples each class has, and what could not be used."""

from __future__ import annotations

from typing import Literal

import pandas as pd
import streamlit as st

from core.learning.datasets import LabelledExamples
from core.learning.examples import SkippedFile


def class_counts(
    dataset: LabelledExamples, noun: str, *, height: int | Literal["auto"] = "auto"
) -> None:
    """How many examples there are of each class; `noun` is what they are."""
    column = f"{noun.capitalize()}s"
    counts = pd.DataFrame(list(dataset.counts().items()), columns=["Class", column])
    many = st.column_config.ProgressColumn(
        format="%d", min_value=0, max_value=int(counts[column].max())
    )
    st.dataframe(
        counts,
        hide_index=True,
        height=height,
        column_config={column: many},
        alt=f"Number of {noun}s per class",
    )


def left_out(skipped: tuple[SkippedFile, ...], noun: str) -> None:
    """What could not be used, and why."""
    if not skipped:
        return
    were = f"{noun} was" if len(skipped) == 1 else f"{noun}s were"
    with st.expander(f"{len(skipped):,} {were} skipped", icon=":material/warning:"):
        st.dataframe(
            pd.DataFrame(
                {
                    noun.capitalize(): [file.name for file in skipped],
                    "Why": [file.reason for file in skipped],
                }
            ),
            hide_index=True,
            alt=f"Skipped {noun}s, with the reason",
        )
