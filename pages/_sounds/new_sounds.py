"""Recordings as the rooms What changed and Label the rest take them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import streamlit as st

from core import cluster
from core.errors import InvalidInputError
from core.learning.feature_cache import FeatureCache
from core.learning.findings.changes import Changes
from core.media import decode_audio, encode_wav
from core.sound.transfer.dataset import LabelledSound, SoundDataset
from core.sound.transfer.vectors import SOURCE, embed_sounds, find_sound_changes
from core.wording import escaped
from pages._sounds.training_input import TRAINER, forget_file, sample_workspace
from pages._ui.new_examples import ExampleKind, Made
from pages._ui.trainer import TrainingWorkspace
from pages._ui.widgets import NamedFile
from pages._ui.workspace import Workspace

_RATE = 48_000
_LONGEST_S = 30.0  # of a recording that is changed to try the room with
_LOUD = 0.5  # of the noise, in shares of the recording's own level


class _Sounds(ExampleKind[SoundDataset]):
    noun, prefix, task, tile_px = "recording", "own_", "changes-sounds", 240
    embed = staticmethod(embed_sounds)

    def __init__(self) -> None:
        self.made = {"Noisier": Made("The set with hiss added to each recording.", _noisier)}

    def work(self) -> tuple[Workspace[SoundDataset], bool]:
        work = TRAINER.current() or TRAINER.give("Sample", "sample", sample_workspace)
        return work, work.is_sample

    def network_input(self) -> str:
        return SOURCE

    def cache(self, work: Workspace[SoundDataset]) -> FeatureCache:
        return work.cache if isinstance(work, TrainingWorkspace) else FeatureCache()

    def files_input(self, key: str) -> Sequence[NamedFile]:
        return st.file_uploader(
            "Upload recordings, or a ZIP file of recordings", accept_multiple_files=True, key=key
        )

    def read(self, files: Sequence[tuple[str, bytes]]) -> SoundDataset:
        archives = [name.lower().endswith(".zip") for name, _ in files]
        if archives == [True]:
            return SoundDataset.without_labels_from_zip(files[0][1])
        if any(archives):
            raise InvalidInputError(
                "Expected recordings, or one ZIP file. Received: both, or several; remove the "
                "others from the list."
            )
        return SoundDataset.without_labels(files)

    def changes(
        self, first: SoundDataset, second: SoundDataset, network: str, cache: FeatureCache
    ) -> Iterator[Changes]:
        return cluster.steps(find_sound_changes, first, second, cache)

    def tile(self, example: LabelledSound) -> None:
        st.audio(example.data)
        st.caption(escaped(example.name))

    def large(self, example: LabelledSound) -> None:
        st.markdown(f":small[{escaped(example.name)}]")
        st.audio(example.data)

    def give(
        self, dataset: SoundDataset, name: str, work: Workspace[SoundDataset]
    ) -> Workspace[SoundDataset]:
        forget_file()
        st.session_state["own_source"] = "Zip"
        given = TRAINER.give(
            "Zip", dataset.digest, lambda: TrainingWorkspace(dataset, name, work.credit)
        )
        given.cache = work.cache if isinstance(work, TrainingWorkspace) else given.cache
        return given


def _noisier(dataset: SoundDataset) -> tuple[SoundDataset, SoundDataset]:
    """The set as it is, since halves of a small one are too few, and all of it with noise."""
    named = {name: list[tuple[str, bytes]]() for name in dataset.classes}
    for number, sound in enumerate(dataset.sounds):
        samples = decode_audio(sound.data, rate=_RATE).samples[: int(_LONGEST_S * _RATE)]
        noise = np.random.default_rng(number).standard_normal(len(samples)).astype(np.float32)
        noisy = samples + _LOUD * float(samples.std()) * noise
        noisy /= max(1.0, float(np.abs(noisy).max()))
        named[dataset.classes[sound.label]].append((sound.name, encode_wav(noisy, _RATE)))
    return dataset, SoundDataset.from_classes(named)


SOUNDS = _Sounds()
