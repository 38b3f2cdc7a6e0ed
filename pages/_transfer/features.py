"""The features of the photos that a classifier was trained on, as a file."""

from __future__ import annotations

from functools import partial

import streamlit as st

from core import cluster
from core.learning.training import Split
from core.media.source import mib
from core.vision.classification import DEFAULT_BACKBONE
from core.vision.transfer.datasets import ImageDataset
from core.vision.transfer.feature_files import (
    FeatureRequest,
    FeatureStep,
    Kind,
    Number,
    What,
    map_shape,
    write_features,
)
from core.wording import counted
from pages._server.large_files import address_of
from pages._transfer.state import Lab, TrainedLane
from pages._ui import jobs, widgets

_JOB = "features"
_LOADING = {
    "npz": """\
import numpy as np

with np.load("{file}") as file:
    features, labels = file["{array}"], file["labels"]  # {shape} {number}; (N,)
    classes, names, part = file["classes"], file["names"], file["part"]
""",
    "parquet": """\
import json
import numpy as np, pyarrow.parquet as pq

table = pq.read_table("{file}")  # columns name, class, part, features
numbers = table["features"].combine_chunks().flatten().to_numpy()
features = numbers.reshape(-1, *json.loads(table.schema.metadata[b"shape"]))  # {shape} {number}
""",
}


def features(lab: Lab, lane: TrainedLane, name: str) -> None:
    """The features of all photos by a pretrained network, to compute and to download."""
    backbone = lane.settings.network or DEFAULT_BACKBONE
    dataset, title = lab.trained_on, widgets.title_of(backbone)
    st.markdown(
        f"What the pretrained {title} computes of every photo, with names, labels, classes, and "
        "the part of the split. The full map has a vector for each place on the photo; for most "
        "networks, the feature vector is its mean."
    )
    request = _request(backbone)
    photos = len(dataset.photos)
    if request.what == "map":
        shape = ", ".join(f"{length:,}" for length in (photos, *map_shape(backbone)))
        packed = " at most, since Parquet is packed" if request.kind == "parquet" else ""
        size = mib(request.bytes_of(photos))
        st.caption(f"An array of shape ({shape}): {size} in {request.number}{packed}.")
    about = (dataset.digest, request)
    start = partial(_start, dataset, lane.step.split, request)
    job = jobs.current(_JOB)
    if job is None or not jobs.is_about(_JOB, about):
        st.button(f"Compute the features of {counted(photos, 'photo')}", on_click=start)
        return
    jobs.panel(_JOB, job, _describe)
    if not job.is_over:
        return
    if job.snapshot is None or job.snapshot.file is None:
        st.button("Compute them again", on_click=start)
        return
    file = job.snapshot.file
    file_name = f"{name}-features.{request.kind}"
    st.link_button(
        f"{file_name}, {mib(file.path.stat().st_size)}",
        address_of(file, file_name),
        icon=":material/download:",
    )
    array, shape = ("vectors", "(N, D)") if request.what == "vector" else ("maps", "(N, h, w, C)")
    code = _LOADING[request.kind].format(
        file=file_name, array=array, shape=shape, number=request.number
    )
    st.code(code, language="python")


def _request(backbone: str) -> FeatureRequest:
    """Which features of a network to compute, and as what to write them."""
    whats: dict[What, str] = {"vector": "Vectors", "map": "Full maps"}
    kinds: dict[Kind, str] = {"npz": "NPZ", "parquet": "Parquet"}
    numbers: tuple[Number, ...] = ("float32", "float16")
    with st.container(horizontal=True, gap="medium"):
        return FeatureRequest(
            backbone,
            widgets.choice("Features", whats, key="features_what"),
            widgets.choice("File", kinds, key="features_file"),
            widgets.choice(
                "Numbers",
                numbers,
                key="features_number",
                help="float16 halves the file and keeps 11 bits of each number: a relative error "
                "of at most 0.05%.",
            ),
        )


def _start(dataset: ImageDataset, split: Split, request: FeatureRequest) -> None:
    jobs.start(
        _JOB,
        "Computing features",
        lambda: write_features(dataset, split, request, cluster.every),
        about=(dataset.digest, request),
        in_project=False,
    )


def _describe(step: FeatureStep) -> tuple[float, str]:
    return step.done / step.photos, f"{step.done:,} done"
