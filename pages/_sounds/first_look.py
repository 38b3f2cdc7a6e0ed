"""The room First look: what is wrong with recordings that have labels, and where they lie."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import numpy as np
import streamlit as st

from core import cluster
from core.learning.feature_cache import FeatureCache
from core.learning.findings.placing import placed_rows
from core.sound.encoders import BIRD_NETWORK
from core.sound.exploration import SoundExplorationStep, explore
from core.sound.transfer.dataset import SoundDataset
from core.wording import counted, escaped
from pages._sounds import train
from pages._sounds.training_input import SoundWorkspace
from pages._ui import corrections, widgets
from pages._ui.example_tables import left_out
from pages._ui.findings import Findings
from pages._ui.first_look import FirstLook
from pages._ui.look_map import look_map


class _SoundLook(FirstLook[SoundDataset, SoundExplorationStep]):
    card_px = 260
    stages = {  # noqa: RUF012 - of all rooms of this kind
        "recordings": "reading the recordings",
        "embeddings": "listening",
        "duplicates": "searching for near duplicates",
        "review": "looking for what is wrong",
        "map": "drawing the map",
        "done": "done",
    }

    def explore(self, dataset: SoundDataset, cache: FeatureCache) -> Iterator[SoundExplorationStep]:
        return cluster.steps(explore, dataset, cache=cache)

    @property
    def network(self) -> str:
        return widgets.title_of(BIRD_NETWORK)

    def draw(self, work: SoundWorkspace, position: int) -> None:
        st.audio(work.original.sounds[position].data)
        st.caption(escaped(work.original.sounds[position].name))

    def as_html(self, work: SoundWorkspace, position: int) -> str:
        return ""  # its name stands below, and a page of audio would be too large

    def places(self, look: SoundExplorationStep) -> np.ndarray | None:
        return look.decoded if look.skipped else None

    def overview(
        self, work: SoundWorkspace, look: SoundExplorationStep, findings: Findings
    ) -> None:
        if look.seconds is not None and look.rates is not None:
            st.caption(_in_words(look.seconds, look.rates))
        left_out(look.skipped, self.noun)
        vectors, positions, places = look.vectors, look.positions, self.places(look)
        if vectors is not None and places is not None:
            count = len(work.original.sounds)
            vectors = placed_rows(vectors, places, count)
            if positions is not None:
                positions = placed_rows(positions, places, count, float(positions.min()))
        if vectors is not None:
            look_map(findings, vectors, positions, None)

    def corrected_files(self, work: SoundWorkspace) -> None:
        corrections.corrected_files(work, "recordings")


def _in_words(seconds: np.ndarray, rates: np.ndarray) -> str:
    """How long recordings are, and at which rates."""
    low, middle, high = np.percentile(seconds, (5, 50, 95))
    known = Counter(rates.tolist()).most_common(4)
    named = ", ".join(f"{rate / 1000:g} kHz {count:,}" for rate, count in known)
    return (
        f"{counted(len(seconds), 'recording')}: half of them last at most {middle:.1f} s, nine of "
        f"ten {low:.1f} to {high:.1f} s; {named}."
    )


ROOM = _SoundLook(train.ROOM, task="explore-sounds")
