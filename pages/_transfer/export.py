"""Files of a classifier to take home: looked at in a clean process first, then handed out."""

from __future__ import annotations

import contextlib
import tempfile
import time
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from weakref import WeakKeyDictionary

import streamlit as st

from core import cluster
from core.engine import JobState
from core.errors import InvalidInputError
from core.learning.card import ModelCard
from core.learning.export import ExportCheck
from core.learning.novelty import NoveltyDetector
from core.vision.transfer.export_forms import EXPORT_FORMS, ExportForm
from core.vision.transfer.loader_scripts import loader_script
from core.vision.transfer.trained_model import TrainedModel
from core.wording import counted
from pages._ui import jobs, links, none_of_these, widgets
from pages._ui.numbers import percent

_JOB = "check"
_USUAL_S = {".keras": 12, ".zip": 4, ".tflite": 20, ".onnx": 25}
_TOLERANCE = 1e-4
_FORMAT = "export_format"
_ZIPS = (".keras", ".zip")  # and nothing else
_USES = {
    ".keras": "To train further, or to run with Keras 3.",
    ".zip": "To run fast, without TensorFlow.",
    ".tflite": "To run on phones and small devices, one photo at a time.",
    ".onnx": "To run with ONNX Runtime, on many systems and from many languages.",
}


def begin_check(model: TrainedModel, photos: Sequence[bytes]) -> None:
    """Have the file of the chosen format checked in the background, unless it was already."""
    of, job = st.session_state.get("check_of"), jobs.current(_JOB)
    if of is not None and job is not None and job.is_over and isinstance(job.snapshot, ExportCheck):
        checked, suffix = of
        _passed().setdefault(checked, {})[suffix] = job.snapshot
    suffix = st.session_state.get(_FORMAT)
    if suffix not in model.formats:
        suffix = model.formats[0]
    if suffix not in _passed().get(model, {}) and of != (model, suffix):
        with contextlib.suppress(InvalidInputError):  # which `export` shows
            EXPORT_FORMS[suffix].check_packages()
            _start(model, photos, suffix)


def export(model: TrainedModel, photos: Sequence[bytes], name: str, card: ModelCard | None) -> None:
    """The download, once the file has shown that it predicts what this page does."""
    titles = {suffix: EXPORT_FORMS[suffix].title for suffix in model.formats}
    links.keep_among(_FORMAT, list(titles), model.formats)
    suffix = widgets.choice("Format", titles, key=_FORMAT)
    form = EXPORT_FORMS[suffix]
    st.markdown(_USES[suffix])
    form.check_packages()
    begin_check(model, photos)
    check = _passed().get(model, {}).get(suffix)
    if check is None:
        _wait(model, photos, suffix)
        return
    if not check.largest < _TOLERANCE:
        st.error(
            "The predictions of the file differ from those of this page by up to "
            f"{check.largest:.1e}, so it cannot be downloaded. Train again, or choose another "
            "classifier or format.",
            icon=":material/error:",
        )
        return
    st.success(
        f"Largest difference {check.largest:.1e} over {counted(check.examples, 'photo')}, in a "
        "clean process.",
        icon=":material/verified:",
    )
    _files(model, f"{name}{suffix}", form, card)


def _wait(model: TrainedModel, photos: Sequence[bytes], suffix: str) -> None:
    st.caption("Before download, the file is opened and run in a clean process.")
    job = jobs.current(_JOB)
    if job is None:
        return
    jobs.panel(_JOB, job, partial(_describe, suffix))
    if job.state in (JobState.CANCELLED, JobState.FAILED):
        st.button("Check again", on_click=_start, args=(model, photos, suffix))


def _files(model: TrainedModel, file_name: str, form: ExportForm, card: ModelCard | None) -> None:
    st.markdown(f"Save both files in one folder and run `python {form.script} PHOTO`.")
    suffix, script = Path(file_name).suffix, loader_script(file_name)
    novelty = none_of_these.chosen_for(model.novelty)
    with st.container(horizontal=True):
        st.download_button(
            file_name,
            lambda: _bytes(model, suffix, card, novelty),
            file_name,
            "application/zip" if suffix in _ZIPS else "application/octet-stream",
            icon=":material/download:",
            type="primary",
            on_click="ignore",
        )
        st.download_button(
            form.script,
            script,
            form.script,
            "text/x-python",
            icon=":material/code:",
            on_click="ignore",
        )
    if novelty is not None:
        st.caption(
            "The script prints “none of these” for photos that are too far from what was learned, "
            f"at the cost of about {percent(novelty.promised_share(), 0)} of known photos; "
            "choose that in the tab None of these."
        )
    with st.expander(form.script):
        st.code(script, language="python")
    st.caption(
        "Preprocessing is part of the file: it takes RGB values of 0 to 255. It also contains the "
        "labels, the model card, and the modules that read and crop photos on this page, so that "
        "the script gives the same predictions for transparent photos, 16-bit photos and colour "
        "profiles."
    )


def _bytes(
    model: TrainedModel,
    suffix: str,
    card: ModelCard | None,
    novelty: NoveltyDetector | None = None,
) -> bytes:
    with tempfile.TemporaryDirectory(prefix="graft-") as scratch:
        path = Path(scratch) / f"model{suffix}"
        model.export(path, card, novelty)
        return path.read_bytes()


def _start(model: TrainedModel, photos: Sequence[bytes], suffix: str) -> None:
    title = f"Opening the {EXPORT_FORMS[suffix].title} file in a clean process"
    work = partial(cluster.here, _checking, model, photos, suffix)
    jobs.start(_JOB, title, work, in_project=False)
    st.session_state["check_of"] = (model, suffix)


def _checking(
    model: TrainedModel, photos: Sequence[bytes], suffix: str
) -> Iterator[ExportCheck | float]:
    """Seconds so far, and at last what was found."""
    started = time.monotonic()
    for check in model.checking(photos, [suffix]):
        yield check or time.monotonic() - started


def _describe(suffix: str, seconds: ExportCheck | float) -> tuple[float, str]:
    if isinstance(seconds, ExportCheck):
        return 1.0, "done"
    return min(0.95, seconds / _USUAL_S[suffix]), "by its script and library alone"


def _passed() -> WeakKeyDictionary[TrainedModel, dict[str, ExportCheck]]:
    return st.session_state.setdefault("checks", WeakKeyDictionary())
