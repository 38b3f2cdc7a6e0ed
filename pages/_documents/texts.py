"""The ways in for texts with labels: the sample, a table, a zip of text files."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import streamlit as st

from core.errors import InvalidInputError
from core.media import TABLE_LIMITS, read_table
from core.text.text_dataset import TextDataset
from pages._documents import desk as desks
from pages._documents.desk import Desk
from pages._documents.sample_texts import CREDIT, NAME, sample_texts
from pages._ui import errors

_KEPT = "desk_kept"  # source -> what it was given last, and the work on that
_FILE = "desk_given"  # name, bytes and a mark of the file that came last


def texts_input() -> Desk:
    """The texts that are chosen here; the same ones stay as they were left."""
    source = st.segmented_control(
        "Texts",
        ["Sample", "Upload"],
        default="Sample",
        required=True,
        key="desk_source",
        bind="query-params",
    )
    if source == "Upload":
        with errors.shown():
            _upload()
    else:
        _give("Sample", NAME, lambda: Desk(sample_texts(), NAME, CREDIT, is_sample=True))
    desk = desks.current()
    if desk is None:  # a link to an upload, of which there is none yet
        _give("Sample", NAME, lambda: Desk(sample_texts(), NAME, CREDIT, is_sample=True))
        desk = desks.current()
    if source == "Upload" and desk.is_sample:
        st.caption(f"Until there are texts, “{desk.name}” is shown.")
    if desk.credit:
        st.caption(desk.credit)
    _skipped(desk)
    return desk


def _upload() -> None:
    file = st.file_uploader(
        "A table (CSV), or a zip of text files",
        type=["csv", "tsv", "txt", "zip"],
        key="desk_file",
        max_upload_size=TABLE_LIMITS.max_bytes >> 20,
        help="A table with a column of texts and one of labels, or a zip with a folder for each "
        "class. Everything stays on the machine that serves this page.",
    )
    if file is not None:
        st.session_state[_FILE] = (file.name, file.getvalue(), file.file_id)
    if _FILE not in st.session_state:
        return
    name, data, mark = st.session_state[_FILE]
    if data[:4] == b"PK\x03\x04":
        _give("Upload", mark, lambda: Desk(TextDataset.from_zip(data), name))
        return
    text, label = _columns(data, mark)
    _give(
        "Upload",
        (mark, text, label),
        lambda: Desk(TextDataset.from_table(data, text_column=text, label_column=label), name),
    )


def _columns(data: bytes, mark: str) -> tuple[str, str]:
    """Which columns of a table to read; the likeliest ones, until others are chosen."""
    kept = st.session_state.get("desk_columns")
    if kept is None or kept[0] != mark:
        with st.spinner("Reading the table"):
            table = read_table(data)
        found = (table.columns, table.text_column, table.label_column)
        kept = st.session_state["desk_columns"] = (mark, *found)
    _, columns, text, label = kept
    if len(columns) < 2:
        raise InvalidInputError(
            "Expected a table with a column of texts and one of labels. Received: one column."
        )
    others = [name for name in columns if name != text]
    with st.container(horizontal=True):
        text = st.selectbox(
            "Texts in", columns, columns.index(text), key=f"text_in_{mark}", width=160
        )
        label = st.selectbox(
            "Labels in",
            columns,
            columns.index(label or others[-1]),
            key=f"label_in_{mark}",
            width=160,
        )
    if text == label:
        raise InvalidInputError(f"Expected two different columns. Received: {text!r} twice.")
    return text, label


def _give(source: str, what: Any, read: Callable[[], Desk]) -> None:
    """Work on what `read` returns; as it was left, if `what` is what came last."""
    kept = st.session_state.setdefault(_KEPT, {})
    if source not in kept or kept[source][0] != what:
        kept.pop(source, None)
        with st.spinner("Reading the texts"):
            kept[source] = (what, read())
    st.session_state["desk"] = kept[source][1]


def _skipped(desk: Desk) -> None:
    """What could not be used, and why."""
    left_out = desk.dataset.skipped
    if not left_out:
        return
    noun = "text was" if len(left_out) == 1 else "texts were"
    with st.expander(f"{len(left_out):,} {noun} left out", icon=":material/warning:"):
        st.dataframe(
            pd.DataFrame(
                {
                    "Text": [file.name for file in left_out],
                    "Why": [file.reason for file in left_out],
                }
            ),
            hide_index=True,
            alt="Texts that were left out, and why",
        )
