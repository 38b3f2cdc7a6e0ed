"""The room for many photos: a caption each, as a table and as a sheet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pandas as pd
import streamlit as st

from core.cluster import spread
from core.errors import InvalidInputError, without_frames
from core.vision import captioning
from core.vision.captioning import Caption
from core.wording import counted
from pages._captions.choices import SearchSettings, caption_call, honest, search_input, sentence
from pages._captions.samples import samples
from pages._captions.sheet import captioned_sheet
from pages._ui import downloads, errors, inputs, jobs, layout, use_from_code
from pages._ui.inputs import NamedPhoto
from pages._ui.photo_rows import PhotoRow, UnusablePhoto, parted, rows_so_far

JOB = "captions_job"
_ON_SHEET = 300
_ROWS_SHOWN = 1000
_ROW_PX, _ROWS_IN_VIEW = 72, 7
_CAPTION_PX = 165


Row = PhotoRow[Caption] | UnusablePhoto


def room() -> None:
    """Photos and the search at the left; the table beside them."""
    controls, result = layout.two_parts()
    with controls:
        photos = inputs.photos_input("captions_photos", samples())
        settings = search_input(several=False, prefix="many_")
    job = jobs.start_anew(
        JOB,
        (settings, tuple(photo.identity for photo in photos)),
        f"Captions for {counted(len(photos), 'photo')}",
        lambda: caption_photos(photos, settings),
    )
    with result, errors.shown():
        jobs.panel(JOB, job, lambda rows: (len(rows) / len(photos), f"{len(rows):,} done"))
        if job.is_over and job.snapshot:
            _result(job.snapshot, settings)
        use_from_code.show(caption_call(settings, settings.widths[0]))


def caption_photos(photos: Sequence[NamedPhoto], settings: SearchSettings) -> Iterator[list[Row]]:
    """The rows so far, again and again."""
    return rows_so_far(photos, (_caption(photo, settings) for photo in photos), 120)


def _caption(photo: NamedPhoto, settings: SearchSettings) -> Caption | InvalidInputError:
    if photo.error:
        return photo.error
    try:
        captions = spread(captioning.caption)(
            photo.data,
            beam_width=settings.widths[0],
            length_penalty=settings.length_penalty,
            temperature=settings.temperature,
        )
    except InvalidInputError as err:
        return without_frames(err)
    return captions[0]


def _result(rows: list[Row], settings: SearchSettings) -> None:
    captioned, failed = parted(rows)
    errors.unusable(failed)
    errors.noticed((row.photo.name, row.notices) for row in captioned)
    if not captioned:
        return
    st.dataframe(
        pd.DataFrame(
            {
                "": [row.thumbnail for row in captioned[:_ROWS_SHOWN]],
                "Photo": [row.photo.name for row in captioned[:_ROWS_SHOWN]],
                "Caption": [sentence(row.answer) for row in captioned[:_ROWS_SHOWN]],
                "Log-probability": [row.answer.log_probability for row in captioned[:_ROWS_SHOWN]],
            }
        ),
        column_config={
            "": st.column_config.ImageColumn(width="small"),
            "Caption": st.column_config.TextColumn(width=_CAPTION_PX),  # a longer one wraps
            "Log-probability": st.column_config.NumberColumn(format="%.2f"),
        },
        hide_index=True,
        row_height=_ROW_PX,
        height="content" if len(captioned) <= _ROWS_IN_VIEW else _ROWS_IN_VIEW * _ROW_PX,
        alt="Photos with their captions",
    )
    if len(captioned) > _ROWS_SHOWN:
        st.caption(f"The first {_ROWS_SHOWN:,} are shown; the CSV file has all of them.")
    st.caption(honest())
    with st.container(horizontal=True):
        downloads.table("Captions (CSV)", table_of(captioned, settings), "captions.csv")
        _sheet(captioned)


def _sheet(captioned: list[PhotoRow[Caption]]) -> None:
    few = captioned[:_ON_SHEET]
    rest = f", the first {_ON_SHEET:,}" if len(captioned) > _ON_SHEET else ""
    downloads.picture(
        f"Contact sheet{rest} (PNG)",
        lambda: captioned_sheet(
            [row.photo.data for row in few], [sentence(row.answer) for row in few]
        ),
        "captions.png",
    )


def table_of(rows: Sequence[PhotoRow[Caption]], settings: SearchSettings) -> pd.DataFrame:
    """A row for each photo."""
    return pd.DataFrame(
        [
            {
                "photo": row.photo.name,
                "caption": row.answer.text,
                "log_probability": row.answer.log_probability,
                "finished": row.answer.is_finished,
                "beam": settings.widths[0],
                "length_penalty": settings.length_penalty,
                "temperature": settings.temperature,
            }
            for row in rows
        ]
    )
