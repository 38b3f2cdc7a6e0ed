"""Verdicts beside the labels of a table: what labels mean, how many agree, and a review opened."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from core.text.sentiment import Assessment
from core.text.sentiment.scoring import Score, meanings
from core.text.sentiment.sentences import sentences
from pages._sentiment import cached
from pages._ui.numbers import percent
from pages._ui.shaded_text import shaded_text
from pages._ui.verdict import verdict

_MOST_LABELS = 20  # to choose among
_DRAWN = 200  # sentences


def meanings_input(labels: tuple[str, ...], *, key: str) -> dict[str, bool | None]:
    """What each label means; a guess, until a visitor says something else."""
    means = meanings(labels)
    if not 1 < len(means) <= _MOST_LABELS:
        return means if len(means) > 1 else {}
    sides = {True: "Positive", False: "Negative"}
    with st.popover("Meaning of the labels", icon=":material/label:"):
        for side, title in sides.items():
            st.multiselect(
                f"Labels that mean {title.lower()}",
                list(means),
                [label for label, meant in means.items() if meant is side],
                key=f"means_{title.lower()}_{key}",
                bind="query-params",
                persist_state="session",
            )
        st.caption("Reviews with other labels are not scored.")
    liked, disliked = (st.session_state[f"means_{title.lower()}_{key}"] for title in sides.values())
    return {
        label: True if label in liked else False if label in disliked else None for label in means
    }


def scores(score: Score) -> None:
    """Accuracy with its interval, and what is taken for what."""
    left, right = st.columns([1, 2], vertical_alignment="center")
    left.metric(
        "Accuracy",
        percent(score.accuracy),
        f"{percent(score.low)} to {percent(score.high)}",
        delta_color="off",
        delta_arrow="off",
        border=True,
        help=(
            f"{score.right:,} of {score.total:,} labelled reviews; undecided reviews count as "
            "wrong. Below it, the 95% confidence interval (Wilson) for the accuracy on such "
            "reviews."
        ),
    )
    right.dataframe(
        pd.DataFrame(
            {
                "Label": ["Negative", "Positive"],
                **{
                    name: score.counts[:, column]
                    for column, name in enumerate(("Negative", "Positive", "Undecided"))
                },
            }
        ),
        hide_index=True,
        column_config={
            name: st.column_config.NumberColumn(width="small", help=f"Verdict: {name.lower()}")
            for name in ("Negative", "Positive", "Undecided")
        },
        alt="Confusion matrix: labels in rows, verdicts in columns",
    )
    right.caption("Labels in rows, verdicts in columns.")


def opened(text: str, assessment: Assessment, label: str | None) -> None:
    """One review of the table: the verdict, its label, and what each sentence says."""
    with st.container(border=True):
        verdict(assessment.probability, key="opened_verdict", undecided=assessment.undecided)
        if label:
            st.caption(f"Labelled: {label}")
        if assessment.undecided or not sentences(text):
            st.text(text)
            return
        explanation = cached.explain(text, method="gradient_input", model=assessment.model)
        shaded_text(
            explanation.text[: explanation.places[:_DRAWN][-1][1]],
            explanation.places[:_DRAWN],
            explanation.saliency[:_DRAWN],
            signed=True,
            key="opened_sentences",
        )
