"""The room How good: figures as the recipe measured them, and what the network cannot know."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from core import zoo
from core.vision.colorization import COLORIZER
from core.wording import counted
from pages._colorize import color_charts
from pages._ui import charts, downloads, provenance
from pages._ui.numbers import percent

_WAYS = {"painted": "Coloured", "grey": "Grey", "mean_color": "The mean colour everywhere"}
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
    with st.expander("Data and recipe"):
        provenance.model_card(spec)


def finding(metrics: dict[str, Any]) -> str:
    """What the figures say, in a sentence."""
    painted, grey = metrics["painted"], metrics["grey"]
    share = painted["chroma"] / painted["true_chroma"]
    return (
        f"On {metrics['photos']:,} test photos: rebalanced AuC {painted['balanced_auc']:.3f} "
        f"against {grey['balanced_auc']:.3f} for grey, and {percent(share, 0)} of the original "
        "colourfulness"
    )


def gain(top1: dict[str, float]) -> str:
    """What colours buy the classifier, in photos."""
    more = round((top1["painted"] - top1["grey"]) * top1["photos"])
    return (
        f"On coloured photos it recognises {counted(abs(more), 'photo')} "
        f"{'more' if more >= 0 else 'fewer'} than on grey ones: it relies on shapes, and the "
        "colours were inferred from the same shapes."
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
                "Share of original chroma": row["chroma"] / row["true_chroma"],
                "Divergence": row["divergence"],
            }
            for row in rows
        ]
    )


def _scores(metrics: dict[str, Any]) -> None:
    table = table_of(metrics)
    st.dataframe(table, column_config=_formats(), hide_index=True, alt="Scores by way to paint")
    st.markdown(
        "- **AuC**: the area under the curve of the share of pixels within each distance of 0 "
        "to 150 of the true colour; **rebalanced**, rare and vivid colours count as much as "
        "common and pale ones (Zhang et al., 2016). Higher is better.\n- **CIEDE2000**: "
        "perceived difference, where 1 is just noticeable. Lower is better.\n- **PSNR** "
        "favours pale colours: it would choose a network that hardly adds any colour.\n- "
        "**Chroma**: mean colourfulness; the original photos have "
        f"{metrics['painted']['true_chroma']:.1f}."
    )
    downloads.table("Metrics (CSV)", table, "colour.csv")


def _top1(metrics: dict[str, Any]) -> None:
    top1 = metrics.get("top1")
    if not top1 or not top1.get("photos"):
        return
    st.subheader("Does a classifier recognise more in coloured photos?", anchor=False)
    shares = {
        "Original photos": top1["true"],
        "Coloured": top1["painted"],
        "Grey": top1["grey"],
    }
    st.plotly_chart(
        color_charts.top1_bars(shares),
        config=charts.CONFIG,
        key="top1_bars",
        alt=", ".join(f"{name}: {percent(share)}" for name, share in shares.items()),
    )
    st.caption(
        f"How often the top prediction of EfficientNet-Lite0 is right on {top1['photos']:,} "
        "photos, one for each of as many ImageNet classes. It was trained on some of them, "
        f"which raises all three figures. {gain(top1)}"
    )


def _tried(card: dict[str, Any]) -> None:
    st.subheader("By temperature", anchor=False)
    st.dataframe(
        tried_of(card["tried"]),
        column_config={
            **_formats(),
            "Divergence": st.column_config.NumberColumn(format="%.3f"),
            "Temperature": st.column_config.NumberColumn(format="%.1f"),
            "Share of original chroma": st.column_config.NumberColumn(format="%.2f"),
        },
        hide_index=True,
        alt="Scores by temperature",
    )
    st.caption(
        "The divergence measures how far EfficientNet-Lite0's predictions are from those on "
        "the original photos, in nats. On separate photos, the recipe chose a temperature of "
        f"{card['temperature']:g}: the best sum of AuC and rebalanced AuC among those that "
        f"keep {percent(card['least_share'], 0)} of the original chroma."
    )


def _cannot_know() -> None:
    st.markdown(
        "**Limits.** The colours of clothes, cars, walls and other objects are guesses: a "
        "grey photo does not contain them. Where many are possible, the network tends to "
        "brown and grey. It was trained on present-day photos of people, pets, flowers and "
        "landscapes. A coloured photo is a plausible picture, not a document; say so where "
        "you show one."
    )


def _formats() -> dict[str, Any]:
    number = st.column_config.NumberColumn
    return {
        title: number(format="%.2f" if score in ("psnr", "chroma", "ciede2000") else "%.3f")
        for score, title in _SCORES.items()
    }
