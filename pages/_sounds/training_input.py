"""The ways in for recordings with labels: the sample, a zip of folders, class by class."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import streamlit as st

from core.learning.training_file import TrainingFile
from core.media import AUDIO_LIMITS
from core.sound.encoders import BIRD_NETWORK
from core.sound.transfer.classifier import SoundClassifier
from core.sound.transfer.dataset import SoundDataset
from core.sound.transfer.training import SoundTrainingSettings, SoundTrainingStep, train
from core.sound.transfer.training_file import from_file, to_file
from core.wording import escaped
from pages._sounds.training_samples import CREDIT, NAME, sample_sounds
from pages._ui.asking_button import asking_button
from pages._ui.folder_choice import folder_choice
from pages._ui.inputs import digest
from pages._ui.trainer import Trained, Trainer, TrainingWorkspace

_FILE = "own_given"  # name, bytes and a mark of the zip that came last
_RECORDED = "own_recorded"  # class -> file name -> bytes
BY_CLASS = "Class by class"

SoundWorkspace = TrainingWorkspace[SoundDataset, SoundTrainingSettings, SoundClassifier]
TrainedSounds = Trained[SoundTrainingSettings, SoundClassifier]


def sample_workspace() -> SoundWorkspace:
    """What is there before a visitor brings anything."""
    return TrainingWorkspace(sample_sounds(), NAME, CREDIT, is_sample=True)


class _SoundTrainer(Trainer[SoundDataset, SoundTrainingSettings, SoundClassifier]):
    kind, model_kind = "sounds", "sound-model"

    def new(self, dataset: SoundDataset, name: str, credit: str) -> SoundWorkspace:
        return TrainingWorkspace(dataset, name, credit)

    def sample(self, name: str) -> SoundWorkspace | None:
        return sample_workspace() if name == NAME else None

    def settings_from(self, stored: Mapping[str, Any]) -> SoundTrainingSettings:
        return SoundTrainingSettings(**stored)

    def network(self, settings: SoundTrainingSettings) -> str:
        return BIRD_NETWORK

    def file_of(self, step: SoundTrainingStep) -> TrainingFile:
        return to_file(step)

    def step_of(self, file: TrainingFile, model: SoundClassifier) -> SoundTrainingStep:
        return from_file(file, model)


TRAINER = _SoundTrainer("own_sounds", train)


def forget_file() -> None:
    """Read the file that came last no more: something else stands in its place."""
    st.session_state.pop(_FILE, None)
    st.session_state.pop("own_file", None)


def upload_zip() -> None:
    file = st.file_uploader(
        "Upload a ZIP file with a folder for each class",
        type="zip",
        key="own_file",
        help=(
            "WAV, MP3, FLAC, Ogg, M4A and other common formats. Everything stays on the "
            "machine that serves this page."
        ),
    )
    if file is not None:
        st.session_state[_FILE] = (file.name, file.getvalue(), digest(file.getvalue()))
    if _FILE in st.session_state:
        name, data, mark = st.session_state[_FILE]
        TRAINER.give("Zip", mark, lambda: TrainingWorkspace(SoundDataset.from_zip(data), name))
    else:
        TRAINER.resume("Zip")  # which a project may have
    folder_choice(TRAINER, "Zip")


def record_classes() -> None:
    recorded: dict[str, dict[str, bytes]] = st.session_state.setdefault(_RECORDED, {})
    turn = st.session_state.setdefault("own_turn", 0)
    name = st.text_input("Class", key="own_class", placeholder="door bell").strip()
    files = st.file_uploader(
        "Recordings of this class",
        accept_multiple_files=True,
        key=f"own_files_{turn}",
        max_upload_size=AUDIO_LIMITS.max_bytes >> 20,
    )
    recording = st.audio_input(
        "Or record a sound", sample_rate=48_000, key=f"own_microphone_{turn}"
    )
    given = [*files, *([recording] if recording is not None else [])]
    with st.container(horizontal=True):
        if st.button("Add to the class", icon=":material/add:", disabled=not (name and given)):
            members = recorded.setdefault(name, {})
            for file in given:
                members[_unused(file.name, members)] = file.getvalue()
            st.session_state["own_turn"] = turn + 1
            st.rerun()
        if recorded:
            asking_button(
                "Remove all recordings",
                "All classes, their recordings, and the classifier trained on them are removed.",
                _start_over,
                key="own_start_over",
                opener="Start over…",
            )
    if recorded:
        st.caption(
            " · ".join(f"{escaped(label)}: {len(members)}" for label, members in recorded.items())
        )
        mark = _mark(recorded)
        named = {label: list(members.items()) for label, members in recorded.items()}
        TRAINER.give(
            BY_CLASS,
            mark,
            lambda: TrainingWorkspace(SoundDataset.from_classes(named), "My sounds"),
        )


def _mark(recorded: Mapping[str, Mapping[str, bytes]]) -> Hashable:
    return tuple((label, *members) for label, members in recorded.items())


def _refill(work: SoundWorkspace) -> Hashable:
    """Put recordings that were made here back into their classes."""
    recorded: dict[str, dict[str, bytes]] = {name: {} for name in work.original.classes}
    for sound in work.original.sounds:
        recorded[work.original.classes[sound.label]][sound.name] = sound.data
    st.session_state[_RECORDED] = recorded
    return _mark(recorded)


TRAINER.refills[BY_CLASS] = _refill


def _start_over() -> None:
    st.session_state[_RECORDED].clear()
    TRAINER.forget(BY_CLASS)


def _unused(name: str, taken: dict[str, bytes]) -> str:
    """The name, with a number in front if it is there already."""
    candidate, number = name, 1
    while candidate in taken:
        number += 1
        candidate = f"{number} {name}"
    return candidate
