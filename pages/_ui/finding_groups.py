"""Classes that are confused, and groups that are predicted worse than the rest."""

from __future__ import annotations

from collections import Counter

import pandas as pd
import streamlit as st

from core.learning.findings.groups import ConfusedClasses, WeakGroup
from core.wording import counted, escaped
from pages._ui import evaluation_panel
from pages._ui.findings import FEW, LATER, STEP, Findings, cards, shown, unjudged
from pages._ui.numbers import percent


def confused(findings: Findings) -> None:
    """Pairs of classes, and the examples of one that are confused."""
    if findings.review is None or findings.review.confused is None:
        st.caption(LATER)
        return
    if findings.review.is_unjudged:
        st.caption(unjudged(findings.noun))
        return
    pairs = findings.review.confused
    if not pairs:
        st.caption("No class is confused with another one.")
        return
    classes = findings.work.original.classes
    st.markdown(
        "How often classifiers take one class of a pair for the other, on examples that they had "
        "not learned from; below it, the 95% confidence interval."
    )
    names = [f"{classes[pair.first]} and {classes[pair.second]}" for pair in pairs]
    rows = pd.DataFrame(
        {
            "Classes": names,
            "Confused": [pair.share for pair in pairs],
            "From": [pair.interval[0] for pair in pairs],
            "To": [pair.interval[1] for pair in pairs],
            f"{findings.noun.capitalize()}s": [pair.total for pair in pairs],
            "Told apart": [pair.are_told_apart for pair in pairs],
        }
    )
    share = st.column_config.NumberColumn(format="percent")
    st.dataframe(
        rows,
        hide_index=True,
        column_config={
            **dict.fromkeys(("Confused", "From", "To"), share),
            "Told apart": st.column_config.CheckboxColumn(
                help="Better than by always naming the more frequent of the two (p < 0.05)."
            ),
        },
        alt="Pairs of classes, and how often one is predicted as the other",
    )
    place = st.selectbox(
        "Pair",
        range(len(pairs)),
        format_func=names.__getitem__,
        key=f"{findings.prefix}pair",
        width=380,
    )
    _pair(findings, pairs[place or 0])


def _pair(findings: Findings, pair: ConfusedClasses) -> None:
    predictions = None if findings.review is None else findings.review.predictions
    classes = findings.work.original.classes
    key = f"pair_{pair.first}_{pair.second}"

    def about(position: int) -> str:
        taken = "" if predictions is None else classes[int(predictions[position])]
        return f"labelled **{escaped(findings.named(position))}**, predicted **{escaped(taken)}**"

    positions = pair.positions.tolist()
    cards(findings, shown(findings, positions, key), key, about)
    evaluation_panel.more_button(positions, f"{findings.prefix}{key}", STEP, 2 * STEP)


def weak(findings: Findings) -> None:
    """Groups of like examples, each with some of them."""
    if findings.review is None or findings.review.weak is None:
        st.caption(LATER)
        return
    if findings.review.is_unjudged:
        st.caption(unjudged(findings.noun))
        return
    groups = findings.review.weak
    if not groups:
        st.caption(
            f"No group of like {findings.noun}s is predicted significantly worse than the others."
        )
        return
    st.markdown(
        f"Groups of like {findings.noun}s in which classifiers that had not learned from them are "
        "wrong more often than elsewhere: more examples of this kind help most."
    )
    for number, group in enumerate(groups, 1):
        with st.container(border=True):
            _group(findings, group, number)


def _group(findings: Findings, group: WeakGroup, number: int) -> None:
    counts = Counter(findings.named(position) for position in group.positions.tolist())
    of = ", ".join(f"{escaped(name)} {count}" for name, count in counts.most_common(3))
    low, high = group.interval
    st.markdown(
        f"**Group {number}**: {percent(group.accuracy)} correct ({percent(low)} to "
        f"{percent(high)}), elsewhere {percent(group.accuracy_elsewhere)}  \n"
        f":small[{counted(len(group.positions), findings.noun)}: {of}; p = {group.p_value:.2g}]"
    )
    predictions = None if findings.review is None else findings.review.predictions
    classes = findings.work.original.classes

    def about(position: int) -> str:
        taken = "" if predictions is None else classes[int(predictions[position])]
        return f"**{escaped(findings.named(position))}**  \n:small[predicted {escaped(taken)}]"

    key = f"weak_{number}"
    positions: list[int] = group.positions.tolist()
    shown = list(evaluation_panel.first_rows(positions, f"{findings.prefix}{key}", FEW))
    cards(findings, shown, key, about)
    evaluation_panel.more_button(positions, f"{findings.prefix}{key}", FEW, STEP)
