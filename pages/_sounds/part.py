"""Two minutes of a long sound: as much as is heard while somebody waits."""

from __future__ import annotations

import streamlit as st

from core.media import AUDIO_LIMITS, probe_audio
from pages._sounds import cached
from pages._sounds.sound_input import NamedSound

_LENGTH_S = 120


def part_input(sound: NamedSound, key: str) -> bytes:
    """The encoded sound, or the two minutes of it that the visitor chooses.

    Parameters
    ----------
    key : of the slider.

    Raises
    ------
    InvalidInputError
        If it is no sound, or ends before the part begins.
    """
    seconds = probe_audio(sound.data).seconds
    if seconds is not None and seconds <= _LENGTH_S:
        return sound.data
    last = int(seconds or AUDIO_LIMITS.max_seconds) - _LENGTH_S  # browsers do not say how long
    start = 0
    if last > 0:
        start = st.slider("Two minutes, from second", 0, last, key=key, bind="query-params")
        st.caption("Times below count from there.")
    return cached.part(sound.data, start, _LENGTH_S)
