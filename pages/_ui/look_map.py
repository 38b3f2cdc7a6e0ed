"""The map of a first look at texts or sounds, with what is selected on it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import streamlit as st

from core.learning.embedding_map import map_2d, neighbours
from core.wording import counted, escaped
from pages._ui import corrections, downloads, widgets
from pages._ui.circled import Circled
from pages._ui.embedding_map import Tip, embedding_map
from pages._ui.findings import Findings
from pages._ui.fragments import fragment
from pages._ui.map_colouring import Colouring, by_category
from pages._ui.workspace import LEFT_OUT

_NEIGHBOURS = 5
_SHOWN = 12
_EXPLAINED = {
    "t-SNE": "t-SNE (seed 0) preserves neighbourhoods: neighbours are similar, but large distances "
    "and the sizes of groups mean little.",
    "PCA": "PCA preserves large distances, along the two directions in which they differ most.",
}


@fragment
def look_map(
    findings: Findings,
    vectors: np.ndarray,
    positions: np.ndarray | None,
    texts: Sequence[str] | None,
) -> None:
    """Examples where they lie, beside one of them and what is like it.

    Parameters
    ----------
    vectors : (N, D) float32
    positions : (N, 2) float32 by t-SNE; None if that is not known yet.
    texts : what hovering shows of each; None for their names.
    """
    work, prefix = findings.work, findings.prefix
    names = [member.name for member in work.original.members]
    circled = Circled(work, prefix, findings.noun)
    if tuple(work.corrections.items()) != st.session_state.setdefault(
        f"{prefix}noted", tuple(work.corrections.items())
    ):
        st.session_state[f"{prefix}noted"] = tuple(work.corrections.items())
        st.rerun()  # the rest of the page has to know
    drawn, beside = st.columns([2.2, 1], gap="medium")
    with beside:
        chosen = _chosen(findings, names)
        near = _one(findings, vectors, chosen, names)
    with drawn:
        with st.container(horizontal=True, gap="medium"):
            chosen_way = widgets.choice("Map of the features", list(_EXPLAINED), key=f"{prefix}map")
            colouring = _colouring(findings)
        if chosen_way == "t-SNE" and positions is not None:
            shown, places = "t-SNE", positions
        else:
            shown, places = "PCA", map_2d(vectors, "pca")
        embedding_map(
            places,
            colouring=colouring,
            texts=names if texts is None else texts,
            tip=lambda number: Tip(names[number], None),
            selected=chosen,
            near=near,
            circled=circled.members,
            on_click=lambda number: st.session_state.__setitem__(f"{prefix}example", number),
            on_circle=circled.circle,
            key=f"{prefix}canvas",
        )
        _selection(findings, circled, names)
        st.caption(
            f"{counted(len(names), findings.noun)} by their features in {findings.network}, "
            f"computed here. {_EXPLAINED[shown]}"
            f"{'' if shown == chosen_way else ' It is shown until the t-SNE is there.'}"
        )


def _chosen(findings: Findings, names: Sequence[str]) -> int:
    key = f"{findings.prefix}example"
    if not 0 <= st.session_state.get(key, 0) < len(names):
        st.session_state[key] = 0
    chosen: int = st.selectbox(
        findings.noun.capitalize(),
        range(len(names)),
        format_func=names.__getitem__,
        key=key,
        help=f"Or click a {findings.noun} on the map.",
    )
    return chosen


def _one(
    findings: Findings, vectors: np.ndarray, chosen: int, names: Sequence[str]
) -> Sequence[int]:
    """One example, and those that are most like it."""
    work, own = findings.work, findings.named(chosen)
    with st.container(border=True, gap="xsmall"):
        findings.draw(chosen)
        st.markdown(f"**{escaped(own)}**")
        corrections.badge_of_original(work, chosen)
        corrections.menu_of_original(
            work,
            chosen,
            f"{findings.prefix}correct",
            findings.noun,
            findings.suggestions.get(chosen),
        )
    near, cosines = neighbours(vectors, chosen, _NEIGHBOURS)
    if not near.size:
        return []
    same = sum(findings.named(other) == own for other in near.tolist())
    st.markdown(f"**Most similar**: {same} of {near.size} are also {escaped(own)}")
    for other, cosine in zip(near.tolist(), cosines, strict=True):
        name = findings.named(other)
        of = escaped(name) if name == own else f"**{escaped(name)}**"
        st.caption(f"{cosine:.2f} {of}: {escaped(names[other])}")
    return [int(other) for other in near]


def _colouring(findings: Findings) -> Colouring:
    work = findings.work
    members, classes = work.original.members, work.original.classes
    predictions = None if findings.review is None else findings.review.predictions
    ways = ["Class"]
    if predictions is not None:
        ways.append("Prediction")
    if findings.review is not None:
        ways.append("Finding")
    chosen = widgets.choice("Colour by", ways, key=f"{findings.prefix}colour")
    if chosen == "Finding":
        kinds = findings.kinds
        titles = sorted({*kinds.values()})
        labels = [titles.index(kinds[i]) if i in kinds else -1 for i in range(len(members))]
        colouring = by_category("Finding", np.array(labels, np.int64), titles, "No finding")
    elif chosen == "Prediction" and predictions is not None:
        colouring = by_category("Prediction", predictions, classes)
    else:
        now = [work.corrections.get(i) or findings.named(i) for i in range(len(members))]
        places = {name: place for place, name in enumerate(classes)}
        labels = [places[name] for name in now]
        colouring = by_category("Class", np.array(labels, np.int64), classes)
    excluded = np.zeros(len(members), bool)
    excluded[[i for i, name in work.corrections.items() if name is LEFT_OUT]] = True
    return colouring.with_excluded(excluded)


def _selection(findings: Findings, circled: Circled, names: Sequence[str]) -> None:
    members = circled.members.tolist()
    if not members:
        return
    with st.container(border=True, gap="small"):
        st.markdown(circled.counts())
        with st.container(horizontal=True, gap="xsmall"):
            circled.correct()
            rows = pd.DataFrame(
                {
                    findings.noun: [names[one] for one in members],
                    "class": [findings.named(one) for one in members],
                    "corrected": [circled.class_now(one) or "" for one in members],
                }
            )
            downloads.table("List (CSV)", rows, "selected.csv")
        for one in members[:_SHOWN]:
            st.caption(f"**{escaped(findings.named(one))}** {escaped(names[one])}")
        if len(members) > _SHOWN:
            st.caption(f"and {len(members) - _SHOWN:,} more")
