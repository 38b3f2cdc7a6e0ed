"""Sounds: encoded bytes in, samples of one channel at the wanted rate out, and back."""

from __future__ import annotations

import io
import math
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np
import soxr

from core.errors import InvalidInputError
from core.media.audio.formats import audio_format
from core.media.audio.levels import Levels
from core.media.audio.opened_sound import (
    AudioInfo,
    OpenedSound,
    check_info,
    check_rate,
    too_long,
)
from core.media.audio.openers import open_sound
from core.media.limits import AUDIO_LIMITS, AudioLimits
from core.media.source import Source, open_source


@dataclass(frozen=True, slots=True)
class Sound:
    """A decoded sound.

    Attributes
    ----------
    samples : np.ndarray, shape (n,), float32
        One channel; nominally -1..1, which lossy formats overshoot a little. Finite.
    rate : int [Hz]
        Of `samples`.
    info : AudioInfo
        Of the file.
    notices : tuple of str
        What a listener should know: that it is silent, too loud, cut off. Often empty.
    undecided : str
        Why nothing can be told of it, which is one of the notices: too short, silent, only an
        offset. Empty if something can.
    """

    samples: np.ndarray = field(repr=False)
    rate: int
    info: AudioInfo
    notices: tuple[str, ...]
    undecided: str = ""


def probe_audio(data: Source, *, limits: AudioLimits = AUDIO_LIMITS) -> AudioInfo:
    """Read the header of a sound; parameters and errors are those of `decode_audio`.

    Damage behind the header goes unnoticed.
    """
    with _opened(data, limits) as (info, _):
        return info


def decode_audio(data: Source, *, rate: int, limits: AudioLimits = AUDIO_LIMITS) -> Sound:
    """Decode a whole sound, or the sound of a video, into one channel.

    An hour at 48 kHz takes 700 MB; `stream_audio` takes next to none.

    Parameters
    ----------
    data : bytes-like, str or PathLike
        The encoded sound, or the path of its file: WAV, AIFF, FLAC, MP3, Ogg, M4A, WebM and
        usual videos.
    rate : int, 1000..384000 [Hz]
        Samples a second of the result: the mean of the channels is resampled by soxr.
    limits : AudioLimits

    Raises
    ------
    InvalidInputError
        Not a sound of these formats, without any sample, damaged, or beyond the limits.
        Silence is none of these, but is noticed.
    TypeError
        `data` is neither bytes nor a path.
    """
    check_rate(rate)
    levels = Levels()
    with _opened(data, limits) as (info, opened):
        samples = np.concatenate(list(_samples(info, opened, rate, levels, limits)))
    return Sound(samples, rate, info, levels.notices(), levels.undecided())


def stream_audio(
    data: Source,
    *,
    rate: int,
    block_s: float = 10.0,
    limits: AudioLimits = AUDIO_LIMITS,
    levels: Levels | None = None,
) -> Iterator[np.ndarray]:
    """Decode a sound block by block; parameters and errors are those of `decode_audio`.

    The header is checked here, before the iterator is returned; damage behind it, and a sound
    that is longer than it says, are noticed on the way.

    Parameters
    ----------
    block_s : float > 0 [seconds]
        Length of the blocks.
    levels : Levels
        Keeps account of the sound, for who wants its notices.

    Returns
    -------
    Iterator of np.ndarray, shape (n,), float32
        Together just the samples of `decode_audio`; all blocks but the last are equally long.
    """
    check_rate(rate)
    if not 1 <= block_s * rate < math.inf:
        raise InvalidInputError(
            f"block_s must be finite and at least {1 / rate:g} s. Received: block_s={block_s!r}."
        )
    blocks = _blocks(data, rate, int(block_s * rate), limits, levels or Levels())
    next(blocks)
    return blocks


@contextmanager
def open_audio(
    data: Source, *, limits: AudioLimits = AUDIO_LIMITS
) -> Iterator[tuple[AudioInfo, Iterator[np.ndarray]]]:
    """A sound as it is stored: what its file says, and blocks of all channels at its own rate.

    Parameters and errors are those of `decode_audio`; damage shows on the way.

    Yields
    ------
    AudioInfo, and an iterator of (channels, n) float32
        Nominally -1..1; damage may have left numbers that are not finite.
    """
    with _opened(data, limits) as (info, opened):
        yield info, opened.blocks


def encode_wav(samples: np.ndarray, rate: int) -> bytes:
    """Encode samples as a WAV file of 16 bits, for players and downloads.

    Parameters
    ----------
    samples : np.ndarray, shape (n,) or (n, channels), floating
        What is beyond -1..1 is clipped.
    rate : int, 1000..384000 [Hz]

    Raises
    ------
    InvalidInputError
        Another shape or dtype, no samples, some that are not finite, or a rate out of bounds.
    """
    check_rate(rate)
    samples = np.asarray(samples)
    floating = np.issubdtype(samples.dtype, np.floating)
    if not floating or samples.ndim not in (1, 2) or not samples.size:
        raise InvalidInputError(
            "Expected samples of shape (n,) or (n, channels) and a floating dtype. "
            f"Received: shape {samples.shape}, dtype {samples.dtype}."
        )
    if not np.isfinite(samples).all():
        raise InvalidInputError("Expected finite samples. Received: some are NaN or infinite.")
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1 if samples.ndim == 1 else samples.shape[1])
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(np.rint(samples.clip(-1, 1) * 32767).astype("<i2").tobytes())
    return buffer.getvalue()


@contextmanager
def _opened(data: Source, limits: AudioLimits) -> Iterator[tuple[AudioInfo, OpenedSound]]:
    with open_source(data, max_bytes=limits.max_bytes, what="sound") as file:
        form = audio_format(file)
        with open_sound(file, form) as opened:
            info = AudioInfo(form, opened.rate, opened.channels, opened.seconds)
            check_info(info, limits)
            yield info, opened


def _blocks(
    data: Source, rate: int, size: int, limits: AudioLimits, levels: Levels
) -> Iterator[np.ndarray]:
    """An empty block once the header is checked, then blocks of `size` samples."""
    with _opened(data, limits) as (info, opened):
        yield np.empty(0, np.float32)
        waiting: list[np.ndarray] = []
        count = 0
        for part in _samples(info, opened, rate, levels, limits):
            while count + len(part) >= size:
                cut = size - count
                yield np.concatenate([*waiting, part[:cut]])
                part, waiting, count = part[cut:], [], 0
            if len(part):
                waiting.append(part)
                count += len(part)
        if waiting:
            yield np.concatenate(waiting)


def _samples(
    info: AudioInfo, opened: OpenedSound, rate: int, levels: Levels, limits: AudioLimits
) -> Iterator[np.ndarray]:
    """The sound in one channel at `rate`, in parts of any length; at least one sample."""
    resampler = None
    if rate != info.rate:
        resampler = soxr.ResampleStream(info.rate, rate, 1, quality="HQ")
    count = 0
    levels.begin(opened)
    for block in opened.blocks:
        part = levels.mix(block)
        if levels.frames > limits.max_seconds * info.rate:
            raise too_long("more than that", limits)
        if resampler:
            part = resampler.resample_chunk(part)
        count += len(part)
        yield part
    if resampler:
        part = resampler.resample_chunk(np.empty(0, np.float32), last=True)
        count += len(part)
        yield part
    if not count:
        raise InvalidInputError(
            f"This {info.format} file holds no samples of sound; record or save it again."
        )
    levels.end()
