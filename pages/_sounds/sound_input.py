"""A sound that a visitor hands over, as much of it as is heard while somebody waits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import streamlit as st

from core.media import AUDIO_LIMITS, probe_audio
from core.wording import escaped
from pages._sounds import cached
from pages._sounds.samples import CREDIT, SAMPLES, SoundSample
from pages._ui import uploads, widgets
from pages._ui.inputs import digest

_PART_S = 120
_SOURCES = ("Sample", "Upload", "Microphone")


@dataclass(frozen=True)
class NamedSound:
    """An encoded sound and what it is called; of a sample, the class that it is `meant` for."""

    name: str
    data: bytes
    meant: str = ""

    @property
    def is_sample(self) -> bool:
        """Whether it was made here."""
        return bool(self.meant)

    @cached_property
    def identity(self) -> str:
        """Tells it from other sounds."""
        return digest(self.data)


def sound_input(
    prefix: str = "",
    *,
    samples: Mapping[str, SoundSample] = SAMPLES,
    sample_key: str = "sound",
    wrong: Mapping[str, str] | None = None,
) -> NamedSound | None:
    """One sound; None until there is one.

    Parameters
    ----------
    prefix : of the keys of its widgets and of what it puts into the URL.
    samples : by name.
    sample_key : of the choice among them, after the prefix.
    wrong : as for `widgets.sample_choice`.
    """
    source = widgets.choice(
        "Sound", ["Sample", "Upload", "Microphone"], key=f"{prefix}sound_source"
    )
    if source == "Upload":
        upload = uploads.choose(
            "sound",
            lambda: st.file_uploader(
                "Upload a sound",
                key=f"{prefix}sound_file",
                max_upload_size=AUDIO_LIMITS.max_bytes >> 20,
                help=(
                    "WAV, MP3, FLAC, Ogg, M4A and other common formats, or a video with sound, "
                    f"up to {AUDIO_LIMITS.max_seconds / 60:.0f} minutes."
                ),
            ),
            key=f"{prefix}sound_upload",
        )
        return NamedSound(upload.name, upload.data) if upload else None
    if source == "Microphone":
        recording = st.audio_input(
            "Record a sound", sample_rate=48_000, key=f"{prefix}sound_recording"
        )
        if recording is not None:
            uploads.keep("sound", recording.name, recording.getvalue())
        return widgets.latest(f"{prefix}sound_microphone", recording, NamedSound)
    key = f"{prefix}{sample_key}"
    sample = samples[widgets.sample_choice(list(samples), key=key, wrong=wrong)]
    st.caption(f"{CREDIT} {escaped(sample.name)}: {sample.credit}.")
    return NamedSound(sample.name, sample.data, sample.meant)


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
    if seconds is not None and seconds <= _PART_S:
        return sound.data
    last = int(seconds or AUDIO_LIMITS.max_seconds) - _PART_S  # browsers do not say how long
    start = 0
    if last > 0:
        start = st.slider("Two minutes, from second", 0, last, key=key, bind="query-params")
        st.caption("Times below are relative to this second.")
    return cached.part(sound.data, start, _PART_S)
