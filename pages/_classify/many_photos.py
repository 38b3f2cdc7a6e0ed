"""The room for many photos: a table, counts by class, and a row looked at closely."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core import cluster
from core.vision import classification
from core.vision.classification import Classification
from core.wording import counted, escaped
from pages._classify.samples import SAMPLES
from pages._ui import (
    cached_photos,
    charts,
    downloads,
    errors,
    inputs,
    jobs,
    layout,
    pictures,
    use_from_code,
    widgets,
)
from pages._ui.inputs import NamedPhoto
from pages._ui.numbers import tabulated
from pages._ui.photo_rows import PhotoRow, UnusablePhoto, parted, rows_so_far
from pages._ui.row_choice import row_choice

_ROWS_SHOWN = 1000
_ROWS_IN_VIEW = 8
_ROW_PX = 64
_COUNTS_IN_VIEW, _COUNTS_PX = 6, 248
_Row = PhotoRow[Classification] | UnusablePhoto


def room() -> None:
    """Photos and the network at the left; the table beside them."""
    controls, result = layout.two_parts()
    with controls:
        photos = inputs.photos_input("photos", SAMPLES)
        network = inputs.network_input()
    job = jobs.start_anew(
        "batch",
        (network, tuple(photo.identity for photo in photos)),
        f"Classifying {counted(len(photos), 'photo')}",
        lambda: _classify_photos(photos, network),
    )
    with result:
        jobs.panel(
            "batch",
            job,
            lambda rows: (len(rows) / len(photos), f"{len(rows):,} done"),
            preview=lambda rows: _counts(parted(rows)[0]),
        )
        if job.is_over and job.snapshot:
            with errors.shown():
                _batch_result(job.snapshot, network, controls)
        use_from_code.show(use_from_code.call("classify", backbone=network))


def _classify_photos(photos: Sequence[NamedPhoto], network: str) -> Iterator[list[_Row]]:
    """The rows so far, again and again."""
    data = [photo.data for photo in photos]
    answers = cluster.every(classification.classify_all, data, backbone=network)
    return rows_so_far(photos, answers, 96)


def _batch_result(rows: list[_Row], network: str, controls: DeltaGenerator) -> None:
    classified, failed = parted(rows)
    errors.unusable(failed)
    errors.noticed((row.photo.name, row.notices) for row in classified)
    if not classified:
        return
    classes = sorted({row.answer.labels[0] for row in classified})
    with controls:
        chosen = st.multiselect(
            "Filter by class", classes, key="batch_classes", bind="query-params"
        )
        least = st.slider(
            "Minimum probability", 0.0, 1.0, 0.0, 0.05, key="batch_least", bind="query-params"
        )
    numbers = [
        number
        for number, row in enumerate(classified)
        if row.answer.scores[0] >= least and (not chosen or row.answer.labels[0] in chosen)
    ]
    kept = [classified[number] for number in numbers]
    _counts(classified)
    st.caption(
        f"{len(kept):,} of {counted(len(classified), 'photo')}, {counted(len(classes), 'class')}, "
        "by "
        f"{widgets.written(network)}. Select a row to see the evidence for its class."
    )
    selected = row_choice(
        _table(kept[:_ROWS_SHOWN]),
        numbers[:_ROWS_SHOWN],
        key="batch_row",
        about=st.session_state["batch_of"],
        column_config={
            "": st.column_config.ImageColumn(width="small"),
            "Probability": st.column_config.ProgressColumn(
                format="%.1f%%", min_value=0, max_value=100
            ),
        },
        row_height=_ROW_PX,
        height="content" if len(kept) <= _ROWS_IN_VIEW else _ROWS_IN_VIEW * _ROW_PX,
        alt="Photos with their most probable class",
    )
    if len(kept) > _ROWS_SHOWN:
        st.caption(f"The first {_ROWS_SHOWN:,} are shown; the CSV file has all of them.")
    if selected is not None:
        _batch_detail(classified[selected], network)
    with st.container(horizontal=True):
        named = [(row.photo.name, row.answer) for row in kept]
        downloads.answers("Classes (CSV)", named, "classes.csv")
        if st.toggle(
            "Include features",
            key="batch_features",
            bind="query-params",
            help="Computes the features of every photo again.",
        ):
            vectors = cached_photos.embed(tuple(row.photo.data for row in kept), backbone=network)
            downloads.features([row.photo.name for row in kept], vectors, network)


def _table(rows: Sequence[PhotoRow[Classification]]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "": [row.thumbnail for row in rows],
            "Photo": [row.photo.name for row in rows],
            "Class": [row.answer.labels[0] for row in rows],
            "Probability": [100 * tabulated(float(row.answer.scores[0])) for row in rows],
        }
    )


def _counts(rows: Sequence[PhotoRow[Classification]]) -> None:
    """How many photos there are of each class, the most first."""
    counts = Counter(row.answer.labels[0] for row in rows)
    if not counts:
        return
    st.dataframe(
        pd.DataFrame(counts.most_common(), columns=["Class", "Photos"]),
        column_config={
            "Photos": st.column_config.ProgressColumn(
                format="%d", min_value=0, max_value=max(counts.values())
            )
        },
        hide_index=True,
        height="content" if len(counts) <= _COUNTS_IN_VIEW else _COUNTS_PX,
        alt="Number of photos per class",
    )


def _batch_detail(row: PhotoRow[Classification], network: str) -> None:
    picture = pictures.photo_array(row.photo.data)
    class_map = cached_photos.explain(row.photo.data, backbone=network)
    left, right = st.columns(2)
    left.image(
        pictures.overlay(picture, class_map.values, class_map.region),
        caption=f"{escaped(row.photo.name)}: evidence for “{escaped(class_map.label)}”",
        width="stretch",
        alt=f"{row.photo.name} with the evidence for {class_map.label}",
    )
    right.plotly_chart(
        charts.score_bars(row.answer.labels, row.answer.scores),
        config=charts.CONFIG,
        alt=f"{class_map.label} is most probable",
    )
