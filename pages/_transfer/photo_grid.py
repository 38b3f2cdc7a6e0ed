"""Tested photos side by side, each with a closer look and a way to put its label right."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import streamlit as st

from core.wording import escaped
from pages._transfer import cached
from pages._transfer.lanes import title
from pages._transfer.state import Lab, TrainedLane
from pages._ui import charts, corrections, errors, evaluation_panel, pictures
from pages._ui.numbers import percent

_TILE_PX = 320
_STEP = 12
_BARS = 6


def photo_grid(
    lab: Lab, lanes: Sequence[TrainedLane], rows: Sequence[int] | np.ndarray, key: str
) -> None:
    """Photos of the test part, with what one classifier took them for, or each of two.

    Parameters
    ----------
    lanes : of one race.
    rows : places in its test part, `lane.step.split.test`.
    key : tells the grids of a room apart.
    """
    shown = evaluation_panel.first_rows(rows, key, _STEP, slack=1.5)
    with st.grid("auto", min_column_width=170, gap="small"):
        for row in shown:
            with st.container(gap="xsmall"):
                _tile(lab, lanes, int(row), key)
    if len(shown) < len(rows):
        evaluation_panel.more_button(rows, key, _STEP, 2 * _STEP)


def _tile(lab: Lab, lanes: Sequence[TrainedLane], row: int, key: str) -> None:
    position = int(lanes[0].step.split.test[row])
    photo = lab.trained_on.photos[position]
    named = [evaluation_panel.names(lane.evaluation, row) for lane in lanes]
    true = named[0][0]
    st.image(
        cached.square(photo.data, _TILE_PX),
        width="stretch",
        alt=f"{photo.name}, labelled {true}, predicted {' and '.join(p for _, p in named)}",
    )
    lines = [
        f"**{escaped(predicted)}** {percent(float(lane.evaluation.confidences[row]))}"
        for lane, (_, predicted) in zip(lanes, named, strict=True)
    ]
    is_right = all(predicted == true for _, predicted in named)
    st.markdown(
        "  \n".join([*lines, f":small[{'correct' if is_right else f'labelled {escaped(true)}'}]"])
    )
    corrections.badge(lab, position)
    with st.container(horizontal=True, gap="xsmall"):
        if st.button("Explain", help="Evidence for each class", key=f"{key}_look_{row}"):
            if len(lanes) == 1:
                closer_look(lab, lanes[0], row)
            else:
                side_by_side(lab, lanes, row)
        corrections.menu(lab, position, f"{key}_correct_{row}", "photo")


@st.dialog("Side by side", width="large", icon=":material/compare:", on_dismiss="rerun")
def side_by_side(lab: Lab, lanes: Sequence[TrainedLane], row: int) -> None:
    """A tested photo with what speaks for the class of its label, for each classifier."""
    photo = lab.trained_on.photos[int(lanes[0].step.split.test[row])]
    true, _ = evaluation_panel.names(lanes[0].evaluation, row)
    picture = pictures.photo_array(photo.data)
    with errors.shown():
        columns = st.columns(1 + len(lanes))
        columns[0].image(picture, caption=escaped(photo.name), width="stretch", alt=photo.name)
        for column, lane in zip(columns[1:], lanes, strict=True):
            _, predicted = evaluation_panel.names(lane.evaluation, row)
            class_map = lane.model.explain(photo.data, target=true)
            column.image(
                pictures.overlay(picture, class_map.values, class_map.region),
                caption=f"{title(lane.settings)}: evidence for “{escaped(true)}”",
                width="stretch",
                alt=f"{photo.name} with the evidence for {true} in bright colours",
            )
            column.plotly_chart(
                charts.score_bars(*_surest(lane, row), highlight=true),
                config=charts.CONFIG,
                key=f"side_{columns.index(column)}",
                alt=f"{predicted} is most probable; the label is {true}",
            )
    st.caption(f"Green is the class of its label, {escaped(true)}.")


def _surest(lane: TrainedLane, row: int) -> tuple[list[str], np.ndarray]:
    """The most probable classes of a tested photo, that of its label among them, with scores."""
    evaluation, scores = lane.evaluation, lane.probabilities[row]
    best = list(np.argsort(-scores, kind="stable")[:_BARS])
    if evaluation.labels[row] not in best:
        best[-1] = evaluation.labels[row]
    return [evaluation.classes[i] for i in best], scores[best]


@st.dialog("Details", width="large", icon=":material/zoom_in:", on_dismiss="rerun")
def closer_look(lab: Lab, lane: TrainedLane, row: int) -> None:
    """A tested photo with what speaks for the class it was taken for, and for its own."""
    position, evaluation, model = int(lane.step.split.test[row]), lane.evaluation, lane.model
    photo = lab.trained_on.photos[position]
    true, predicted = evaluation_panel.names(evaluation, row)
    picture = pictures.photo_array(photo.data)
    with errors.shown():
        columns = st.columns(2 if true == predicted else 3)
        columns[0].image(picture, caption=escaped(photo.name), width="stretch", alt=photo.name)
        for column, name in zip(columns[1:], dict.fromkeys((predicted, true)), strict=True):
            class_map = model.explain(photo.data, target=name)
            column.image(
                pictures.overlay(picture, class_map.values, class_map.region),
                caption=f"Evidence for “{escaped(name)}” ({percent(class_map.score)})",
                width="stretch",
                alt=f"{photo.name} with the evidence for {name} in bright colours",
            )
    st.plotly_chart(
        charts.score_bars(*_surest(lane, row), highlight=true),
        config=charts.CONFIG,
        alt=f"{predicted} is most probable, at {percent(evaluation.confidences[row])}; the label "
        f"is {true}",
    )
    st.caption(f"Green is the class of its label, {escaped(true)}.")
    st.pills(
        f"Labelled {escaped(true)}. Correct label:",
        corrections.choices(lab, position),
        format_func=escaped,
        key="closer_choice",
        on_change=corrections.follow,
        args=(lab, position, "closer_choice"),
    )
    corrections.badge(lab, position)
