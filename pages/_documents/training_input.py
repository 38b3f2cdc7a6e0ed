"""The ways in for texts with labels: the sample, a table, a zip of text files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from core.learning.training_file import TrainingFile
from core.media import TABLE_LIMITS, TABLE_SUFFIXES, holds_table
from core.text.transfer.classifier import TextClassifier
from core.text.transfer.dataset import TextDataset
from core.text.transfer.training import DocumentTrainingSettings, DocumentTrainingStep, train
from core.text.transfer.training_file import from_file, to_file
from pages._documents.training_samples import CREDIT, NAME, sample_texts
from pages._ui.folder_choice import folder_choice
from pages._ui.inputs import digest
from pages._ui.table_input import table_of
from pages._ui.trainer import Trained, Trainer, TrainingWorkspace

_FILE = "desk_given"  # name, bytes and a mark of the file that came last

TextWorkspace = TrainingWorkspace[TextDataset, DocumentTrainingSettings, TextClassifier]
TrainedTexts = Trained[DocumentTrainingSettings, TextClassifier]


def sample_workspace() -> TextWorkspace:
    """What is there before a visitor brings anything."""
    return TrainingWorkspace(sample_texts(), NAME, CREDIT, is_sample=True)


class _TextTrainer(Trainer[TextDataset, DocumentTrainingSettings, TextClassifier]):
    kind, model_kind = "texts", "text-model"

    def new(self, dataset: TextDataset, name: str, credit: str) -> TextWorkspace:
        return TrainingWorkspace(dataset, name, credit)

    def sample(self, name: str) -> TextWorkspace | None:
        return sample_workspace() if name == NAME else None

    def settings_from(self, stored: Mapping[str, Any]) -> DocumentTrainingSettings:
        return DocumentTrainingSettings(**stored)

    def network(self, settings: DocumentTrainingSettings) -> str:
        return "" if settings.evidence == "words" else settings.encoder

    def file_of(self, step: DocumentTrainingStep) -> TrainingFile:
        return to_file(step)

    def step_of(self, file: TrainingFile, model: TextClassifier) -> DocumentTrainingStep:
        return from_file(file, model)


TRAINER = _TextTrainer("documents", train)


def forget_file() -> None:
    """Read the file that came last no more: something else stands in its place."""
    st.session_state.pop(_FILE, None)
    st.session_state.pop("desk_file", None)


def upload_file() -> None:
    file = st.file_uploader(
        "Upload a table, or a ZIP file of texts",
        type=[*(suffix[1:] for suffix in sorted(TABLE_SUFFIXES)), "zip"],
        key="desk_file",
        max_upload_size=TABLE_LIMITS.max_bytes >> 20,
        help=(
            "A table (CSV, Excel, Parquet or JSON lines) with a text column and a label "
            "column, or a ZIP file with a folder for each class. Everything stays on the "
            "machine that serves this page."
        ),
    )
    if file is not None:
        st.session_state[_FILE] = (file.name, file.getvalue(), digest(file.getvalue()))
    if _FILE not in st.session_state:
        TRAINER.resume("Upload")  # which a project may have
        folder_choice(TRAINER, "Upload")
        return
    name, data, mark = st.session_state[_FILE]
    if name.lower().endswith(".zip") and not holds_table(data):
        TRAINER.give("Upload", mark, lambda: TrainingWorkspace(TextDataset.from_zip(data), name))
        folder_choice(TRAINER, "Upload")
        return
    table = table_of(data, key=f"desk_{mark[:8]}", needs_labels=True)
    how = (table.encoding, table.separator, table.has_names, table.parts)
    about = (mark, how, table.text_column, table.label_column)
    TRAINER.give("Upload", about, lambda: TrainingWorkspace(TextDataset.from_rows(table), name))
