"""The ways in for recordings with labels: the sample, a zip of folders, class by class."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import streamlit as st

from core.media import AUDIO_LIMITS
from core.sound.sound_dataset import SoundDataset
from pages._sounds import own_desk as desks
from pages._sounds.own_desk import Desk
from pages._sounds.own_samples import CREDIT, NAME, sample_sounds
from pages._ui import errors

_KEPT = "own_kept"  # source -> what it was given last, and the work on that
_FILE = "own_given"  # name, bytes and a mark of the zip that came last
_RECORDED = "own_recorded"  # class -> file name -> bytes


def recordings_input() -> Desk:
    """The recordings that are chosen here; the same ones stay as they were left."""
    source = st.segmented_control(
        "Recordings",
        ["Sample", "Zip", "Class by class"],
        default="Sample",
        required=True,
        key="own_source",
        bind="query-params",
        wrap=True,
    )
    if source == "Zip":
        with errors.shown():
            _zip()
    elif source == "Class by class":
        with errors.shown():
            _class_by_class()
    else:
        _give("Sample", NAME, _sample)
    desk = desks.current()
    if desk is None:  # a link to an upload, of which there is none yet
        _give("Sample", NAME, _sample)
        desk = desks.current()
    if source != "Sample" and desk.is_sample:
        st.caption(f"Until there are recordings, “{desk.name}” is shown.")
    if desk.credit:
        st.caption(desk.credit)
    _skipped(desk)
    return desk


def _sample() -> Desk:
    return Desk(sample_sounds(), NAME, CREDIT, is_sample=True)


def _zip() -> None:
    file = st.file_uploader(
        "A zip with a folder for each class",
        type="zip",
        key="own_file",
        help="WAV, MP3, FLAC, Ogg, M4A and other usual formats. Everything stays on the machine "
        "that serves this page.",
    )
    if file is not None:
        st.session_state[_FILE] = (file.name, file.getvalue(), file.file_id)
    if _FILE in st.session_state:
        name, data, mark = st.session_state[_FILE]
        _give("Zip", mark, lambda: Desk(SoundDataset.from_zip(data), name))


def _class_by_class() -> None:
    recorded: dict[str, dict[str, bytes]] = st.session_state.setdefault(_RECORDED, {})
    turn = st.session_state.setdefault("own_turn", 0)
    name = st.text_input("Class", key="own_class", placeholder="door bell").strip()
    files = st.file_uploader(
        "Recordings of it",
        accept_multiple_files=True,
        key=f"own_files_{turn}",
        max_upload_size=AUDIO_LIMITS.max_bytes >> 20,
    )
    heard = st.audio_input("Or record one", sample_rate=48_000, key=f"own_microphone_{turn}")
    given = [*files, *([heard] if heard is not None else [])]
    with st.container(horizontal=True):
        if st.button("Add to the class", icon=":material/add:", disabled=not (name and given)):
            own = recorded.setdefault(name, {})
            for file in given:
                own[_unused(file.name, own)] = file.getvalue()
            st.session_state["own_turn"] = turn + 1
            st.rerun()
        if recorded and st.button("Start over", icon=":material/undo:", type="tertiary"):
            recorded.clear()
            st.rerun()
    if recorded:
        st.caption(" · ".join(f"{label}: {len(own)}" for label, own in recorded.items()))
        mark = tuple((label, *own) for label, own in recorded.items())
        named = {label: list(own.items()) for label, own in recorded.items()}
        _give("Class by class", mark, lambda: Desk(SoundDataset.from_classes(named), "My sounds"))


def _unused(name: str, taken: dict[str, bytes]) -> str:
    """The name, with a number in front if it is there already."""
    found, number = name, 1
    while found in taken:
        number += 1
        found = f"{number} {name}"
    return found


def _give(source: str, what: Any, read: Callable[[], Desk]) -> None:
    """Work on what `read` returns; as it was left, if `what` is what came last."""
    kept = st.session_state.setdefault(_KEPT, {})
    if source not in kept or kept[source][0] != what:
        kept.pop(source, None)
        with st.spinner("Reading the recordings"):
            kept[source] = (what, read())
    st.session_state["own_desk"] = kept[source][1]


def _skipped(desk: Desk) -> None:
    """What could not be used, and why."""
    dataset = desk.step.dataset if desk.is_trained else desk.dataset
    if not dataset.skipped:
        return
    count = len(dataset.skipped)
    noun = "recording was" if count == 1 else "recordings were"
    with st.expander(f"{count:,} {noun} left out", icon=":material/warning:"):
        st.dataframe(
            pd.DataFrame(
                {
                    "Recording": [file.name for file in dataset.skipped],
                    "Why": [file.reason for file in dataset.skipped],
                }
            ),
            hide_index=True,
            alt="Recordings that were left out, and why",
        )
