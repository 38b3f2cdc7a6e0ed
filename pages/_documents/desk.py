"""What the room Train on yours holds for one visitor: texts, and the classifier made of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import streamlit as st

from core.engine import Job
from core.text.document_training import (
    DocumentTrainingSettings,
    DocumentTrainingStep,
    KnownVectors,
    train,
)
from core.text.text_dataset import TextDataset
from pages._ui import cached, jobs

JOB = "documents"


@dataclass(slots=True)
class Desk:
    """One visitor's texts.

    Attributes
    ----------
    dataset, name, credit : the texts, what they are called, and where they come from.
    is_sample : whether they are the app's own, of which results are shared.
    known : embeddings of texts, so that a second training is quick.
    step : the training so far.
    job : what trains, or has.
    """

    dataset: TextDataset
    name: str
    credit: str = ""
    is_sample: bool = False
    known: KnownVectors = field(default_factory=KnownVectors)
    step: DocumentTrainingStep | None = None
    job: Job | None = None

    @property
    def is_trained(self) -> bool:
        """Whether there is a classifier."""
        return self.step is not None and self.step.model is not None

    def test_texts(self) -> list[str]:
        """The texts of the test part, in the order of the evaluation."""
        return [self.dataset.texts[i].text for i in self.step.split.test]


def current() -> Desk | None:
    """This session's texts, with what the training has found by now."""
    desk = st.session_state.get("desk")
    if desk is not None and desk.job is not None and desk.job.snapshot is not None:
        desk.step = desk.job.snapshot
    return desk


def begin(desk: Desk, settings: DocumentTrainingSettings) -> None:
    """Train, unless the outcome is known: of the sample it is, once somebody has trained it."""
    known = cached.sample_trainings()
    if desk.is_sample and settings in known:
        desk.step, desk.job = known[settings], None
        return
    desk.step = None
    desk.job = jobs.start(JOB, f"Training on {desk.name}", lambda: _training(desk, settings, known))


def _training(
    desk: Desk,
    settings: DocumentTrainingSettings,
    known: dict[DocumentTrainingSettings, DocumentTrainingStep],
) -> Iterator[DocumentTrainingStep]:
    step = None
    for step in train(desk.dataset, settings, desk.known):
        yield step
    if desk.is_sample and step is not None:
        known[settings] = step
