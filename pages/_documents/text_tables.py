"""A data set of texts at a glance."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from core.text.transfer.dataset import TextDataset
from pages._ui.example_tables import class_counts

_TEXTS_SHOWN = 1_000
_CHARACTERS = 500
_ROW_PX = 35  # of Streamlit's tables


def text_tables(dataset: TextDataset) -> None:
    """How many there are of each class, and the first of them."""
    class_counts(dataset, "text", height=_height(len(dataset.classes), 5))
    shown = dataset.texts[:_TEXTS_SHOWN]
    st.dataframe(
        pd.DataFrame(
            {
                "Class": [dataset.classes[text.label] for text in shown],
                "Text": [text.text[:_CHARACTERS] for text in shown],
            }
        ),
        hide_index=True,
        height=_height(len(shown), 6),
        column_config={"Text": st.column_config.TextColumn(width="large")},
        alt="Texts with their classes",
    )
    if len(dataset.texts) > _TEXTS_SHOWN:
        st.caption(f"The first {_TEXTS_SHOWN:,} of {len(dataset.texts):,}.")


def _height(rows: int, most: int) -> int:
    """Of a table that shows so many rows at a time."""
    return _ROW_PX * (min(rows, most) + 1) + 3
