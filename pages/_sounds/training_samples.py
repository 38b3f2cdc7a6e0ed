"""A small data set to start with: four kinds of sounds, each computed anew for every recording."""

from __future__ import annotations

from functools import cache

import numpy as np
import soxr

from core.media import encode_wav
from core.sound.transfer.dataset import SoundDataset
from pages._sounds.samples import RATE, SAMPLES

NAME = "Sounds of a street"
_KINDS = ("Clock", "Dog", "Engine", "Siren")
_EACH = 9
_SECONDS = 3.0
CREDIT = (
    f"{_EACH * len(_KINDS)} sounds of {_SECONDS:.0f} s in four classes, synthesised for "
    "this page with varying speed, level and noise; none is a recording."
)


@cache
def sample_sounds() -> SoundDataset:
    """The same recordings every time; the first takes seconds."""
    rng = np.random.default_rng(0)
    files = {
        kind.lower(): [(f"{kind} {i}.wav", _recording(kind, rng)) for i in range(1, _EACH + 1)]
        for kind in _KINDS
    }
    return SoundDataset.from_classes(files)


def _recording(kind: str, rng: np.random.Generator) -> bytes:
    """A part of a sound of that kind, higher or lower, louder or softer, in more or less noise."""
    whole = SAMPLES[kind].make(rng)
    whole = soxr.resample(whole, RATE, RATE * rng.uniform(0.8, 1.25))
    length = int(_SECONDS * RATE)
    begin = rng.integers(0, len(whole) - length)
    part = whole[begin : begin + length] / np.abs(whole).max()
    noise = np.cumsum(rng.standard_normal(length))
    noise = (noise - np.convolve(noise, np.ones(480) / 480, "same")) / 60
    sound = rng.uniform(0.3, 0.8) * part + rng.uniform(0.0, 0.03) * noise
    return encode_wav(sound.clip(-1, 1).astype(np.float32), RATE)
