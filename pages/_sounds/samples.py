"""Sounds to start with: all are computed here, none was recorded."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy.signal import butter, sosfilt

from core.media import encode_wav

RATE = 48_000
SECONDS = 6.0


@dataclass(frozen=True, slots=True)
class SoundSample:
    """A sound that a few lines of arithmetic make: the class it is meant for, and how."""

    name: str
    meant: str
    make: Callable[[np.random.Generator], np.ndarray]
    credit: str

    @property
    def data(self) -> bytes:
        """As a WAV file."""
        return _encoded(self.make)


def _siren(rng: np.random.Generator) -> np.ndarray:
    t = _times()
    pitch = 900 + 450 * np.sin(2 * np.pi * 0.45 * t - np.pi / 2)
    phase = 2 * np.pi * np.cumsum(pitch) / RATE
    horn = np.sum([np.sin(k * phase) / k for k in (1, 2, 3, 4)], axis=0)
    return _hall(horn, rng, 0.35) + 0.02 * _noise(rng, 100, 4_000)


def _clock(rng: np.random.Generator) -> np.ndarray:
    sound = 0.002 * _noise(rng, 50, 8_000)
    for i, start in enumerate(np.arange(0.2, SECONDS - 0.2, 0.5)):
        pitch = 2_900 if i % 2 else 2_400
        tick = _ring(0.03, (pitch, 4_300, 6_100), rng) + 0.5 * _ring(0.02, (1_150,), rng)
        _add(sound, tick, start)
        _add(sound, 0.35 * tick, start + 0.035)
    return sound


def _rain(rng: np.random.Generator) -> np.ndarray:
    sound = 0.25 * _noise(rng, 900, 14_000)
    for start in rng.uniform(0, SECONDS - 0.05, 900):
        drop = _ring(0.012, rng.uniform(1_500, 9_000, 2), rng)
        _add(sound, rng.exponential(0.5) * drop, start)
    return sound


def _dog(rng: np.random.Generator) -> np.ndarray:
    sound = 0.001 * _noise(rng, 60, 6_000)
    for start in (0.4, 0.85, 2.1, 2.5, 4.0, 4.45):
        t = np.arange(int(0.19 * RATE)) / RATE
        pitch = 420 + 380 * np.sin(np.pi * np.minimum(t / 0.17, 1)) * rng.uniform(0.9, 1.1)
        phase = 2 * np.pi * np.cumsum(pitch) / RATE
        voice = sum(np.sin(k * phase) / k**0.6 for k in range(1, 13))
        rough = voice * (1 + 0.6 * rng.standard_normal(len(t)))
        throat = _band(rough, 500, 2_600) + 0.3 * rough
        _add(sound, throat * np.sin(np.pi * np.minimum(t / 0.19, 1)) ** 0.7, start)
    return _hall(sound, rng, 0.15)


def _engine(rng: np.random.Generator) -> np.ndarray:
    beats = np.cumsum(np.full(int(SECONDS * 24), 1 / 24) * rng.normal(1, 0.02, int(SECONDS * 24)))
    sound = 0.03 * _noise(rng, 60, 3_000)
    for start in beats[beats < SECONDS - 0.1]:
        stroke = _ring(0.08, (48, 96, 145, 290), rng) + 0.15 * _ring(0.02, (900, 1_700), rng)
        _add(sound, rng.uniform(0.8, 1) * stroke, start)
    return sound


def _music(rng: np.random.Generator) -> np.ndarray:
    sound = 0.01 * _noise(rng, 100, 5_000)
    melody = (0, 4, 7, 12, 11, 7, 4, 2, 0, 5, 9, 12, 11, 7, 2, -1)
    for i, note in enumerate(melody):
        start = 0.1 + i * 0.36
        pitch = 293.7 * 2 ** (note / 12)
        _add(sound, _reed(pitch, 0.36), start)
        if i % 4 == 0:
            for third in (0, 4, 7):
                _add(sound, 0.35 * _reed(146.8 * 2 ** ((third + note % 5) / 12), 1.3), start)
    return _hall(sound, rng, 0.25)


def _reed(pitch: float, seconds: float) -> np.ndarray:
    t = np.arange(int(seconds * RATE)) / RATE
    wave = sum(
        np.sin(2 * np.pi * k * pitch * (t + 6e-5 * np.sin(2 * np.pi * 5.5 * t))) / k
        for k in range(1, 10)
    )
    return wave * np.minimum(1, t / 0.03) * np.minimum(1, (seconds - t) / 0.05)


def _ring(seconds: float, pitches: Iterable[float], rng: np.random.Generator) -> np.ndarray:
    """Something struck: tones that die away at once."""
    t = np.arange(RATE // 4) / RATE
    tones = sum(np.sin(2 * np.pi * p * t + rng.uniform(0, 2 * np.pi)) for p in pitches)
    return tones * np.exp(-t / seconds)


def _times() -> np.ndarray:
    return np.arange(int(SECONDS * RATE)) / RATE


def _noise(rng: np.random.Generator, low_hz: float, high_hz: float) -> np.ndarray:
    white = rng.standard_normal(int(SECONDS * RATE))
    band = _band(white, low_hz, high_hz)
    return band / band.std()


def _band(sound: np.ndarray, low_hz: float, high_hz: float) -> np.ndarray:
    return sosfilt(butter(2, (low_hz, high_hz), "bandpass", fs=RATE, output="sos"), sound)


def _hall(sound: np.ndarray, rng: np.random.Generator, share: float) -> np.ndarray:
    """With echoes off walls."""
    wet = np.zeros_like(sound)
    for delay in rng.uniform(0.02, 0.5, 24):
        shift = int(delay * RATE)
        wet[shift:] += sound[:-shift] * np.exp(-6 * delay) * rng.choice((-1, 1))
    return sound + share * wet


def _add(sound: np.ndarray, part: np.ndarray, start_s: float) -> None:
    begin = int(start_s * RATE)
    part = part[: len(sound) - begin]
    sound[begin : begin + len(part)] += part


SAMPLES: dict[str, SoundSample] = {
    sample.name: sample
    for sample in (
        SoundSample("Siren", "siren", _siren, "four harmonics that rise and fall, with echoes"),
        SoundSample("Clock", "clock_tick", _clock, "short tones that die away, twice a second"),
        SoundSample("Rain", "rain", _rain, "noise, and nine hundred drops at random"),
        SoundSample("Dog", "dog_bark", _dog, "six bursts of a rough voice, up and down in pitch"),
        SoundSample("Engine", "engine_idling", _engine, "24 low strokes a second, not quite even"),
        SoundSample("Music", "street_music", _music, "a reed's melody over chords, with echoes"),
    )
}
"""By name."""

CREDIT = "Synthesised for this page, not recorded; the networks learned from recordings."


@cache
def _encoded(make: Callable[[np.random.Generator], np.ndarray]) -> bytes:
    sound = make(np.random.default_rng(0))
    return encode_wav((0.7 * sound / np.abs(sound).max()).astype(np.float32), RATE)
