"""What the parts of the Photos room show: the data set as it is corrected, and what is known."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

import numpy as np
import streamlit as st

from core.errors import InvalidInputError
from core.learning.training import split_of
from core.vision.embedding_map import map_2d
from core.vision.exploration import ExplorationStep, corrected
from core.vision.transfer import TrainingSettings
from core.vision.transfer.datasets import ImageDataset
from pages._transfer.state import Lab

T = TypeVar("T")
NEITHER, TRAINING, TEST = -1, 0, 1
PART_NAMES = {NEITHER: "", TRAINING: "training", TEST: "test"}
_KEPT, _PCA = "lab_explored", "lab_pca"


@dataclass(frozen=True)
class ExplorationView:
    """A data set with N photos after corrections, and an exploration of it.

    Attributes
    ----------
    whole, step : the exploration of `lab.original`, and what it says of `dataset`.
    origin : (N,) int64, position in `lab.original` of each photo of `dataset`.
    names : of the photos, each of its own.
    settings : of the split that `parts` shows.
    corrections : of `lab` by then.
    """

    lab: Lab
    whole: ExplorationStep
    dataset: ImageDataset
    origin: np.ndarray
    step: ExplorationStep
    names: list[str]
    settings: TrainingSettings
    corrections: tuple[tuple[int, str | None], ...]

    @cached_property
    def parts(self) -> np.ndarray:
        """(N,) int64, `TRAINING` (with what decides when to stop), `TEST` or `NEITHER`.

        Thousands of photos take seconds, so only who shows it waits.
        """
        return _parts(self.dataset, self.settings)

    @property
    def pca(self) -> np.ndarray:
        """(N, 2) float32, the map by PCA of all photos that came in, once vectors are computed."""
        known = st.session_state.get(_PCA)
        if known is None or known[0] is not self.whole.vectors:
            vectors = _known(self.whole.vectors)
            st.session_state[_PCA] = known = (vectors, map_2d(vectors, "pca"))
        positions: np.ndarray = known[1]
        return positions

    @property
    def vectors(self) -> np.ndarray:
        """(N, D) float32, once they are computed."""
        return _known(self.step.vectors)

    @property
    def positions(self) -> np.ndarray:
        """(N, 2) float32, once the map is drawn."""
        return _known(self.step.positions)

    def class_of(self, position: int) -> str:
        """The class of a photo, as it is corrected."""
        return self.dataset.classes[self.dataset.photos[position].label]


def _known(value: T | None) -> T:
    if value is None:
        raise RuntimeError("The exploration is not finished. Wait for it, or start it again.")
    return value


def view_exploration(lab: Lab, step: ExplorationStep) -> ExplorationView:
    """The same object until the data set, a correction, the split or the exploration changes."""
    settings = lab.race.lanes[0].settings if lab.race else TrainingSettings()
    corrections = tuple(lab.corrections.items())
    kept: ExplorationView | None = st.session_state.get(_KEPT)
    if (
        kept is not None
        and kept.lab is lab
        and kept.whole is step
        and (kept.settings, kept.corrections) == (settings, corrections)
    ):
        return kept
    corrected_set = lab.corrected()
    dataset, origin = corrected_set.dataset, corrected_set.origin
    st.session_state[_KEPT] = view = ExplorationView(
        lab=lab,
        whole=step,
        dataset=dataset,
        origin=origin,
        step=corrected(step, dataset, origin),
        names=_distinct([photo.name for photo in dataset.photos]),
        settings=settings,
        corrections=corrections,
    )
    return view


def _distinct(names: list[str]) -> list[str]:
    """The names, with numbers behind those that come again."""
    counts: Counter[str] = Counter()
    distinct = []
    for name in names:
        counts[name] += 1
        distinct.append(name if counts[name] == 1 else f"{name} ({counts[name]})")
    return distinct


def _parts(dataset: ImageDataset, settings: TrainingSettings) -> np.ndarray:
    parts = np.full(len(dataset.photos), NEITHER, np.int64)
    try:
        split = split_of(dataset, settings)
    except InvalidInputError:  # too few photos to train with, which the room says
        return parts
    parts[split.train] = parts[split.validation] = TRAINING
    parts[split.test] = TEST
    return parts
