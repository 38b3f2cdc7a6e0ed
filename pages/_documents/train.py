"""The room Train your own: texts with labels become a classifier to test, try and download."""

from __future__ import annotations

import streamlit as st

from core import zoo
from core.learning.training import split_of
from core.text.encoders import DEFAULT_ENCODER
from core.text.transfer.classifier import TextClassifier
from core.text.transfer.dataset import LabelledText, TextDataset
from core.text.transfer.script import NEEDS
from core.text.transfer.training import EVIDENCE, DocumentTrainingSettings, Evidence
from core.wording import counted, escaped
from pages._documents.text_tables import text_tables
from pages._documents.training_downloads import export, try_it
from pages._documents.training_input import (
    TRAINER,
    TextWorkspace,
    TrainedTexts,
    sample_workspace,
    upload_file,
)
from pages._ui import widgets
from pages._ui.task_settings import described
from pages._ui.training_room import TrainingRoom

_EVIDENCE: dict[Evidence, str] = {
    "both": "Meaning and words",
    "meaning": "Meaning",
    "words": "Words",
}
_CHARACTERS = 600
_MODULE = "desk_module"


class _TextRoom(TrainingRoom[TextDataset, DocumentTrainingSettings, TextClassifier]):
    def sample(self) -> TextWorkspace:
        return sample_workspace()

    def examples_input(self) -> tuple[TextWorkspace, bool]:
        return self.choose("Texts", {"Upload": upload_file}, key="desk_source")

    def settings_input(self) -> DocumentTrainingSettings:
        question = st.container()
        evidence = widgets.choice(
            described(self.task, "evidence").label, _EVIDENCE, key="desk_evidence"
        )
        st.caption(EVIDENCE[evidence])
        with st.expander("More settings"):
            settings = DocumentTrainingSettings(
                evidence=evidence,
                encoder=DEFAULT_ENCODER if evidence == "words" else _encoder(),
                seed=self.seed_input(),
                test_share=self.share_input("test_share"),
                validation_share=self.share_input("validation_share"),
            )
        if evidence != "words":
            with question:
                widgets.module_question(_MODULE)
        return settings

    def division(self, dataset: TextDataset, settings: DocumentTrainingSettings) -> str:
        split = split_of(dataset, settings)
        return (
            f"{counted(len(split.train), 'training text')}, "
            f"{counted(len(split.validation), 'validation text')} to "
            f"choose the penalty, {counted(len(split.test), 'test text')} not used in training."
        )

    def origin(self, work: TextWorkspace) -> str:
        settings = work.settings or self.defaults
        title = escaped(widgets.title_of(settings.encoder))
        by = {"both": f"{title} and TF-IDF", "meaning": title, "words": "TF-IDF"}
        return (
            f"{escaped(work.name)}, {counted(len(work.original.classes), 'class')}, by "
            f"{by[settings.evidence]}"
        )

    def overview(self, dataset: TextDataset) -> None:
        text_tables(dataset)

    def content(self, example: LabelledText) -> None:
        text = example.text
        st.text(text if len(text) <= _CHARACTERS else f"{text[:_CHARACTERS]} …")

    def try_it(self, work: TextWorkspace, trained: TrainedTexts) -> None:
        try_it(trained.model, work)

    def downloads(self, work: TextWorkspace, trained: TrainedTexts) -> None:
        export(work, trained)


def _encoder() -> str:
    """A text encoder that is on this machine, or a text embedding of TF-Hub."""
    encoder = widgets.network_choice(
        [name for name in NEEDS if zoo.is_on_disk(zoo.network(name))],
        label=described("train-texts", "encoder").label,
        key="desk_encoder",
        help=described("train-texts", "encoder").help,
    )
    module = widgets.module_input(
        label="Or a TF-Hub module",
        key=_MODULE,
        help=(
            "A text embedding: strings in, vectors out. TensorFlow opens it, which takes some "
            "seconds the first time; a URL is downloaded once."
        ),
    )
    return module or encoder


ROOM = _TextRoom(
    TRAINER,
    DocumentTrainingSettings,
    noun="text",
    prefix="desk_",
    task="train-texts",
)
