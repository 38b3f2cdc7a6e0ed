"""What a classifier of one's own says: of one example, and of all in the test."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import streamlit as st

from core.learning.metrics import Evaluation
from core.wording import escaped
from pages._ui import charts
from pages._ui.numbers import percent

_BARS = 10


def prediction(classes: Sequence[str], scores: np.ndarray, *, key: str) -> None:
    """The most probable class in words, and the first few as bars; `scores` are (C,) float."""
    order = np.argsort(-scores, kind="stable")[:_BARS]
    names = [classes[i] for i in order]
    st.markdown(f"##### {escaped(names[0])}, {percent(float(scores[order[0]]))}")
    st.plotly_chart(
        charts.score_bars(names, scores[order]),
        config=charts.CONFIG,
        key=key,
        alt=", ".join(f"{name} {percent(scores[i])}" for name, i in zip(names, order, strict=True)),
    )


def tested_examples(evaluation: Evaluation, columns: Mapping[str, Sequence[str]]) -> pd.DataFrame:
    """A row for each tested example: these columns, label, prediction, probability."""
    return pd.DataFrame(
        {
            **columns,
            "label": [evaluation.classes[i] for i in evaluation.labels],
            "predicted": [evaluation.classes[i] for i in evaluation.predictions],
            "probability": evaluation.confidences,
        }
    )
