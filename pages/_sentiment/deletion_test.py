"""The test of an explanation: delete what it says matters, and see the verdict move."""

from __future__ import annotations

import streamlit as st

from core import zoo
from core.text.sentiment import Explanation
from core.text.sentiment.figures import model_figures
from pages._sentiment import cached, text_charts
from pages._sentiment.choices import METHODS
from pages._ui import charts


def test(review: str, explanation: Explanation) -> None:
    """The curves of this text, and what the recipe found over many."""
    if len(explanation.sentences) < 2:
        st.info("A text with one sentence has no order of deletion.", icon=":material/info:")
        return
    result = cached.deletion_test(review, explanation.method, explanation.model)
    st.markdown(f"##### {_finding(result.area)}")
    st.plotly_chart(
        text_charts.deletion_curves(result.by_saliency, result.at_random),
        config=charts.CONFIG,
        key="deletion_curves",
        alt=f"Probability of the verdict as sentences are deleted; area {result.area:+.3f}",
    )
    st.caption(
        "The probability of the original verdict as sentences are deleted, the most "
        f"influential first ({METHODS[explanation.method].title}), and as the mean of ten "
        "random orders. With a good explanation it falls faster: the area between the curves "
        "measures that."
    )
    _over_many(explanation)


def _over_many(explanation: Explanation) -> None:
    figures = model_figures().get(explanation.model)
    st.markdown("##### Each method over many reviews")
    if figures is None:
        st.caption(f"{zoo.network(explanation.model).title} was not measured yet.")
        return
    areas = {method: figures.deletion_area[method] for method in METHODS}
    st.plotly_chart(
        text_charts.area_bars(
            [METHODS[method].title for method in areas],
            list(areas.values()),
            highlight=METHODS[explanation.method].title,
        ),
        config=charts.CONFIG,
        key="deletion_areas",
        alt=", ".join(f"{METHODS[name].title}: {area:+.3f}" for name, area in areas.items()),
    )
    st.caption(
        f"Mean area over {figures.explained:,} official test reviews with {figures.title}, as the "
        f"recipe measured it on {figures.made['date']}. Above 0 is better than chance."
    )


def _finding(area: float) -> str:
    if area > 0.005:
        return f"Better than chance: {area:+.3f} between the curves"
    if area < -0.005:
        return f"No better than chance here: {area:+.3f} between the curves"
    return "No different from chance here"
