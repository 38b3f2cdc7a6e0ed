"""Files of a classifier to take home: looked at in a clean process first, then handed out."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple
from weakref import WeakKeyDictionary

import streamlit as st

from core import cluster
from core.engine import JobState
from core.learning.card import ModelCard
from core.learning.export import ExportCheck
from core.vision.transfer.loader_scripts import loader_script
from core.vision.transfer.trained_model import TrainedModel
from core.wording import counted
from pages._ui import jobs

_JOB = "check"
_USUAL_S = 12
_TOLERANCE = 1e-4


class _Form(NamedTuple):
    """A kind of file to take along."""

    suffix: str
    title: str
    script: str
    use: str


_FORMS = (
    _Form(".keras", "Keras", "classify_keras.py", "To train further, or to run with Keras 3."),
    _Form(".zip", "OpenVINO", "classify_openvino.py", "To run fast, without TensorFlow."),
)


def begin_check(model: TrainedModel, photos: Sequence[bytes]) -> None:
    """Have the exports of `model` checked in the background, unless they were already."""
    of, job = st.session_state.get("check_of"), jobs.current(_JOB)
    if of is not None and job is not None and job.is_over and isinstance(job.snapshot, ExportCheck):
        _passed()[of] = job.snapshot
    if model not in _passed() and of is not model:
        _start(model, photos)


def export(model: TrainedModel, photos: Sequence[bytes], name: str, card: ModelCard | None) -> None:
    """The downloads, once both files have shown that they predict what this page does."""
    begin_check(model, photos)
    check = _passed().get(model)
    if check is None:
        st.caption("Before download, each file is opened and run in a clean process.")
        job = jobs.current(_JOB)
        if job is None:
            return
        jobs.panel(_JOB, job, _describe)
        if job.state in (JobState.CANCELLED, JobState.FAILED):
            st.button("Check again", on_click=_start, args=(model, photos))
        return
    if not check.largest < _TOLERANCE:
        st.error(
            "The predictions of the files differ from those of this page by up to "
            f"{check.largest:.1e}, so they cannot be downloaded. Train again, or "
            "choose another classifier.",
            icon=":material/error:",
        )
        return
    st.success(
        f"Largest difference {check.largest:.1e} over {counted(check.examples, 'photo')}, in a "
        "clean process: "
        + ", ".join(f"{check.differences[form.script]:.1e} by {form.title}" for form in _FORMS)
        + ".",
        icon=":material/verified:",
    )
    for column, form in zip(st.columns(2, gap="large"), _FORMS, strict=True):
        with column:
            _form(model, f"{name}{form.suffix}", form, card)
    for form in _FORMS:
        with st.expander(form.script):
            st.code(loader_script(f"{name}{form.suffix}"), language="python")
    st.caption(
        "Preprocessing is part of both files: they take RGB values of 0 to 255. They also "
        "contain the model card, and the modules that read and crop photos on this page, so that "
        "the scripts give the same predictions for transparent photos, 16-bit photos and colour "
        "profiles."
    )


def _form(model: TrainedModel, file_name: str, form: _Form, card: ModelCard | None) -> None:
    st.subheader(form.title, anchor=False)
    st.markdown(f"{form.use} Save both files in one folder and run  \n`python {form.script} PHOTO`")
    with st.container(horizontal=True):
        st.download_button(
            file_name,
            lambda: _bytes(model, form.suffix, card),
            file_name,
            "application/zip",
            icon=":material/download:",
            type="primary",
            on_click="ignore",
        )
        st.download_button(
            form.script,
            loader_script(file_name),
            form.script,
            "text/x-python",
            icon=":material/code:",
            on_click="ignore",
        )


def _bytes(model: TrainedModel, suffix: str, card: ModelCard | None) -> bytes:
    with tempfile.TemporaryDirectory(prefix="graft-") as scratch:
        path = Path(scratch) / f"model{suffix}"
        model.export(path, card)
        return path.read_bytes()


def _start(model: TrainedModel, photos: Sequence[bytes]) -> None:
    title = "Opening the files in a clean process"
    work = partial(cluster.here, _checking, model, photos)
    jobs.start(_JOB, title, work, in_project=False)
    st.session_state["check_of"] = model


def _checking(model: TrainedModel, photos: Sequence[bytes]) -> Iterator[ExportCheck | float]:
    """Seconds so far, and at last what was found."""
    started = time.monotonic()
    for check in model.checking(photos):
        yield check or time.monotonic() - started


def _describe(seconds: ExportCheck | float) -> tuple[float, str]:
    if isinstance(seconds, ExportCheck):
        return 1.0, "done"
    return min(0.95, seconds / _USUAL_S), "Keras and OpenVINO, each by itself"


def _passed() -> WeakKeyDictionary[TrainedModel, ExportCheck]:
    return st.session_state.setdefault("checks", WeakKeyDictionary())
