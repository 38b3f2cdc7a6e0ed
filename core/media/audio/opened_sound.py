"""What all decoders of sounds have in common: the header, the samples, and what is refused."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from core.errors import InvalidInputError
from core.media.audio.formats import AudioFormat
from core.media.limits import AudioLimits

BLOCK = 1 << 16
_LOWEST_RATE, _HIGHEST_RATE = 1_000, 384_000


@dataclass(frozen=True, slots=True)
class AudioInfo:
    """What a sound file, or the sound track of a video, says of itself.

    Attributes
    ----------
    format : str
        `"WAV"`, `"AIFF"`, `"FLAC"`, `"MP3"`, `"OGG"`, `"MP4"` (M4A, QuickTime), `"WEBM"`
        (Matroska) ...
    rate : int, 1000..384000 [Hz]
        Samples a second in the file.
    channels : int > 0
    seconds : float > 0, or None
        None where the file does not say, as browsers' recordings do not. Of MP3, AAC and AMR,
        which say it seldom, it is counted.
    """

    format: AudioFormat
    rate: int
    channels: int
    seconds: float | None


@dataclass(frozen=True, slots=True)
class OpenedSound:
    """A sound file with its header read.

    `blocks` are all samples in order, (channels, n) float32 with some 65,536 of each channel at a
    time, to be read once; full scale is -1..1. `promised_s` is what a header says where `seconds`
    were counted; `notices` are sentences about what was left out, more of them as blocks are read.
    """

    rate: int  # Hz
    channels: int
    seconds: float | None  # None where the file does not say
    blocks: Iterator[np.ndarray]
    promised_s: float | None = None
    notices: list[str] = field(default_factory=list)


def check_info(info: AudioInfo, limits: AudioLimits) -> None:
    """Refuse a sound for what it says of itself, with an InvalidInputError."""
    if not _LOWEST_RATE <= info.rate <= _HIGHEST_RATE:
        raise InvalidInputError(
            f"Expected a sound of {_LOWEST_RATE:,} to {_HIGHEST_RATE:,} samples a second. "
            f"Received: {info.rate:,}; save it at 44,100."
        )
    if info.channels > limits.max_channels:
        raise InvalidInputError(
            f"Expected a sound of at most {limits.max_channels} channels. Received: "
            f"{info.channels}; mix it down first."
        )
    if info.seconds is not None and info.seconds > limits.max_seconds:
        raise too_long(f"{info.seconds:,.1f} s", limits)


def check_rate(rate: int) -> None:
    """Refuse a rate that is asked for, with an InvalidInputError."""
    if not _LOWEST_RATE <= rate <= _HIGHEST_RATE:
        raise InvalidInputError(
            f"rate must be within {_LOWEST_RATE:,}..{_HIGHEST_RATE:,} Hz. Received: rate={rate!r}."
        )


def too_long(length: str, limits: AudioLimits) -> InvalidInputError:
    """The error for a sound of this length."""
    return InvalidInputError(
        f"Expected a sound of at most {limits.max_seconds:,.1f} s. Received: {length}; cut out "
        "the part that matters."
    )
