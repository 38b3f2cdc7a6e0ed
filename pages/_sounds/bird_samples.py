"""Birdsong to start with: notes of the pitch and length that species are known by."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from pages._sounds.samples import RATE, SAMPLES, SoundSample

_SECONDS = 9.0
_OVERTONES = (1.0, 0.06, 0.02)
_ECHOES = ((0.06, 0.25), (0.11, 0.15))  # after so many seconds, so loud


class _Note(NamedTuple):
    """A whistle that begins after `start` seconds and glides from one pitch to another, in Hz."""

    start: float
    first: float
    last: float
    seconds: float


def _cuckoo(rng: np.random.Generator) -> np.ndarray:
    starts = 0.4 + 1.25 * np.arange(6)
    return _sung(
        rng,
        [n for s in starts for n in ((s, 660, 660, 0.14), (s + 0.32, 540, 540, 0.24))],
    )


def _great_tit(rng: np.random.Generator) -> np.ndarray:
    starts = 0.3 + 0.5 * np.arange(16)
    return _sung(
        rng,
        [n for s in starts for n in ((s, 5200, 5200, 0.13), (s + 0.2, 3700, 3700, 0.2))],
    )


def _chickadee(rng: np.random.Generator) -> np.ndarray:
    starts = 0.4 + 2.2 * np.arange(4)
    return _sung(
        rng,
        [n for s in starts for n in ((s, 3900, 3800, 0.4), (s + 0.5, 3400, 3350, 0.45))],
    )


def _boreal_owl(rng: np.random.Generator) -> np.ndarray:
    starts = (0.4 + 2.6 * np.arange(3))[:, None] + 0.17 * np.arange(7)
    return _sung(rng, [(start, 760, 780, 0.1) for start in starts.ravel()])


def _hoopoe(rng: np.random.Generator) -> np.ndarray:
    starts = (0.4 + 2.2 * np.arange(4))[:, None] + 0.22 * np.arange(3)
    return _sung(rng, [(start, 560, 540, 0.12) for start in starts.ravel()])


def _sung(
    rng: np.random.Generator, notes: Iterable[tuple[float, float, float, float]]
) -> np.ndarray:
    """(n,) float64 at 48 kHz: the notes over a little noise, with echoes."""
    sound = 0.003 * rng.standard_normal(int(_SECONDS * RATE))
    for note in map(_Note._make, notes):
        whistle = _whistle(note)
        begin = int(note.start * RATE)
        whistle = whistle[: len(sound) - begin]
        sound[begin : begin + len(whistle)] += whistle
    for delay_s, share in _ECHOES:
        delay = int(delay_s * RATE)
        sound[delay:] += share * sound[:-delay]
    return sound


def _whistle(note: _Note) -> np.ndarray:
    progress = np.arange(int(note.seconds * RATE)) / (note.seconds * RATE)
    phase = 2 * np.pi * np.cumsum(note.first + (note.last - note.first) * progress) / RATE
    tones = sum(share * np.sin((k + 1) * phase) for k, share in enumerate(_OVERTONES))
    return tones * np.sqrt(np.sin(np.pi * progress))


BIRD_SAMPLES: dict[str, SoundSample] = {
    sample.name: sample
    for sample in (
        SoundSample("Cuckoo", "Common Cuckoo", _cuckoo, "two notes, a falling third"),
        SoundSample("Great tit", "Great Tit", _great_tit, "two notes, high and lower, again"),
        SoundSample(
            "Chickadee", "Black-capped Chickadee", _chickadee, "two clear whistles, a tone apart"
        ),
        SoundSample("Owl", "Boreal Owl", _boreal_owl, "seven short hoots in a row"),
        SoundSample("Hoopoe", "Eurasian Hoopoe", _hoopoe, "three soft hoots in a row"),
        SAMPLES["Siren"],
    )
}
"""By name; each is meant for the species that BirdNET calls so, and the last for none."""
