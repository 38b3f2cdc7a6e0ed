"""Photos that are selected together on the map: shown, corrected and downloaded together."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import streamlit as st

from core.wording import escaped
from pages._transfer import cached
from pages._transfer.exploration import ExplorationView
from pages._transfer.explore_colours import chosen_lane, shows_results, tested
from pages._transfer.state import Lab
from pages._ui import downloads
from pages._ui.circled import Circled
from pages._ui.map_colouring import Colouring
from pages._ui.workspace import LEFT_OUT

_SHOWN = 24
_TILE_PX = 64
_MOST_MB = 256  # of photos in one ZIP file, which is made in memory


def circled(lab: Lab) -> Circled:
    """What is selected together."""
    return Circled(lab, "lab_", "photo")


def circled_photos(exploration: ExplorationView, colouring: Colouring) -> None:
    """The first of those that are selected together, how many of which class, what to do."""
    lab = exploration.lab
    chosen = circled(lab)
    members = chosen.members.tolist()
    if not members:
        return
    with st.container(border=True, gap="small"):
        st.markdown(chosen.counts())
        with st.container(horizontal=True, gap="xsmall"):
            chosen.correct(_seen(lab, colouring))
            _download(exploration, members)
        with st.container(horizontal=True, wrap=False, gap="xsmall"):
            for position in members[:_SHOWN]:
                _tile(lab, position)
        if len(members) > _SHOWN:
            st.caption(f"and {len(members) - _SHOWN:,} more")


def _tile(lab: Lab, position: int) -> None:
    photo, name = lab.original.photos[position], circled(lab).class_now(position)
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


def _download(exploration: ExplorationView, members: list[int]) -> None:
    lab = exploration.lab
    downloads.table("List (CSV)", circled_rows(lab, members), "selected_photos.csv")
    size = sum(len(lab.original.photos[one].data) for one in members)
    kept = [one for one in members if circled(lab).class_now(one) is not LEFT_OUT]
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
            "corrected": [circled(lab).class_now(one) or "" for one in members],
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
