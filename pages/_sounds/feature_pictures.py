"""Pictures of a sound that no network here is shown: what it is made of, and how it goes on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from core.media import decode_audio
from core.sound import features
from core.sound.features import Spectrogram, Tempo, Waveform

Feature = Literal["harmonic", "percussive", "chromagram", "delta"]

_RATE = 22_050
_TICKS_HZ = (100, 500, 1_000, 2_000, 4_000, 8_000)
_RANGE_DB = 80.0
_FAST_DB = 300.0  # a second, which gets the full colour
_RISE, _FALL, _STILL = np.array([[47, 158, 88], [217, 130, 43], [24, 28, 26]])


@dataclass(frozen=True, slots=True)
class FeaturePicture:
    """A picture with its axes.

    Attributes
    ----------
    pixels : (rows, frames, 3) uint8, high frequencies first.
    seconds : float, its width.
    ticks : shares of the height from the top, and what to write there.
    """

    pixels: np.ndarray
    seconds: float
    ticks: tuple[tuple[float, str], ...]


def feature_pictures(audio: bytes, kinds: tuple[Feature, ...]) -> tuple[FeaturePicture, ...]:
    """Some pictures of an encoded sound, in the order of `kinds`."""
    samples = decode_audio(audio, rate=_RATE).samples
    seconds = len(samples) / _RATE
    if "harmonic" in kinds:
        parts = features.harmonic_percussive(samples, _RATE)
        return tuple(_of_levels(getattr(parts, kind), seconds) for kind in kinds)
    if "chromagram" in kinds:
        chroma = features.chromagram(samples, _RATE)
        rows = np.repeat(chroma.values[::-1], 12, axis=0)  # so that rows stay sharp when enlarged
        names = reversed(chroma.pitches)
        ticks = tuple(((i + 0.5) / 12, name) for i, name in enumerate(names))
        return (FeaturePicture(_grey(rows), seconds, ticks),)
    slopes = features.delta(features.mel_spectrogram(samples, _RATE))
    return (FeaturePicture(_signed(slopes.values[::-1]), seconds, _ticks(slopes.frequencies)),)


def outline(audio: bytes) -> tuple[Waveform, Tempo | None]:
    """The waveform, and the pulse if there is one."""
    samples = decode_audio(audio, rate=_RATE).samples
    return features.waveform(samples, _RATE), features.tempo(samples, _RATE)


def _of_levels(levels: Spectrogram, seconds: float) -> FeaturePicture:
    shares = np.clip(levels.values[::-1] / _RANGE_DB + 1, 0, 1)
    return FeaturePicture(_grey(shares), seconds, _ticks(levels.frequencies))


def _grey(shares: np.ndarray) -> np.ndarray:
    return np.repeat((255 * shares).astype(np.uint8)[..., None], 3, axis=2)


def _signed(slopes: np.ndarray) -> np.ndarray:
    """Green for what gets louder, orange for what dies away."""
    share = np.clip(slopes / _FAST_DB, -1, 1)[..., None]
    tone = np.where(share > 0, _RISE, _FALL)
    return (_STILL + np.abs(share) * (tone - _STILL)).astype(np.uint8)


def _ticks(frequencies: np.ndarray) -> tuple[tuple[float, str], ...]:
    at = np.interp(_TICKS_HZ, frequencies, np.arange(len(frequencies)))
    return tuple(
        (1 - (place + 0.5) / len(frequencies), f"{hz:,} Hz")
        for place, hz in zip(at, _TICKS_HZ, strict=True)
    )
