"""What a training leaves behind besides its classifier: features, settings, figures."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from dataclasses import asdict
from importlib import metadata

import numpy as np
import streamlit as st

from core.errors import InvalidInputError
from core.learning.metrics import Evaluation, wilson_interval
from core.learning.training import Split
from core.vision.classification import DEFAULT_BACKBONE, embed_all
from core.vision.transfer.datasets import ImageDataset
from core.wording import counted
from pages._transfer.state import Lab, TrainedLane
from pages._ui import jobs, widgets
from pages._ui.workspace import LEFT_OUT

_JOB = "features"
_SOFTWARE = ("keras", "tensorflow", "openvino", "pillow", "numpy")


def reports(lab: Lab, lane: TrainedLane, name: str) -> None:
    """Downloads of the photos' features, and of the settings with the figures."""
    st.subheader("Settings and metrics", anchor=False)
    st.markdown("Everything needed to repeat the training, with its metrics.")
    st.download_button(
        "Settings and metrics (JSON)",
        lambda: json.dumps(settings_and_figures(lab, lane), indent=1).encode(),
        f"{name}.json",
        "application/json",
        icon=":material/download:",
        on_click="ignore",
    )
    st.subheader("Features", anchor=False)
    backbone = DEFAULT_BACKBONE if lane.settings.strategy == "scratch" else lane.settings.backbone
    dataset, title = lab.trained_on, widgets.title_of(backbone)
    st.markdown(
        f"The feature vector of every photo by the pretrained {title}, with names, labels, "
        "classes, and the part of the split. Load it with `numpy.load`."
    )
    job = jobs.current(_JOB)
    if job is None or st.session_state.get("features_of") != (dataset.digest, backbone):
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


def settings_and_figures(lab: Lab, lane: TrainedLane) -> dict[str, object]:
    """For a JSON file: data set, corrections, settings, split, training, figures, software."""
    photos, split = lab.trained_on.photos, lane.step.split
    parts = {name: getattr(split, name) for name in ("train", "validation", "test")}
    return {
        "data": {"name": lab.name, "credit": lab.credit, "photos": lab.trained_on.counts()},
        "corrections": {
            lab.original.photos[i].name: "excluded" if name is LEFT_OUT else name
            for i, name in lab.corrections.items()
        },
        "settings": asdict(lane.settings),
        "split": {name: [photos[i].name for i in part] for name, part in parts.items()},
        "training": {
            "seconds": round(lane.step.seconds, 2),
            "rounds": [asdict(epoch) for epoch in lane.step.epochs],
        },
        "figures": _figures(lane.evaluation),
        "software": {name: metadata.version(name) for name in _SOFTWARE},
    }


def _figures(evaluation: Evaluation) -> dict[str, object]:
    """Undefined ones as None: JSON has no NaN."""
    total = evaluation.labels.size
    right = int(np.trace(evaluation.confusion))
    single = ("accuracy", "log_loss", "macro_precision", "macro_recall", "macro_f1", "macro_auc")
    classes = {
        name: {
            "precision": _number(evaluation.precision[i]),
            "recall": _number(evaluation.recall[i]),
            "f1": _number(evaluation.f1[i]),
            "auc": _number(evaluation.roc[i].auc),
            "test_photos": int(evaluation.support[i]),
        }
        for i, name in enumerate(evaluation.classes)
    }
    return {
        "test_photos": total,
        **{name: _number(getattr(evaluation, name)) for name in single},
        "accuracy_95_percent_interval": list(wilson_interval(right, total)),
        "expected_calibration_error": evaluation.reliability.expected_calibration_error,
        "confusion": evaluation.confusion.tolist(),
        "classes": classes,
    }


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _start(dataset: ImageDataset, backbone: str) -> None:
    jobs.start(_JOB, "Computing features", lambda: _embedded(dataset, backbone))
    st.session_state["features_of"] = (dataset.digest, backbone)


def _embedded(dataset: ImageDataset, backbone: str) -> Iterator[list[np.ndarray]]:
    """The rows so far, again and again."""
    rows: list[np.ndarray] = []
    for row in embed_all((photo.data for photo in dataset.photos), backbone=backbone):
        if isinstance(row, InvalidInputError):
            raise row
        rows.append(row)
        yield rows
