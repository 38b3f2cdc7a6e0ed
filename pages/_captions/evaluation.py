"""The room How good: BLEU by width of the beam and length penalty, as the recipe measured it."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from core.vision.captioning import captioner
from pages._captions import caption_charts
from pages._ui import charts, downloads, provenance

REFERENCE = (0.54, 0.33, 0.19, 0.12)
"""VGG16 and an LSTM, greedy, on Flickr8k, as public reports give it."""


def room() -> None:
    """The figures of the card, one way to choose among them, and where they come from."""
    spec = captioner().spec
    card, metrics = spec.card, spec.card["metrics"]
    rows = metrics["by_beam"]
    st.caption(
        f"Recorded, not measured now: `{card['recipe']}` trained and measured the captioner on "
        f"{card['made']['date']} ({card['made']['processor']})."
    )
    st.markdown(f"##### {finding(metrics)}")
    reached = [metrics[f"bleu_{order}"] for order in range(1, 5)]
    st.plotly_chart(
        caption_charts.bleu_bars(
            {"This captioner, measured": reached, "VGG16 + LSTM, public reports": REFERENCE}
        ),
        config=charts.CONFIG,
        key="bleu_bars",
        alt="; ".join(
            f"BLEU-{i} {measured:.3f}, reported {other:.2f}"
            for i, (measured, other) in enumerate(zip(reached, REFERENCE, strict=True), start=1)
        ),
    )
    st.caption(
        "Green: the validation photos of Flickr8k, five references each, with the beam width "
        "and length penalty that were best on part of the training photos. Grey: published, "
        "not measured here, by people who followed the book's recipe; their splits and "
        "scoring differ a little."
    )
    _by_beam(rows, metrics)
    _what_it_means(metrics)
    downloads.table("Metrics (CSV)", table_of(rows), "bleu.csv")
    with st.expander("Data and recipe"):
        provenance.model_card(spec)


def finding(metrics: dict[str, Any]) -> str:
    """What the width of the beam buys, in a sentence."""
    greedy = next(row for row in metrics["by_beam"] if row["beam"] == 1)["bleu"][3]
    return (
        f"Beam {metrics['beam']} at a length penalty of {metrics['length_penalty']:g} reaches "
        f"BLEU-4 {metrics['bleu_4']:.3f}; greedy decoding {greedy:.3f}"
    )


def _by_beam(rows: list[dict[str, Any]], metrics: dict[str, Any]) -> None:
    st.subheader("By width of the beam and length penalty", anchor=False)
    order = st.segmented_control(
        "Score",
        [1, 2, 3, 4],
        default=4,
        required=True,
        format_func=lambda order: f"BLEU-{order}",
        key="bleu_order",
        bind="query-params",
        label_visibility="collapsed",
    )
    order = order or 4
    wide = [row for row in rows if row["beam"] > 1]
    (greedy,) = (row for row in rows if row["beam"] == 1)
    table = pd.DataFrame(
        {"beam": r["beam"], "penalty": r["length_penalty"], "score": r["bleu"][order - 1]}
        for r in wide
    ).pivot(index="beam", columns="penalty", values="score")
    st.plotly_chart(
        caption_charts.score_map(
            [str(beam) for beam in table.index],
            [f"{penalty:g}" for penalty in table.columns],
            table.to_numpy(),
        ),
        config=charts.CONFIG,
        key="bleu_map",
        alt=f"BLEU-{order} by width of the beam and length penalty",
    )
    st.caption(
        f"Greedy decoding, which no penalty changes: {greedy['bleu'][order - 1]:.3f} with "
        f"{greedy['words']:.1f} words per caption. Chosen on part of the training photos: beam "
        f"{metrics['beam']}, penalty {metrics['length_penalty']:g}. The other cells were "
        "measured on the validation photos for information only."
    )
    lengths = pd.DataFrame(
        {"Beam": r["beam"], "Penalty": r["length_penalty"], "Words": r["words"]} for r in wide
    ).pivot(index="Beam", columns="Penalty", values="Words")
    words = lengths.to_numpy()
    widest, most = int(lengths.index[-1]), float(lengths.columns[-1])
    st.markdown(
        f"With a penalty of 0 a wide beam prefers short captions: {words[-1, 0]:.1f} words "
        f"at width {widest}, against {words[-1, -1]:.1f} at a penalty of "
        f"{most:g}. All captions have {words.min():.1f} to {words.max():.1f} words on average."
    )


def _what_it_means(metrics: dict[str, Any]) -> None:
    names = {"cider": "CIDEr-D", "meteor": "METEOR"}
    others = [f"{name} {metrics[key]:.3f}" for key, name in names.items() if key in metrics]
    others_text = f" By the standard tool: {', '.join(others)}." if others else ""
    st.markdown(
        "BLEU-1 is the share of a caption's words that occur in a reference, BLEU-4 counts "
        "sequences of up to four words; both penalise captions that are too short. They "
        "measure whether a caption sounds like what people wrote, not whether it is true: “a "
        f"dog runs through the grass” scores well on many photos.{others_text}"
    )


def table_of(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """A row for each width and penalty."""
    return pd.DataFrame(
        {
            "beam": row["beam"],
            "length_penalty": row["length_penalty"],
            **{f"bleu_{i}": score for i, score in enumerate(row["bleu"], start=1)},
            "words": row["words"],
        }
        for row in rows
    )
