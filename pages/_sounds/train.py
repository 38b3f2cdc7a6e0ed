"""The room Train on yours: recordings become a classifier to test, to try and to take along."""

from __future__ import annotations

import streamlit as st

from core.learning.training import split_of
from core.sound.transfer.classifier import SoundClassifier
from core.sound.transfer.dataset import LabelledSound, SoundDataset
from core.sound.transfer.training import SoundTrainingSettings
from core.wording import counted, escaped
from pages._sounds.training_downloads import export
from pages._sounds.training_input import (
    BY_CLASS,
    TRAINER,
    SoundWorkspace,
    TrainedSounds,
    record_classes,
    sample_workspace,
    upload_zip,
)
from pages._sounds.try_it import try_it
from pages._ui.example_tables import class_counts
from pages._ui.training_room import TrainingRoom


class _SoundRoom(TrainingRoom[SoundDataset, SoundTrainingSettings, SoundClassifier]):
    def sample(self) -> SoundWorkspace:
        return sample_workspace()

    def examples_input(self) -> tuple[SoundWorkspace, bool]:
        uploads = {"Zip": upload_zip, BY_CLASS: record_classes}
        return self.choose("Recordings", uploads, key="own_source")

    def settings_input(self) -> SoundTrainingSettings:
        with st.expander("More settings"):
            return SoundTrainingSettings(
                seed=self.seed_input(),
                test_share=self.share_input("test_share"),
            )

    def division(self, dataset: SoundDataset, settings: SoundTrainingSettings) -> str:
        split = split_of(dataset, settings)
        return (
            f"{counted(len(split.train), 'training recording')}, "
            f"{counted(len(split.test), 'test recording')} not "
            "used in training. Keep pieces of one recording in one file: on both sides of the "
            "split they would inflate the accuracy."
        )

    def origin(self, work: SoundWorkspace) -> str:
        return (
            f"{escaped(work.name)}, {counted(len(work.original.classes), 'class')}, by one layer "
            "on "
            "BirdNET, a network pretrained on birdsong (CC BY-NC-SA 4.0: not for commercial "
            "use)"
        )

    def overview(self, dataset: SoundDataset) -> None:
        class_counts(dataset, self.noun)

    def content(self, example: LabelledSound) -> None:
        st.audio(example.data)

    def try_it(self, work: SoundWorkspace, trained: TrainedSounds) -> None:
        try_it(trained.model)

    def downloads(self, work: SoundWorkspace, trained: TrainedSounds) -> None:
        export(work, trained)


ROOM = _SoundRoom(
    TRAINER, SoundTrainingSettings, noun="recording", prefix="own_", task="train-sounds"
)
