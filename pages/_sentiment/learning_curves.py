"""The room What transfer buys: the race of encoders that the recipe has run."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from core import zoo
from core.text.sentiment.figures import LearningCurve, ModelFigures, model_figures
from core.wording import counted
from pages._sentiment import cached
from pages._ui import charts, downloads, provenance
from pages._ui.learning_curves import learning_curves
from pages._ui.numbers import percent
from pages._ui.text_input import leave_text_out_of_link

_COLUMNS = {
    "Accuracy": st.column_config.NumberColumn(format="percent"),
    "AUC": st.column_config.NumberColumn(format="%.4f", help="Area under the ROC curve."),
    "Calibration error": st.column_config.NumberColumn(
        format="%.3f",
        help="Expected calibration error: the mean gap between confidence and accuracy.",
    ),
    "Reviews/s": st.column_config.NumberColumn(format="%,.0f"),
    "Parameters": st.column_config.NumberColumn(
        format="localized", help="Of the classifier, without the encoder."
    ),
    "MiB": st.column_config.NumberColumn("MiB", format="%.1f", help="Without the encoder."),
}


def room() -> None:
    """Curves, a table, the cards."""
    leave_text_out_of_link()
    curves = cached.learning_curves()
    figures = list(model_figures().values())
    if not curves or not figures:
        st.info(
            "There are no models yet: `python -m core.recipes.sentiment --data DIR` trains them.",
            icon=":material/model_training:",
        )
        return
    st.caption(
        f"Recorded, not run now: `python -m core.recipes.sentiment --data DIR` trained every "
        "model on the first 1%, 5%, 25% and 100% of the official training reviews of the "
        "Large Movie Review Dataset (Maas et al., 2011) in one random order, and tested it on "
        f"{curves[0].tested:,} official test reviews.{_partial(curves)} Made on {_dates(curves)} "
        f"on {curves[0].made['processor']}. The reviews do not come with the app."
    )
    st.markdown(f"##### {finding(curves)}")
    st.plotly_chart(
        learning_curves(
            [
                (curve.title, [(p.reviews, p.accuracy, p.low, p.high) for p in curve.points])
                for curve in curves
            ],
            of="training reviews",
            each="training reviews",
            tested="test reviews",
        ),
        config=charts.CONFIG,
        key="review_curves",
        alt="Test accuracy against training reviews, a curve for each model",
    )
    st.caption("Bars are Wilson's intervals at 95%.")
    table = _table(figures)
    st.dataframe(table, hide_index=True, column_config=_COLUMNS, alt="The models and their metrics")
    st.caption(
        f"Measured by the recipe on {figures[0].tested:,} official test reviews and on "
        f"{figures[0].made['processor']}; nothing is measured now. Every model is most "
        "accurate on English reviews; the multilingual encoder handles other languages by "
        "transfer."
    )
    with st.container(horizontal=True):
        downloads.table("Models (CSV)", table, "models.csv")
        downloads.table("Learning curves (CSV)", _points(curves), "learning_curves.csv")
    _cards(figures)


def finding(curves: tuple[LearningCurve, ...]) -> str:
    """Which model is right most often where reviews are few, and where they are many."""
    few, many = (max(curves, key=lambda curve: curve.points[end].accuracy) for end in (0, -1))
    least, most = few.points[0], many.points[-1]
    return (
        f"With {counted(least.reviews, 'training review')}, “{few.title}” has the highest "
        "accuracy, "
        f"{percent(least.accuracy)}; with {most.reviews:,}, “{many.title}”, "
        f"{percent(most.accuracy)}."
    )


def _partial(curves: tuple[LearningCurve, ...]) -> str:
    """Which models did not learn from all reviews, if any."""
    most = max(curve.points[-1].reviews for curve in curves)
    return "".join(
        f" “{curve.title}” learned from {curve.points[-1].reviews:,} at most."
        for curve in curves
        if curve.points[-1].reviews < most
    )


def _dates(curves: tuple[LearningCurve, ...]) -> str:
    return " and ".join(sorted({curve.made["date"] for curve in curves}))


def _table(figures: list[ModelFigures]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "Model": model.title,
                "Accuracy": model.accuracy,
                "AUC": model.auc,
                "Calibration error": model.calibration_error,
                "Reviews/s": model.reviews_per_s,
                "Parameters": model.parameters,
                "MiB": model.bytes / 2**20,
                "Vectors from": model.vectors,
                "Licence": model.licence,
            }
            for model in figures
        ]
    )


def _points(curves: tuple[LearningCurve, ...]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "model": curve.title,
                "training_reviews": point.reviews,
                "accuracy": point.accuracy,
                "low_95": point.low,
                "high_95": point.high,
                "test_reviews": curve.tested,
            }
            for curve in curves
            for point in curve.points
        ]
    )


def _cards(figures: list[ModelFigures]) -> None:
    titles = {model.model: model.title for model in figures}
    st.subheader("Model cards", anchor=False)
    name = st.selectbox(
        "Model",
        list(titles),
        format_func=titles.__getitem__,
        key="review_card",
        bind="query-params",
    )
    provenance.model_card(zoo.network(name))
