"""What sessions share of photos with classes: small copies, sample sets, explorations of these."""

from __future__ import annotations

from collections.abc import Iterator

import streamlit as st

from core import cluster
from core.media import encode_jpeg
from core.memory.results import SharedResults
from core.vision import exploration
from core.vision.exploration import ExplorationStep
from core.vision.preparation import prepare
from core.vision.transfer import saved
from core.vision.transfer.datasets import ImageDataset
from core.vision.transfer.trained_model import TrainedModel
from pages._transfer.sample_sets import SAMPLE_SETS
from pages._ui.spinners import PREPARING


@st.cache_data(max_entries=2048, show_spinner=False)
def square(photo: bytes, size_px: int) -> bytes:
    """What networks see of a photo, as a JPEG of `size_px` a side."""
    return encode_jpeg(prepare(photo, size_px), quality=85)


@st.cache_resource(show_spinner=False)
def sample_set(name: str) -> ImageDataset:
    """A data set of `SAMPLE_SETS`."""
    return SAMPLE_SETS[name].dataset()


@st.cache_resource(max_entries=8, show_spinner=PREPARING)
def saved_model(name: str) -> TrainedModel:
    """A classifier that somebody has saved, to be tried and exported."""
    return saved.model_of(name)


@st.cache_resource(show_spinner=False)
def explorations() -> SharedResults[ExplorationStep]:
    """The last steps by sample set and network."""
    return SharedResults()


def explore_sample(name: str, backbone: str) -> Iterator[ExplorationStep]:
    """`core.vision.exploration.explore` a sample set once for all sessions."""
    explored = explorations()
    if (known := explored.get((name, backbone))) is not None:
        yield known
        return
    for step in cluster.steps(exploration.explore, sample_set(name), backbone):
        yield step
    explored.put((name, backbone), step)
