"""The ways in for texts with labels: the sample, a table, a zip of text files."""

from __future__ import annotations

import streamlit as st

from core.errors import InvalidInputError
from core.media import TABLE_LIMITS, TABLE_SUFFIXES, TextTable
from core.text.transfer.classifier import TextClassifier
from core.text.transfer.dataset import TextDataset
from core.text.transfer.training import DocumentTrainingSettings, train
from pages._documents.training_samples import CREDIT, NAME, sample_texts
from pages._ui.table_input import table_of
from pages._ui.trainer import Trained, Trainer, TrainingWorkspace

_FILE = "desk_given"  # name, bytes and a mark of the file that came last

TextWorkspace = TrainingWorkspace[TextDataset, DocumentTrainingSettings, TextClassifier]
TrainedTexts = Trained[DocumentTrainingSettings, TextClassifier]
TRAINER: Trainer[TextDataset, DocumentTrainingSettings, TextClassifier] = Trainer(
    "documents", train
)


def sample_workspace() -> TextWorkspace:
    """What is there before a visitor brings anything."""
    return TrainingWorkspace(sample_texts(), NAME, CREDIT, is_sample=True)


def upload_file() -> None:
    file = st.file_uploader(
        "A table, or a zip of text files",
        type=[*(suffix[1:] for suffix in sorted(TABLE_SUFFIXES)), "zip"],
        key="desk_file",
        max_upload_size=TABLE_LIMITS.max_bytes >> 20,
        help="A table (CSV, Excel, Parquet or JSON lines) with a column of texts and one of "
        "labels, or a zip with a folder for each class. Everything stays on the machine that "
        "serves this page.",
    )
    if file is not None:
        st.session_state[_FILE] = (file.name, file.getvalue(), file.file_id)
    if _FILE not in st.session_state:
        return
    name, data, mark = st.session_state[_FILE]
    if name.lower().endswith(".zip"):
        TRAINER.give("Upload", mark, lambda: TrainingWorkspace(TextDataset.from_zip(data), name))
        return
    table = table_of(data, key=mark)
    text, label = _columns(table, mark)
    TRAINER.give(
        "Upload",
        (mark, text, label, table.encoding, table.separator),
        lambda: TrainingWorkspace(
            TextDataset.from_table(
                data,
                text_column=text,
                label_column=label,
                encoding=table.encoding,
                separator=table.separator,
            ),
            name,
        ),
    )


def _columns(table: TextTable, mark: str) -> tuple[str, str]:
    """Which columns of a table to read; the likeliest ones, until others are chosen."""
    columns, text, label = table.columns, table.text_column, table.label_column
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
