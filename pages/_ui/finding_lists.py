"""Lists of examples that something was found about: labels, pairs, odd ones, quality."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial

import pandas as pd
import streamlit as st

from core.learning.findings.quality import QualityFinding
from core.wording import counted, escaped
from pages._ui import corrections, downloads, evaluation_panel, finding_evidence
from pages._ui.findings import FEW, LATER, STEP, Findings, cards, shown, unjudged
from pages._ui.numbers import percent
from pages._ui.workspace import LEFT_OUT


def labels(findings: Findings) -> None:
    """Labels that look wrong, the likeliest first."""
    review, work = findings.review, findings.work
    if review is None or review.labels is None:
        st.caption(LATER)
        return
    if review.is_unjudged:
        st.caption(unjudged(findings.noun))
        return
    positions = list(findings.suggestions)
    if not positions:
        st.caption(f"No label of {counted(len(work.original.members), findings.noun)} looks wrong.")
        return
    many = counted(len(positions), findings.noun)
    these, them = ("these", "them") if len(positions) > 1 else ("this", "it")
    st.markdown(
        f"A classifier that had not learned from {these} **{many}** "
        f"sees another class in {them}. The likeliest to be wrong come first: look, then correct."
    )
    _evidence(finding_evidence.of_labels())
    listed = shown(findings, positions, "labels")
    left = [position for position in listed if position not in work.corrections]
    with st.container(horizontal=True):
        if left:
            st.button(
                f"Accept {counted(len(left), 'suggestion')} below",
                icon=":material/done_all:",
                key=f"{findings.prefix}accept",
                on_click=_accept,
                args=(findings, left),
            )
        downloads.table("Suspicious labels (CSV)", label_rows(findings), "labels.csv")
    quality = {one.position: one.quality for one in review.labels.findings}
    near = {one.position: one.neighbour_labels for one in review.labels.findings}

    def about(position: int) -> str:
        suggested = findings.suggestions[position]
        place = work.original.classes.index(suggested)
        among = sum(label == place for label in near[position])
        return (
            f"labelled **{escaped(findings.named(position))}**, looks like "
            f"**{escaped(suggested)}**  \n:small[label quality {quality[position]:.2f}; "
            f"{among} of {len(near[position])} nearest are {escaped(suggested)}]"
        )

    cards(findings, listed, "labels", about)
    evaluation_panel.more_button(positions, f"{findings.prefix}labels", STEP, 2 * STEP)


def label_rows(findings: Findings) -> pd.DataFrame:
    """Columns name, label, suggested, quality, now (after corrections)."""
    review, members = findings.review, findings.work.original.members
    labels = () if review is None or review.labels is None else review.labels.findings
    return pd.DataFrame(
        [
            {
                findings.noun: members[one.position].name,
                "label": findings.named(one.position),
                "suggested": findings.suggestions[one.position],
                "quality": one.quality,
                "now": corrections.note(findings.work, one.position),
            }
            for one in labels
        ],
        columns=[findings.noun, "label", "suggested", "quality", "now"],
    )


def _accept(findings: Findings, positions: Sequence[int]) -> None:
    for position in positions:
        corrections.correct_original(findings.work, position, findings.suggestions[position])


def pairs(findings: Findings) -> None:
    """Examples that are nearly the same, side by side."""
    pairs, work = findings.pairs, findings.work
    if pairs is None:
        st.caption(LATER)
        return
    if not pairs:
        st.caption(f"None among {counted(len(work.original.members), findings.noun)}.")
        return
    mixed = sum(findings.named(pair.first) != findings.named(pair.second) for pair in pairs)
    st.markdown(
        f"**{counted(len(pairs), 'pair')}** of {findings.noun}s that are nearly the same; "
        f"**{mixed:,}** across classes, where one of the two labels may be wrong. Where one is "
        "learned from and the other tested, the accuracy is too high."
    )
    key = f"{findings.prefix}pairs"
    with st.container(horizontal=True):
        twice = {pair.second for pair in pairs} - work.corrections.keys()
        if twice:
            st.button(
                f"Exclude the second of each, {counted(len(twice), findings.noun)}",
                icon=":material/content_cut:",
                key=f"{key}_out",
                on_click=corrections.correct_all,
                args=(work, sorted(twice), LEFT_OUT),
            )
        downloads.table("Near duplicates (CSV)", pair_rows(findings), "near_duplicates.csv")
    for place in evaluation_panel.first_rows(range(len(pairs)), key, FEW):
        pair = pairs[place]
        with st.container(border=True):
            st.badge(f"similarity {pair.similarity:.2f}, overlap {pair.overlap:.2f}", color="gray")
            ends = (pair.first, pair.second)
            cards(findings, ends, f"pair_{pair.first}_{pair.second}", partial(_of_class, findings))
    evaluation_panel.more_button(range(len(pairs)), key, FEW, STEP)


def _of_class(findings: Findings, position: int) -> str:
    name = findings.work.original.members[position].name
    return f"**{escaped(findings.named(position))}**  \n:small[{escaped(name)}]"


def pair_rows(findings: Findings) -> pd.DataFrame:
    """Columns first, second, class of each, similarity, overlap."""
    members = findings.work.original.members
    return pd.DataFrame(
        [
            {
                "first": members[pair.first].name,
                "class_first": findings.named(pair.first),
                "second": members[pair.second].name,
                "class_second": findings.named(pair.second),
                "similarity": pair.similarity,
                "overlap": pair.overlap,
            }
            for pair in findings.pairs or ()
        ]
    )


def odd_ones(findings: Findings) -> None:
    """Examples that are unlike others of their class."""
    review = findings.review
    if review is None or review.outliers is None:
        st.caption(LATER)
        return
    if not findings.odd:
        st.caption("None.")
        return
    st.markdown(
        f"The {findings.noun}s that are least like others of their class, the oddest first; "
        "there are such in every data set, also where nothing is wrong."
    )
    _evidence(finding_evidence.of_outliers())
    known = {one.position: one for one in review.outliers.findings}

    def about(position: int) -> str:
        nearest = Counter(findings.named(other) for other in known[position].neighbours)
        name, count = nearest.most_common(1)[0] if nearest else ("", 0)
        among = sum(nearest.values())
        share = percent(known[position].p_value, 1)
        return (
            f"**{escaped(findings.named(position))}**  \n:small[as odd as {share} of all; "
            f"{count} of {among} nearest are {escaped(name)}]"
        )

    cards(findings, shown(findings, findings.odd, "odd"), "odd", about)
    evaluation_panel.more_button(findings.odd, f"{findings.prefix}odd", STEP, 2 * STEP)


def quality(findings: Findings) -> None:
    """Examples that are no good whatever their labels, by what is wrong with them."""
    if findings.quality is None:
        st.caption(LATER)
        return
    if not findings.quality:
        st.caption(f"Nothing is wrong with any {findings.noun}.")
        return
    by_issue: dict[str, list[QualityFinding]] = {}
    for one in findings.quality:
        by_issue.setdefault(one.issue, []).append(one)
    downloads.table("Quality (CSV)", quality_rows(findings), "quality.csv")
    for issue, found in by_issue.items():
        key = f"quality_{issue}"
        details = {one.position: one.detail for one in found}
        left = [position for position in details if position not in findings.work.corrections]
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{issue.capitalize()}**: {counted(len(found), findings.noun)}")
            if left:
                st.button(
                    "Exclude all of these",
                    key=f"{findings.prefix}{key}_out",
                    on_click=corrections.correct_all,
                    args=(findings.work, left, LEFT_OUT),
                )
        cards(
            findings,
            shown(findings, list(details), key),
            key,
            partial(_poor, findings, details),
        )
        evaluation_panel.more_button(list(details), f"{findings.prefix}{key}", STEP, 2 * STEP)


def _poor(findings: Findings, details: Mapping[int, str], position: int) -> str:
    return f"**{escaped(findings.named(position))}**  \n:small[{escaped(details[position])}]"


def quality_rows(findings: Findings) -> pd.DataFrame:
    """Columns name, label, issue, value, detail, now (after corrections)."""
    members = findings.work.original.members
    return pd.DataFrame(
        [
            {
                findings.noun: members[one.position].name,
                "label": findings.named(one.position),
                "issue": one.issue,
                "value": one.value,
                "detail": one.detail,
                "now": corrections.note(findings.work, one.position),
            }
            for one in findings.quality or ()
        ]
    )


def _evidence(said: str) -> None:
    """How right such findings were where faults had been planted, if that was measured."""
    if said:
        st.caption(said)
