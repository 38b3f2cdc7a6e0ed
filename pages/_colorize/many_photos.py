"""The room for many photos: a zip of them in colour."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath
from typing import Literal, NamedTuple

import streamlit as st

from core.cluster import spread
from core.errors import InvalidInputError, without_frames
from core.media import encode_jpeg, encode_png, photo_notices, thumbnail
from core.vision.colorization import colorize
from core.wording import counted, escaped
from pages._colorize import choices
from pages._colorize.choices import PaintSettings
from pages._ui import errors, inputs, jobs, layout, use_from_code, widgets
from pages._ui.inputs import NamedPhoto

JOB = "colour_job"
Form = Literal["JPEG", "PNG"]
FORMS: tuple[Form, ...] = ("JPEG", "PNG")
_SHOWN = 48
_PREVIEWED = 6
_TILE_PX = 320


class Row(NamedTuple):
    """A photo in colour, encoded, and a small one; or what is wrong with it."""

    name: str
    picture: bytes
    small: bytes
    error: InvalidInputError | None = None
    notices: tuple[str, ...] = ()


def room() -> None:
    """Photos, settings and the kind of file at the left; the pictures beside."""
    controls, result = layout.two_parts()
    with controls:
        photos = inputs.photos_input("colour_photos")
        settings = choices.settings_input(with_hints=False)
        form = widgets.choice("Files", FORMS, key="colour_form")
    job = jobs.start_anew(
        JOB,
        (settings, form, tuple(photo.identity for photo in photos)),
        f"Colouring {counted(len(photos), 'photo')}",
        lambda: paint_photos(photos, settings, form),
    )
    with result, errors.shown():
        jobs.panel(
            JOB,
            job,
            lambda rows: (len(rows) / len(photos), f"{len(rows):,} done"),
            preview=lambda rows: _pictures(_painted(rows)[-_PREVIEWED:]),
        )
        if job.is_over and job.snapshot:
            _result(job.snapshot, form)
        use_from_code.show(settings.call())


def paint_photos(
    photos: Sequence[NamedPhoto], settings: PaintSettings, form: Form
) -> Iterator[list[Row]]:
    """The rows so far, again and again."""
    encode = encode_png if form == "PNG" else encode_jpeg
    rows: list[Row] = []
    for photo in photos:
        try:
            if photo.error:
                raise photo.error
            encoded = encode(
                spread(colorize)(
                    photo.data,
                    saturation=settings.saturation,
                    temperature=settings.temperature,
                    denoise=settings.denoise,
                )
            )
            small, notices = thumbnail(encoded, _TILE_PX), photo_notices(photo.data)
            rows.append(Row(photo.name, encoded, small, notices=notices))
        except InvalidInputError as err:
            rows.append(Row(photo.name, b"", b"", without_frames(err)))
        yield rows


def archive(rows: Sequence[Row], form: Form) -> bytes:
    """A zip of the pictures, each under the name that its photo had."""
    buffer = io.BytesIO()
    taken: set[str] = set()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as file:  # they are packed already
        for row in rows:
            name = _free(row.name, ".png" if form == "PNG" else ".jpg", taken)
            taken.add(name)
            file.writestr(name, row.picture)
    return buffer.getvalue()


def _free(name: str, suffix: str, taken: set[str]) -> str:
    stem = str(PurePosixPath(name.lstrip("/")).with_suffix("")) or "photo"
    candidate, number = f"{stem}{suffix}", 2
    while candidate in taken:
        candidate, number = f"{stem} ({number}){suffix}", number + 1
    return candidate


def _painted(rows: Sequence[Row]) -> list[Row]:
    return [row for row in rows if row.error is None]


def _result(rows: Sequence[Row], form: Form) -> None:
    painted = _painted(rows)
    errors.unusable([(row.name, row.error) for row in rows if row.error is not None])
    errors.noticed((row.name, row.notices) for row in rows)
    if not painted:
        return
    st.download_button(
        f"{counted(len(painted), 'picture')} (ZIP, {form})",
        lambda: archive(painted, form),
        "colour.zip",
        "application/zip",
        icon=":material/download:",
        on_click="ignore",
    )
    _pictures(painted[:_SHOWN])
    if len(painted) > _SHOWN:
        st.caption(f"The first {_SHOWN} are shown; the ZIP file has all of them.")


def _pictures(rows: Sequence[Row]) -> None:
    grid = st.grid("auto", min_column_width=180, gap="small")
    for row in rows:
        grid.image(
            row.small, caption=escaped(row.name), width="stretch", alt=f"{row.name} in colour"
        )
