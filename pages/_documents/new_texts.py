"""Texts as the rooms What changed and Label the rest take them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import streamlit as st

from core import cluster
from core.errors import InvalidInputError
from core.learning.feature_cache import FeatureCache
from core.learning.findings.changes import Changes
from core.media import TABLE_LIMITS, TABLE_SUFFIXES, holds_table, read_table
from core.text.encoders import DEFAULT_ENCODER
from core.text.transfer.dataset import LabelledText, TextDataset
from core.text.transfer.vectors import embed_texts, find_text_changes
from pages._documents.training_input import TRAINER, forget_file, sample_workspace
from pages._ui.new_examples import ExampleKind, Made, halves
from pages._ui.trainer import TrainingWorkspace
from pages._ui.widgets import NamedFile
from pages._ui.workspace import Workspace

_WORDS = 8  # of a text that is cut
_CHARACTERS, _MOST = 280, 1500


class _Texts(ExampleKind[TextDataset]):
    noun, prefix, suffix, task, tile_px = "text", "desk_", ".txt", "changes-texts", 240
    embed = staticmethod(embed_texts)

    def __init__(self) -> None:
        self.made = {
            "Shorter": Made(f"Half of the set cut after {_WORDS} words.", _cut),
            "Two halves": Made("The set divided at random: nothing has changed.", halves),
        }

    def work(self) -> tuple[Workspace[TextDataset], bool]:
        work = TRAINER.current() or TRAINER.give("Sample", "sample", sample_workspace)
        return work, work.is_sample

    def network_input(self) -> str:
        return DEFAULT_ENCODER

    def cache(self, work: Workspace[TextDataset]) -> FeatureCache:
        return work.cache if isinstance(work, TrainingWorkspace) else FeatureCache()

    def files_input(self, key: str) -> Sequence[NamedFile]:
        file = st.file_uploader(
            "Upload a table, or a ZIP file of texts",
            type=[*(suffix[1:] for suffix in sorted(TABLE_SUFFIXES)), "zip"],
            key=key,
            max_upload_size=TABLE_LIMITS.max_bytes >> 20,
        )
        return [] if file is None else [file]

    def read(self, files: Sequence[tuple[str, bytes]]) -> TextDataset:
        ((name, data),) = files
        if name.lower().endswith(".zip") and not holds_table(data):
            return TextDataset.without_labels_from_zip(data)
        table = read_table(data)
        if table.doubt:
            raise InvalidInputError(table.doubt)
        return TextDataset.without_labels_from_rows(table)

    def changes(
        self, first: TextDataset, second: TextDataset, network: str, cache: FeatureCache
    ) -> Iterator[Changes]:
        return cluster.steps(find_text_changes, first, second, network, cache)

    def tile(self, example: LabelledText) -> None:
        _text(example.text, _CHARACTERS)

    def large(self, example: LabelledText) -> None:
        _text(example.text, _MOST)

    def give(
        self, dataset: TextDataset, name: str, work: Workspace[TextDataset]
    ) -> Workspace[TextDataset]:
        forget_file()
        st.session_state["desk_source"] = "Upload"
        given = TRAINER.give(
            "Upload", dataset.digest, lambda: TrainingWorkspace(dataset, name, work.credit)
        )
        given.cache = work.cache if isinstance(work, TrainingWorkspace) else given.cache
        return given


def _text(text: str, most: int) -> None:
    with st.container(border=True):
        st.text(text if len(text) <= most else f"{text[:most]} …")


def _cut(dataset: TextDataset) -> tuple[TextDataset, TextDataset]:
    first, second = halves(dataset)
    named = {name: list[tuple[str, str]]() for name in second.classes}
    for text in second.texts:
        short = " ".join(text.text.split()[:_WORDS])
        named[second.classes[text.label]].append((text.name, short))
    return first, TextDataset.from_classes(named)


TEXTS = _Texts()
