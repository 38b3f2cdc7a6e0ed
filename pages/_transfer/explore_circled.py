"""Photos that are selected together on the map: shown, corrected and downloaded together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import numpy as np
import pandas as pd
import streamlit as st

from core.wording import counted, escaped
from pages._transfer import cached
from pages._transfer.exploration import ExplorationView
from pages._transfer.explore_colours import chosen_lane, shows_results, tested
from pages._transfer.map_colouring import Colouring
from pages._transfer.state import Lab
from pages._ui import corrections, downloads
from pages._ui.workspace import LEFT_OUT

_CIRCLED, _OF = "lab_circled", "lab_circled_of"
_MOVE = "lab_circled_move"
_SHOWN = 24
_TILE_PX = 64
_CLASSES = 8
_MOST_MB = 256  # of photos in one ZIP file, which is made in memory


def circled(lab: Lab) -> np.ndarray:
    """(n,) int64, positions in `lab.original` of what is selected together, ascending."""
    if st.session_state.get(_OF) is not lab:
        circle(lab, [])
    return np.asarray(st.session_state[_CIRCLED], np.int64)


def circle(lab: Lab, positions: list[int]) -> None:
    """Select photos together, in place of others; a callback."""
    most = len(lab.original.photos)
    st.session_state[_CIRCLED] = tuple(one for one in positions if 0 <= one < most)
    st.session_state[_OF] = lab


def circled_photos(exploration: ExplorationView, colouring: Colouring) -> None:
    """The first of those that are selected together, how many of which class, what to do."""
    lab = exploration.lab
    members = circled(lab).tolist()
    if not members:
        return
    with st.container(border=True, gap="small"):
        st.markdown(_counts(lab, members))
        with st.container(horizontal=True, gap="xsmall"):
            _correct(lab, members, _seen(lab, colouring))
            _download(exploration, members)
        with st.container(horizontal=True, wrap=False, gap="xsmall"):
            for position in members[:_SHOWN]:
                _tile(lab, position)
        if len(members) > _SHOWN:
            st.caption(f"and {len(members) - _SHOWN:,} more")


def class_now(lab: Lab, position: int) -> str | None:
    """The class of a photo as it is corrected, `LEFT_OUT` if it is excluded."""
    photo = lab.original.photos[position]
    return lab.corrections.get(position, lab.original.classes[photo.label])


def _counts(lab: Lab, members: list[int]) -> str:
    found = Counter(class_now(lab, one) for one in members)
    named = [
        f"{'excluded' if name is LEFT_OUT else escaped(name)} {count:,}"
        for name, count in found.most_common(_CLASSES)
    ]
    rest = f" · {len(found) - _CLASSES:,} more classes" if len(found) > _CLASSES else ""
    return f"**{counted(len(members), 'photo')} selected**: {' · '.join(named)}{rest}"


def _tile(lab: Lab, position: int) -> None:
    photo, name = lab.original.photos[position], class_now(lab, position)
    with st.container(width=_TILE_PX, gap="xxsmall"):
        st.image(
            cached.square(photo.data, 2 * _TILE_PX),
            width="stretch",
            alt=f"{photo.name}, {'excluded' if name is LEFT_OUT else f'of {name}'}",
        )
        if position in lab.corrections:
            st.caption("excluded" if name is LEFT_OUT else f"**{escaped(name)}**")


def _seen(lab: Lab, colouring: Colouring) -> set[int]:
    """Photos of which somebody sees what a classifier says, before correcting them."""
    lane = chosen_lane(lab)
    if lane is None or not shows_results(colouring):
        return set()
    return set(tested(lab, lane).tolist())


def _correct(lab: Lab, members: list[int], seen: set[int]) -> None:
    st.menu_button(
        "Move to class",
        lab.original.classes,
        icon=":material/drive_file_move:",
        key=_MOVE,
        on_click=_move,
        args=(lab, members, seen),
    )
    kept = [one for one in members if class_now(lab, one) is not LEFT_OUT]
    st.button(
        f"Exclude {counted(len(kept), 'photo')}" if kept else "Exclude",
        icon=":material/block:",
        key="lab_circled_exclude",
        disabled=not kept,
        on_click=corrections.correct_all,
        args=(lab, members, LEFT_OUT, seen),
    )
    if noted := [one for one in members if one in lab.corrections]:
        st.button(
            f"Undo {counted(len(noted), 'correction')}",
            icon=":material/undo:",
            key="lab_circled_undo",
            on_click=_undo,
            args=(lab, noted),
        )


def _move(lab: Lab, members: list[int], seen: set[int]) -> None:
    name = st.session_state[_MOVE]
    if name is not None:
        corrections.correct_all(lab, members, name, seen)


def _undo(lab: Lab, noted: list[int]) -> None:
    for position in noted:
        corrections.take_back(lab, position)


def _download(exploration: ExplorationView, members: list[int]) -> None:
    lab = exploration.lab
    downloads.table("List (CSV)", circled_rows(lab, members), "selected_photos.csv")
    size = sum(len(lab.original.photos[one].data) for one in members)
    kept = [one for one in members if class_now(lab, one) is not LEFT_OUT]
    is_too_large = size > _MOST_MB << 20
    downloads.zip_file(
        "Photos (ZIP)",
        _archive(lab, kept),
        "selected_photos.zip",
        disabled=is_too_large or not kept,
        help=f"More than {_MOST_MB} MiB: select fewer photos."
        if is_too_large
        else "The originals, in folders by class; without those that are excluded.",
    )


def _archive(lab: Lab, kept: list[int]) -> Callable[[], bytes]:
    def make() -> bytes:
        corrected = lab.corrected()
        places = np.searchsorted(corrected.origin, kept)
        return corrected.dataset.at(places).to_zip()

    return make


def circled_rows(lab: Lab, members: list[int]) -> pd.DataFrame:
    """Columns photo, class as it came, corrected (empty if excluded), width, height, and of test
    photos prediction and confidence if something is trained."""
    photos = [lab.original.photos[one] for one in members]
    rows = pd.DataFrame(
        {
            "photo": [photo.name for photo in photos],
            "class": [lab.original.classes[photo.label] for photo in photos],
            "corrected": [class_now(lab, one) or "" for one in members],
            "width": [photo.width for photo in photos],
            "height": [photo.height for photo in photos],
        }
    )
    lane = chosen_lane(lab)
    if lane is not None:
        places = {one: place for place, one in enumerate(tested(lab, lane).tolist())}
        evaluation = lane.evaluation
        at = [places.get(one) for one in members]
        rows["prediction"] = [
            "" if place is None else evaluation.classes[evaluation.predictions[place]]
            for place in at
        ]
        rows["confidence"] = [
            np.nan if place is None else float(evaluation.confidences[place]) for place in at
        ]
    return rows
