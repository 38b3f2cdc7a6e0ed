"""Classes made on the page: their names, files and snapshots, kept while the session lasts."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from pathlib import PurePath

import pandas as pd
import streamlit as st

from core.errors import InvalidInputError
from core.media import IMAGE_LIMITS
from core.vision.transfer.datasets import ImageDataset
from core.wording import counted, escaped
from pages._ui import cached_photos, photo_link, pictures
from pages._ui.asking_button import asking_button

_THUMBNAIL_PX = 96
_ROW_PX = 56
_ROWS_IN_VIEW = 5


@dataclass(slots=True)
class _Class:
    """Photos by file name; `taken` counts how often widgets have handed some over."""

    number: int
    name: str
    photos: dict[str, bytes] = field(default_factory=dict)
    taken: int = 0

    def add(self, name: str, data: bytes) -> None:
        """Keep a photo under a name of its own, unless it is here already."""
        if data in self.photos.values():
            return
        path, number = PurePath(name), 1
        while name in self.photos:
            number += 1
            name = f"{path.stem} ({number}){path.suffix}"
        self.photos[name] = data

    def files(self) -> list[tuple[str, bytes]]:
        """Its photos, named as in a data set."""
        return [(f"{self.name}/{name}", data) for name, data in self.photos.items()]


def folders_input() -> dict[str, list[tuple[str, bytes]]]:
    """Named photos of each class.

    Raises
    ------
    InvalidInputError
        If two classes have the same name.
    """
    classes: dict[int, _Class] = st.session_state.setdefault(
        "lab_classes", {number: _Class(number, f"Class {number}") for number in (1, 2)}
    )
    number = st.pills(
        "Class",
        list(classes),
        default=1,
        required=True,
        key="lab_class",
        persist_state="session",
        format_func=lambda n: f"{escaped(classes[n].name)} · {len(classes[n].photos):,}",
        label_visibility="collapsed",
        wrap=True,
    )
    st.button("Add a class", icon=":material/add:", on_click=_add_class, type="tertiary")
    with st.container(border=True):
        _edit(classes[number])
    files: dict[str, list[tuple[str, bytes]]] = {}
    for each in classes.values():
        if each.name in files:
            raise InvalidInputError(
                f"Expected a different name for each class. Received: {each.name!r} twice."
            )
        files[each.name] = each.files()
    return files


def mark(files: dict[str, list[tuple[str, bytes]]]) -> Hashable:
    """Tells what `folders_input` returns from what it returned before."""
    return tuple((name, tuple(photos)) for name, photos in files.items())


def refill(dataset: ImageDataset) -> Hashable:
    """Put the photos of a data set that was made here back into the classes; its `mark`."""
    classes = [_Class(number, name) for number, name in enumerate(dataset.classes, start=1)]
    for photo in dataset.photos:
        classes[photo.label].photos[photo.name.partition("/")[2] or photo.name] = photo.data
    st.session_state["lab_classes"] = {each.number: each for each in classes}
    return mark({each.name: each.files() for each in classes})


def _add_class() -> None:
    classes = st.session_state["lab_classes"]
    number = max(classes) + 1
    classes[number] = _Class(number, f"Class {number}")
    st.session_state["lab_class"] = number


def _edit(chosen: _Class) -> None:
    mark = f"{chosen.number}_{chosen.taken}"
    name_key, files_key, camera_key = (f"lab_{w}_{mark}" for w in ("name", "files", "snapshot"))
    st.text_input(
        "Name", chosen.name, max_chars=60, key=name_key, on_change=_rename, args=(chosen, name_key)
    )
    st.file_uploader(
        "Upload photos of this class",
        accept_multiple_files=True,
        key=files_key,
        max_upload_size=IMAGE_LIMITS.max_bytes >> 20,
        on_change=_take_files,
        args=(chosen, files_key),
    )
    photo_link.link_field(f"lab_{chosen.number}", chosen.add)
    if st.toggle("Camera", key="lab_camera", bind="query-params"):
        st.camera_input(
            "A snapshot of this class",
            key=camera_key,
            on_change=_take_snapshot,
            args=(chosen, camera_key),
        )
    if chosen.photos:
        _photos(chosen)


def _photos(chosen: _Class) -> None:
    names = list(reversed(chosen.photos))  # what came last is seen first
    selected = st.dataframe(
        pd.DataFrame({"": [_thumbnail(chosen.photos[name]) for name in names], "Photo": names}),
        column_config={"": st.column_config.ImageColumn(width="small")},
        hide_index=True,
        row_height=_ROW_PX,
        height="content" if len(names) <= _ROWS_IN_VIEW else _ROWS_IN_VIEW * _ROW_PX,
        on_select="rerun",
        selection_mode="multi-row",
        key=f"lab_photos_{chosen.number}_{hash(tuple(names))}",  # a selection is a row number
        alt=f"Photos of {chosen.name}",
    )
    rows = selected.selection.rows
    if rows:
        photos = counted(len(rows), "photo")
        asking_button(
            f"Remove {photos}",
            f"{photos} of {escaped(chosen.name)} will be removed. You can't get snapshots back.",
            _remove,
            key=f"lab_remove_{chosen.number}",
            args=(chosen, [names[row] for row in rows]),
            opener=f"Remove {photos}…",
        )
    else:
        st.caption("Select rows to remove photos.")


def _thumbnail(photo: bytes) -> str:
    try:
        return pictures.data_url(cached_photos.thumbnail(photo, _THUMBNAIL_PX))
    except InvalidInputError:  # it is listed as skipped
        return ""


def _rename(chosen: _Class, key: str) -> None:
    chosen.name = st.session_state[key].strip() or f"Class {chosen.number}"


def _take_files(chosen: _Class, key: str) -> None:
    for file in st.session_state[key]:
        chosen.add(file.name, file.getvalue())
    chosen.taken += 1  # new widgets, which are empty: what they held is kept here


def _take_snapshot(chosen: _Class, key: str) -> None:
    if st.session_state[key] is not None:
        chosen.add("Snapshot.jpg", st.session_state[key].getvalue())
        chosen.taken += 1


def _remove(chosen: _Class, names: list[str]) -> None:
    for name in names:
        del chosen.photos[name]
