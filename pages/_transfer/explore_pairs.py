"""Near duplicates: side by side, with what is wrong with them, and a way to leave one out."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from core.vision.duplicates import DuplicatePair, crossing
from core.wording import counted, escaped
from pages._transfer.exploration import PART_NAMES, TRAINING, ExplorationView
from pages._ui import cached_photos, downloads, links, widgets
from pages._ui.fragments import fragment
from pages._ui.numbers import percent
from pages._ui.workspace import LEFT_OUT

_PAGE = 6
_MANY = 0.5  # pairs for each photo
_ALIKE = "So many pairs suggest that pictures of this kind are similar, not that they are copies."
_SIDE_PX = 240


@fragment
def near_duplicates(exploration: ExplorationView) -> None:
    """The pairs, those that matter first."""
    st.subheader("Near duplicates", anchor=False)
    pairs = exploration.step.duplicates
    network = widgets.title_of(exploration.step.backbone)
    if not pairs:
        st.caption(
            f"None among {counted(len(exploration.names), 'photo')}, by {network}. {_METHOD}"
        )
        return
    leaking = crossing(pairs, exploration.parts)
    mixed = crossing(pairs, exploration.dataset.labels)
    ordered = list(dict.fromkeys((*leaking, *mixed, *pairs)))
    st.markdown(_sentence(exploration, len(pairs), len(leaking), len(mixed)))
    with st.container(horizontal=True):
        downloads.table(
            "Near duplicates (CSV)", pair_rows(exploration, ordered), "near_duplicates.csv"
        )
        if leaking and st.button(
            f"Exclude one of each of {counted(len(leaking), 'pair')}",
            icon=":material/content_cut:",
            help="The training photo of each pair across training and test.",
            key="lab_leave_out_leaking",
        ):
            _leave_out(exploration, [_learnt(exploration, pair) for pair in leaking])
    number = 1
    if len(ordered) > _PAGE:
        pages = -(-len(ordered) // _PAGE)
        links.keep_among("lab_pairs", range(1, pages + 1))
        number = st.pagination(pages, key="lab_pairs", bind="query-params")
    with st.grid("auto", min_column_width=260, gap="small"):
        for pair in ordered[(number - 1) * _PAGE : number * _PAGE]:
            with st.container(border=True):
                _pair(exploration, pair, pair in leaking, pair in mixed)
    st.caption(f"Similarity is the cosine of the features in {network}, computed here. {_METHOD}")


_METHOD = (
    "A pair is two photos with similar features or thumbnails whose edges match when "
    "aligned, mirrored or not, whole or cropped by up to 15%. Small or plain pictures can "
    "match without being copies: check before you exclude one."
)


def _sentence(exploration: ExplorationView, pairs: int, leaking: int, mixed: int) -> str:
    parts = [f"**{counted(pairs, 'pair')}**"]
    if (exploration.parts >= 0).any():
        settings = exploration.settings
        share = f"seed {settings.seed}, {percent(settings.test_share, 0)} test"
        parts.append(
            f"**{leaking:,}** with one photo in training and one in test ({share}), which "
            "inflates the accuracy"
        )
    if mixed:
        parts.append(f"**{mixed:,}** across classes, where one of the two labels may be wrong")
    else:
        parts.append("none across classes")
    many = pairs > _MANY * len(exploration.names)
    return "; ".join(parts) + "." + (" " + _ALIKE if many else "")


def _pair(exploration: ExplorationView, pair: DuplicatePair, leaks: bool, mixed: bool) -> None:
    with st.container(horizontal=True, gap="xsmall"):
        st.badge(f"similarity {pair.similarity:.2f}", color="gray")
        if leaks:
            st.badge("training and test", icon=":material/warning:", color="red")
        if mixed:
            st.badge("across classes", icon=":material/warning:", color="orange")
    key = f"lab_out_{exploration.origin[pair.first]}_{exploration.origin[pair.second]}"
    sides = zip(st.columns(2, wrap=False), ("first", "second"), strict=True)
    for column, end in sides:
        with column:
            position = getattr(pair, end)
            name = exploration.names[position]
            st.image(
                cached_photos.thumbnail(exploration.dataset.photos[position].data, _SIDE_PX),
                width="stretch",
                alt=f"{name}, of {exploration.class_of(position)}",
            )
            part = PART_NAMES[int(exploration.parts[position])]
            st.caption(f"**{escaped(exploration.class_of(position))}** {part}  \n{escaped(name)}")
            if st.button("Exclude", key=f"{key}_{end}", type="tertiary"):
                _leave_out(exploration, [position])


def _learnt(exploration: ExplorationView, pair: DuplicatePair) -> int:
    """Of a pair in training and test, the photo in training."""
    return pair.first if exploration.parts[pair.first] == TRAINING else pair.second


def _leave_out(exploration: ExplorationView, positions: Sequence[int]) -> None:
    given = exploration.origin[list(positions)].tolist()
    exploration.lab.corrections.update(dict.fromkeys(given, LEFT_OUT))
    st.rerun()


def pair_rows(exploration: ExplorationView, pairs: Sequence[DuplicatePair]) -> pd.DataFrame:
    """Columns first, second, class and part of each, similarity, overlap."""

    def ends(pair: DuplicatePair) -> dict:
        return {
            f"{what}{end}": value
            for end, position in (("first", pair.first), ("second", pair.second))
            for what, value in (
                ("", exploration.names[position]),
                ("class_", exploration.class_of(position)),
                ("part_", PART_NAMES[int(exploration.parts[position])]),
            )
        }

    return pd.DataFrame(
        [{**ends(pair), "similarity": pair.similarity, "overlap": pair.overlap} for pair in pairs]
    )
