"""The room How good: figures as the recipe measured them, and what the network cannot know."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from core import zoo
from core.vision.colorization import COLORIZER
from pages._colorize import color_charts
from pages._ui import charts, downloads, provenance

_WAYS = {"painted": "Painted", "grey": "Grey", "mean_color": "The mean colour everywhere"}
_SCORES = {
    "balanced_auc": "AuC, rebalanced",
    "auc": "AuC",
    "ciede2000": "CIEDE2000",
    "psnr": "PSNR, dB",
    "chroma": "Chroma",
}


def room() -> None:
    """The figures of the card, what they mean, and where they come from."""
    spec = zoo.shipped(COLORIZER)
    card, metrics = spec.card, spec.card["metrics"]
    if metrics:
        st.caption(
            f"Recorded, not measured now: `{card['recipe']}` trained and measured the network on "
            f"{card['made']['date']} ({card['made']['processor']})."
        )
        st.markdown(f"##### {finding(metrics)}")
        _scores(metrics)
        _top1(metrics)
    if "tried" in card:
        _tried(card)
    _cannot_know()
    with st.expander("Where the figures come from"):
        provenance.model_card(spec)


def finding(metrics: dict[str, Any]) -> str:
    """What the figures say, in a sentence."""
    painted, grey = metrics["painted"], metrics["grey"]
    share = painted["chroma"] / painted["true_chroma"]
    return (
        f"On {metrics['photos']:,} photos that it has not seen: rebalanced AuC "
        f"{painted['balanced_auc']:.3f} against {grey['balanced_auc']:.3f} of grey, and "
        f"{share:.0%} of the true photos' colourfulness"
    )


def gain(top1: dict[str, float]) -> str:
    """What colours buy the classifier, in photos."""
    more = round((top1["painted"] - top1["grey"]) * top1["photos"])
    noun = "photo" if abs(more) == 1 else "photos"
    return (
        f"Painted, it names {abs(more)} {noun} {'more' if more >= 0 else 'fewer'} than grey: it "
        "reads shapes, and the colours were guessed from what it had seen already."
    )


def table_of(metrics: dict[str, Any]) -> pd.DataFrame:
    """A row for each way to paint."""
    return pd.DataFrame(
        [
            {"Photos": name, **{title: metrics[way][score] for score, title in _SCORES.items()}}
            for way, name in _WAYS.items()
        ]
    )


def tried_of(rows: list[dict[str, float]]) -> pd.DataFrame:
    """A row for each temperature."""
    return pd.DataFrame(
        [
            {
                "Temperature": row["temperature"],
                **{title: row[score] for score, title in _SCORES.items()},
                "Of the true chroma": row["chroma"] / row["true_chroma"],
                "Divergence": row["divergence"],
            }
            for row in rows
        ]
    )


def _scores(metrics: dict[str, Any]) -> None:
    table = table_of(metrics)
    st.dataframe(table, column_config=_formats(), hide_index=True, alt="Scores by way to paint")
    st.markdown(
        "- **AuC**: the area under the curve of how many pixels are within each distance of 0 to "
        "150 of the true colour; **rebalanced**, rare and vivid colours count as much as common "
        "and pale ones (Zhang et al., 2016). Higher is better.\n"
        "- **CIEDE2000**: the difference as an eye sees it, 1 being just noticeable. Lower is "
        "better.\n"
        "- **PSNR** likes pale colours: by it alone, one would choose a network that hardly dares "
        "to colour.\n"
        f"- **Chroma**: how colourful on average; the true photos have "
        f"{metrics['painted']['true_chroma']:.1f}."
    )
    downloads.table("Figures (CSV)", table, "colour.csv")


def _top1(metrics: dict[str, Any]) -> None:
    top1 = metrics.get("top1")
    if not top1 or not top1.get("photos"):
        return
    st.subheader("Does a classifier see more in painted photos?", anchor=False)
    shares = {
        "True photos": top1["true"],
        "Painted": top1["painted"],
        "Grey": top1["grey"],
    }
    st.plotly_chart(
        color_charts.top1_bars(shares),
        config=charts.CONFIG,
        key="top1_bars",
        alt=", ".join(f"{name}: {share:.1%}" for name, share in shares.items()),
    )
    st.caption(
        f"How often EfficientNet-Lite0's first answer is right on {top1['photos']:,} photos, one "
        "for each of so many ImageNet classes. Some of them it was trained on, which flatters all "
        f"three alike. {gain(top1)}"
    )


def _tried(card: dict[str, Any]) -> None:
    st.subheader("By temperature", anchor=False)
    st.dataframe(
        tried_of(card["tried"]),
        column_config={
            **_formats(),
            "Divergence": st.column_config.NumberColumn(format="%.3f"),
            "Temperature": st.column_config.NumberColumn(format="%.1f"),
            "Of the true chroma": st.column_config.NumberColumn(format="%.2f"),
        },
        hide_index=True,
        alt="Scores by temperature",
    )
    st.caption(
        "The divergence is how far EfficientNet-Lite0's answers are from those on the true photos, "
        "in nats. On other photos, kept apart for it, the recipe chose a temperature of "
        f"{card['temperature']:g}: the best AuC and rebalanced AuC together, among those that keep "
        f"{card['least_share']:.0%} of the true chroma."
    )


def _cannot_know() -> None:
    st.markdown(
        "**What it cannot know.** The colours of clothes, cars, walls and painted things are "
        "guesses: a grey photo does not hold them. Where many are possible it tends to brown and "
        "grey, and it has learned from photos of our day, of people, pets, flowers and "
        "landscapes. A painted photo is a plausible picture, not a document; say so where you show "
        "one."
    )


def _formats() -> dict[str, Any]:
    number = st.column_config.NumberColumn
    return {
        title: number(format="%.2f" if score in ("psnr", "chroma", "ciede2000") else "%.3f")
        for score, title in _SCORES.items()
    }
