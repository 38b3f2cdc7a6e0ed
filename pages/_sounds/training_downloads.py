"""The file of a classifier of one's own sounds: run in a clean process first, then handed out."""

from __future__ import annotations

from functools import partial

import streamlit as st

from core import cluster
from core.engine import JobState
from core.learning.card import archive_with_card
from core.sound.encoders import BIRD_NETWORK
from core.sound.transfer.classifier import SCRIPT_NAME, SoundClassifier, SoundExport, exported
from core.sound.transfer.training import SoundTrainingStep
from core.wording import counted
from pages._sounds.training_input import SoundWorkspace, TrainedSounds
from pages._ui import downloads, jobs
from pages._ui.predictions import tested_examples
from pages._ui.text import slug

_JOB = "own_export"
_CHECKED = 12


def export(work: SoundWorkspace, trained: TrainedSounds) -> None:
    """The downloads, once the file's script has shown that it says what this page does."""
    step = trained.step
    if st.session_state.get("own_export_of") is not trained.model:
        _start(work, trained.model)
    job = jobs.current(_JOB)
    if job is None:
        return
    if not (job.is_over and isinstance(job.snapshot, SoundExport)):
        st.caption("Before download, the script in the file is run in a clean process.")
        jobs.panel(_JOB, job, lambda _: (None, "in a clean process"))
        if job.state in (JobState.CANCELLED, JobState.FAILED):
            st.button("Check again", on_click=_start, args=(work, trained.model))
        return
    checked: SoundExport = job.snapshot
    st.success(
        f"Largest difference {checked.largest:.1e} over "
        f"{counted(checked.examples, 'test recording')}, in a "
        "clean process.",
        icon=":material/verified:",
    )
    st.markdown(
        "**One ZIP file**: the frozen network as an OpenVINO graph, the "
        f"trained layer, the model card, and `{SCRIPT_NAME}`, "
        "which needs NumPy, openvino, soundfile and soxr."
    )
    st.code(f"python {SCRIPT_NAME} RECORDING.wav", language="bash")
    name = slug(work.name, "sounds")
    with st.container(horizontal=True):
        st.download_button(
            f"The classifier (ZIP, {len(checked.archive) / 1e6:.0f} MB)",
            lambda: archive_with_card(checked.archive, work.card),
            f"{name}.zip",
            "application/zip",
            icon=":material/download:",
            on_click="ignore",
            type="primary",
        )
        rows = tested_examples(
            trained.evaluation, {"name": [sound.name for sound in work.test_part()]}
        )
        downloads.table("Test recordings with predictions (CSV)", rows, f"{name}.csv")
        if (
            isinstance(step, SoundTrainingStep)
            and step.decoded is not None
            and step.vectors is not None
        ):
            names = [work.trained_on.sounds[i].name for i in step.decoded]
            downloads.features(names, step.vectors, BIRD_NETWORK, "recording")
    st.caption(
        "The network is BirdNET, CC BY-NC-SA 4.0: not for commercial use; share adaptations "
        "under the same licence."
    )


def _start(work: SoundWorkspace, model: SoundClassifier) -> None:
    tested = [sound.data for sound in work.test_part()[:_CHECKED]]
    checking = partial(cluster.here, exported, model, tested)
    jobs.start(_JOB, "Checking the file", checking, in_project=False)
    st.session_state["own_export_of"] = model
