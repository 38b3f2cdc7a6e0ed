"""The room Train on yours: recordings become a classifier to test, to try and to take along."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from core.learning.training import split_of
from core.sound.transfer.dataset import LabelledSound, SoundDataset
from core.sound.transfer.training import SoundTrainingSettings, split_of
from pages._sounds.training_downloads import take_along
from pages._sounds.training_input import DESKS, recordings_input, sample_desk
from pages._sounds.try_it import try_it
from pages._ui.desk import Desk
from pages._ui.text import escaped
from pages._ui.training_room import TrainingRoom


class _OwnSounds(TrainingRoom):
    defaults = SoundTrainingSettings()
    sample = staticmethod(sample_desk)

    def examples_input(self) -> Desk:
        return recordings_input()

    def settings_input(self) -> SoundTrainingSettings:
        with st.expander("More settings"):
            return SoundTrainingSettings(
                seed=self.seed_input(),
                test_share=self.share_input("Recordings for the test, %", "test_share", least=10),
            )

    def division(self, dataset: SoundDataset, settings: SoundTrainingSettings) -> str:
        split = split_of(dataset, settings)
        return (
            f"{len(split.train):,} recordings to learn from, {len(split.test):,} for the test, "
            "which training never hears. Pieces of one recording belong into one file: on both "
            "sides they would make it look better than it is."
        )

    def origin(self, desk: Desk) -> str:
        return (
            f"{escaped(desk.name)}, {len(desk.given.classes)} classes, by one layer on BirdNET, a "
            "network taught on birdsong (CC BY-NC-SA 4.0: not for commercial use)"
        )

    def overview(self, dataset: SoundDataset) -> None:
        counts = pd.DataFrame(list(dataset.counts().items()), columns=["Class", "Recordings"])
        many = st.column_config.ProgressColumn(
            format="%d", min_value=0, max_value=int(counts["Recordings"].max())
        )
        st.dataframe(
            counts,
            hide_index=True,
            column_config={"Recordings": many},
            alt="How many recordings there are of each class",
        )

    def content(self, example: LabelledSound) -> None:
        st.audio(example.data)

    def try_it(self, desk: Desk) -> None:
        try_it(desk.step.model)

    def take_along(self, desk: Desk) -> None:
        take_along(desk)


ROOM = _OwnSounds(DESKS, "recording", "own_")
