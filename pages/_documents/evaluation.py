"""The room How good: what the recipe has measured of both models."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from core.text import documents
from core.text.documents import DocumentModel
from pages._documents import document_charts
from pages._documents.names import CATEGORIES, MODELS
from pages._ui import charts, downloads
from pages._ui.numbers import percent

_Metrics = dict[DocumentModel, Any]
_FIGURES = {"precision": "Precision", "recall": "Recall", "f1": "F1"}


def room() -> None:
    """Figures, a chart, a table, and where all of it comes from."""
    card = documents.card()
    metrics: _Metrics = {model: card["metrics"][model] for model in MODELS}
    st.caption(
        f"Recorded, not measured now: `{card['recipe']}` trained both models and tested them "
        f"on {card['split']['test']}, on {card['made']['date']}."
    )
    st.markdown(f"##### {finding(metrics)}")
    _means(metrics)
    st.subheader("Metrics by category", anchor=False)
    scores = {MODELS[model]: _f1(figures) for model, figures in metrics.items()}
    st.plotly_chart(
        document_charts.paired_bars(list(CATEGORIES.values()), scores),
        config=charts.CONFIG,
        key="category_f1",
        alt="F1 of each category by both models",
    )
    table = _table(metrics)
    st.dataframe(
        table,
        hide_index=True,
        height="content",
        column_config={
            name: st.column_config.NumberColumn(format="%.3f" if name != "Test posts" else "%,.0f")
            for name in table.columns[2:]
        },
        alt="Precision, recall and F1 of each category by both models",
    )
    downloads.table("Metrics (CSV)", table, "documents.csv")
    _origin(card)


def finding(metrics: _Metrics) -> str:
    """Which model is the better one by macro F1, and where the other is as good."""
    best, other = sorted(metrics, key=lambda model: -metrics[model]["macro_f1"])
    beaten = [
        CATEGORIES[name]
        for name, figures in metrics[other]["classes"].items()
        if figures["f1"] >= metrics[best]["classes"][name]["f1"]
    ]
    summary = (
        f"{MODELS[best]}: macro F1 {metrics[best]['macro_f1']:.3f}, against "
        f"{metrics[other]['macro_f1']:.3f} of {MODELS[other]}"
    )
    return f"{summary}, which is ahead in {', '.join(beaten)}" if beaten else f"{summary}"


def _means(metrics: _Metrics) -> None:
    halves = st.grid(2, min_column_width=320, gap="medium")
    for model, figures in metrics.items():
        with halves.container(border=True, height="stretch"):
            st.markdown(f"**{MODELS[model]}**  \n:small[{documents.MODELS[model]}]")
            with st.grid(3, min_column_width=110):
                st.metric("Macro F1", f"{figures['macro_f1']:.3f}")
                st.metric("Accuracy", percent(figures["accuracy"]))
                st.metric(
                    "Calibration error",
                    f"{figures['expected_calibration_error']:.3f}",
                    help=(
                        "Expected calibration error: the mean gap between confidence and accuracy."
                    ),
                )


def _f1(figures: dict[str, Any]) -> list[float]:
    return [figures["classes"][name]["f1"] for name in CATEGORIES]


def _table(metrics: _Metrics) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "Category": title,
                "Model": MODELS[model],
                **{label: figures["classes"][name][key] for key, label in _FIGURES.items()},
                "Test posts": figures["classes"][name]["posts"],
            }
            for name, title in CATEGORIES.items()
            for model, figures in metrics.items()
        ]
    )


def _origin(card: dict[str, Any]) -> None:
    st.subheader("Data and recipe", anchor=False)
    made = ", ".join(f"{name} {value}" for name, value in card["made"].items() if name != "date")
    search = card["metrics"]["search"]
    rows = [
        ("Task", card["task"]),
        ("Data", card["data"]),
        ("Trained on", card["split"]["train"]),
        ("Tested on", card["split"]["test"]),
        ("Encoder", card["encoder"]),
        (
            "Search",
            f"of ten nearest documents, of the same category: {percent(search['meaning'])} by "
            f"meaning, {percent(search['keywords'])} by keywords; {search['queries']:,} test posts",
        ),
        ("Documents on the map", f"{card['indexed']:,}"),
        ("Seed", str(card["seed"])),
        ("Recipe", f"`{card['recipe']} --data DIR`"),
        ("Made", f"{card['made']['date']} with {made}"),
        ("Licence", card["licence"]),
    ]
    head, *others = (f"| **{name}** | {text} |" for name, text in rows)
    st.markdown("\n".join([head, "|---|---|", *others]))
