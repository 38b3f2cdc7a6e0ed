"""The features of the photos that a classifier was trained on, as a file."""

from __future__ import annotations

import io
from collections.abc import Iterator

import numpy as np
import streamlit as st

from core import cluster
from core.errors import InvalidInputError
from core.learning.training import Split
from core.vision.classification import DEFAULT_BACKBONE, embed_all
from core.vision.transfer.datasets import ImageDataset
from core.wording import counted
from pages._transfer.state import Lab, TrainedLane
from pages._ui import jobs, widgets

_JOB = "features"


def features(lab: Lab, lane: TrainedLane, name: str) -> None:
    """The vectors of all photos by a pretrained network, to compute and to download."""
    backbone = DEFAULT_BACKBONE if lane.settings.strategy == "scratch" else lane.settings.backbone
    dataset, title = lab.trained_on, widgets.title_of(backbone)
    st.markdown(
        f"The feature vector of every photo by the pretrained {title}, with names, labels, "
        "classes, and the part of the split. Load it with `numpy.load`."
    )
    job = jobs.current(_JOB)
    if job is None or not jobs.is_about(_JOB, (dataset.digest, backbone)):
        st.button(
            f"Compute the features of {counted(len(dataset.photos), 'photo')}",
            on_click=_start,
            args=(dataset, backbone),
        )
        return
    jobs.panel(_JOB, job, lambda rows: (len(rows) / len(dataset.photos), f"{len(rows):,} done"))
    if job.is_over and job.snapshot and len(job.snapshot) == len(dataset.photos):
        vectors = np.stack(job.snapshot)
        st.download_button(
            f"Features, {vectors.shape[1]:,} numbers a photo (NPZ)",
            lambda: npz(dataset, lane.step.split, vectors, backbone),
            f"{name}-features.npz",
            icon=":material/download:",
            on_click="ignore",
        )
    elif job.is_over:
        st.button("Compute them again", on_click=_start, args=(dataset, backbone))


def npz(dataset: ImageDataset, split: Split, vectors: np.ndarray, backbone: str) -> bytes:
    """Names, labels, classes, part of the split and (N, D) vectors of a data set's photos."""
    part = np.full(len(dataset.photos), "unused", "<U10")
    for name in ("train", "validation", "test"):
        part[getattr(split, name)] = name
    buffer = io.BytesIO()
    np.savez_compressed(
        buffer,
        names=np.array([photo.name for photo in dataset.photos]),
        labels=dataset.labels,
        classes=np.array(dataset.classes),
        part=part,
        vectors=vectors,
        backbone=backbone,
    )
    return buffer.getvalue()


def _start(dataset: ImageDataset, backbone: str) -> None:
    about = (dataset.digest, backbone)
    jobs.start(_JOB, "Computing features", lambda: _embedded(dataset, backbone), about=about)


def _embedded(dataset: ImageDataset, backbone: str) -> Iterator[list[np.ndarray]]:
    """The rows so far, again and again."""
    rows: list[np.ndarray] = []
    photos = [photo.data for photo in dataset.photos]
    for row in cluster.every(embed_all, photos, backbone=backbone):
        if isinstance(row, InvalidInputError):
            raise row
        rows.append(row)
        yield rows
