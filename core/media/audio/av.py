"""Sounds, and the sound of videos, decoded by FFmpeg."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from itertools import chain
from typing import TYPE_CHECKING, BinaryIO

import numpy as np

from core.errors import InvalidInputError
from core.media.audio.formats import AudioFormat, behind_tag
from core.media.audio.mp3 import declared_seconds
from core.media.audio.opened_sound import BLOCK, OpenedSound
from core.media.damage import damage_explained

if TYPE_CHECKING:
    import av

# Always named, so that no bytes can reach FFmpeg's playlists, which open other files.
_DEMUXERS: dict[AudioFormat, str] = {
    "WAV": "wav",
    "AIFF": "aiff",
    "FLAC": "flac",
    "MP3": "mp3",
    "AU": "au",
    "CAF": "caf",
    "W64": "w64",
    "OGG": "ogg",
    "MP4": "mov",
    "WEBM": "matroska",
    "AAC": "aac",
    "AMR": "amr",
    "WMA": "asf",
    "AVI": "avi",
    "FLV": "flv",
    "MPEG": "mpeg",
    "MPEG-TS": "mpegts",
}
# FFmpeg guesses how long these are from their bit rate, which may be wrong ten times over.
_COUNTED = frozenset({"AAC", "AMR", "MP3"})
_HEAD = 4096
# NumPy's name, what stands for silence and for one step, by FFmpeg's name of the samples.
_SAMPLES = {
    "u8": ("u1", 128, 2.0**-7),
    "s16": ("i2", 0, 2.0**-15),
    "s32": ("i4", 0, 2.0**-31),
    "flt": ("f4", 0, 1.0),
    "dbl": ("f8", 0, 1.0),
}


@contextmanager
def open_sound(file: BinaryIO, form: AudioFormat) -> Iterator[OpenedSound]:
    """As `core.media.audio.openers.open_sound`, for all formats."""
    import av  # which takes a while

    seconds = _counted(file, form) if form in _COUNTED else None
    notices: list[str] = []
    with _explained(form):
        container = av.open(file, "r", format=_DEMUXERS[form], metadata_errors="replace")
    with container:
        stream = container.streams.best("audio")
        if not isinstance(stream, av.AudioStream):
            raise InvalidInputError(
                f"This {form} file has no sound track that can be read; choose one with sound."
            )
        if len(container.streams.audio) > 1:
            notices.append(
                f"It holds {len(container.streams.audio)} sound tracks: one of them is used."
            )
        frames = _frames(container, stream, form, notices)
        first = next(frames, None)  # its rate holds: headers of AAC may say half of it
        if first is None:
            raise InvalidInputError(
                f"This {form} file holds no samples of sound; record or save it again."
            )
        if first.format.packed.name not in _SAMPLES:
            raise InvalidInputError(
                f"This {form} file has samples of an unusual kind ({first.format.name}); save it "
                "as WAV with 16 bits."
            )
        yield OpenedSound(
            first.sample_rate,
            first.layout.nb_channels,
            seconds or _seconds(container, stream),
            _grouped(chain([first], frames), form),
            _promised(file) if form == "MP3" else None,
            notices,
        )


def _explained(form: AudioFormat) -> AbstractContextManager[None]:
    import av

    return damage_explained(form, MemoryError, av.error.FFmpegError)


def _counted(file: BinaryIO, form: AudioFormat) -> float | None:
    """How long a sound is by what its packets say, none of which is decoded."""
    import av

    with (
        _explained(form),
        av.open(file, "r", format=_DEMUXERS[form], metadata_errors="replace") as container,
    ):
        stream = container.streams.best("audio")
        ticks = sum(packet.duration or 0 for packet in container.demux(stream)) if stream else 0
        seconds = float(ticks * stream.time_base) if stream and stream.time_base else None
    file.seek(0)
    return seconds or None


def _promised(file: BinaryIO) -> float | None:
    """What the header of an MP3 says, wherever decoding has come to."""
    at = file.tell()
    file.seek(0)
    head = behind_tag(file, file.read(_HEAD))
    file.seek(at)
    return declared_seconds(head)


def _seconds(
    container: av.container.InputContainer, stream: av.audio.stream.AudioStream
) -> float | None:
    if stream.duration and stream.time_base:
        seconds = float(stream.duration * stream.time_base)
    elif len(container.streams) == 1 and container.duration:
        seconds = container.duration / 1e6  # in microseconds: AV_TIME_BASE
    else:  # of a video only the whole is known, which may outlast its sound
        return None
    return seconds if seconds > 0 else None


def _frames(
    container: av.container.InputContainer,
    stream: av.audio.stream.AudioStream,
    form: AudioFormat,
    notices: list[str],
) -> Iterator[av.AudioFrame]:
    import av

    skipped = 0
    with _explained(form):
        for packet in container.demux(stream):
            try:
                frames = packet.decode()
            except av.error.InvalidDataError:  # a bad place, which players skip too
                skipped += 1
                continue
            yield from frames
    if skipped:
        notices.append(f"Damaged places were skipped: {skipped:,}.")


def _grouped(frames: Iterator[av.AudioFrame], form: AudioFormat) -> Iterator[np.ndarray]:
    """Frames, of some 1,000 samples, put together: all that follows is faster then."""
    waiting, count, kind = [], 0, None
    for frame in frames:
        channels = frame.layout.nb_channels
        this = (frame.sample_rate, channels, frame.format.name)
        kind = kind or this
        if kind != this:
            raise InvalidInputError(
                f"This {form} file changes its sampling rate or its channels midway; save it as "
                "WAV, or upload its parts."
            )
        waiting.append(_stored(frame))
        count += frame.samples
        if count >= BLOCK:
            yield _floats(np.concatenate(waiting, axis=1), channels, frame.format)
            waiting, count = [], 0
    if waiting:
        yield _floats(np.concatenate(waiting, axis=1), channels, frame.format)


def _stored(frame: av.AudioFrame) -> np.ndarray:
    """A row of samples for each channel, or one for all, as they lie in the frame.

    `to_ndarray` of PyAV 18.1 takes what lies behind the pointers to eight channels for a ninth one.
    """
    channels = frame.layout.nb_channels
    rows, count = (channels, 1) if frame.format.is_planar else (1, channels)
    dtype = _SAMPLES[frame.format.packed.name][0]
    return np.stack(
        [
            np.frombuffer(memoryview(plane), dtype, count * frame.samples)
            for plane in frame.planes[:rows]
        ]
    )


def _floats(samples: np.ndarray, channels: int, form: av.AudioFormat) -> np.ndarray:
    """(channels, n) float32 of what FFmpeg gives out."""
    if form.is_packed:
        samples = samples.reshape(-1, channels).T
    _, silence, step = _SAMPLES[form.packed.name]
    with np.errstate(over="ignore"):  # beyond float32 there is only damage, judged later
        samples = samples.astype(np.float32, copy=False)
    return samples if step == 1 else (samples - np.float32(silence)) * np.float32(step)
