"""The file of a classifier of one's own sounds: run in a clean process first, then handed out."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from core.engine import JobState
from core.sound.encoders import BIRD_NETWORK
from core.sound.transfer.classifier import SCRIPT_NAME, SoundExport, exported
from core.sound.transfer.training import SoundTrainingStep
from pages._ui import downloads, jobs
from pages._ui.desk import Desk
from pages._ui.text import slug

_JOB = "own_export"
_CHECKED = 12


def take_along(desk: Desk) -> None:
    """The downloads, once the file's script has shown that it says what this page does."""
    step: SoundTrainingStep = desk.step
    if st.session_state.get("own_export_of") is not step.model:
        _start(desk)
    job = jobs.current(_JOB)
    if job is None:
        return
    if not (job.is_over and isinstance(job.snapshot, SoundExport)):
        st.caption("Before you take the file along, its script is run in a clean process.")
        jobs.panel(_JOB, job, lambda _: (None, "in a clean process"))
        if job.state in (JobState.CANCELLED, JobState.FAILED):
            st.button("Check again", on_click=_start, args=(desk,))
        return
    checked: SoundExport = job.snapshot
    st.success(
        f"Largest difference {checked.largest:.1e} over {checked.examples} test recordings, in a "
        "clean process.",
        icon=":material/verified:",
    )
    st.markdown(
        "**One zip**: the frozen network as an OpenVINO graph, the layer that has learned, and "
        f"`{SCRIPT_NAME}`, which needs NumPy, openvino, soundfile and soxr."
    )
    st.code(f"python {SCRIPT_NAME} RECORDING.wav", language="bash")
    name = slug(desk.name, "sounds")
    with st.container(horizontal=True):
        st.download_button(
            f"The classifier (ZIP, {len(checked.archive) / 1e6:.0f} MB)",
            checked.archive,
            f"{name}.zip",
            "application/zip",
            icon=":material/download:",
            on_click="ignore",
            type="primary",
        )
        downloads.table("Test recordings with answers (CSV)", _answers(desk), f"{name}.csv")
        names = [desk.trained_on.sounds[i].name for i in step.decoded]
        downloads.features(names, step.vectors, BIRD_NETWORK, "recording")
    st.caption(
        "The network is BirdNET, CC BY-NC-SA 4.0: not for commercial use, and what is made of it "
        "is shared alike."
    )


def _start(desk: Desk) -> None:
    model = st.session_state["own_export_of"] = desk.step.model
    tested = [sound.data for sound in desk.test_part()[:_CHECKED]]
    jobs.start(_JOB, "Checking the file", lambda: exported(model, tested))


def _answers(desk: Desk) -> pd.DataFrame:
    evaluation = desk.step.evaluation
    return pd.DataFrame(
        {
            "name": [sound.name for sound in desk.test_part()],
            "label": [evaluation.classes[i] for i in evaluation.labels],
            "said": [evaluation.classes[i] for i in evaluation.predictions],
            "probability": evaluation.confidences,
        }
    )
