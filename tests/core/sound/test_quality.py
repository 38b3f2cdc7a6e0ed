"""Recordings that are no good are found, and usual ones are not."""

from __future__ import annotations

import io
import wave

import numpy as np
import pytest

from core.errors import InvalidInputError
from core.media import encode_wav
from core.sound.quality import find_poor_sounds, measured

RATE = 22_050


def birdsong(seconds: float = 4.0, rate: int = RATE) -> np.ndarray:
    """Chirps with pauses, over a little noise."""
    time = np.arange(round(seconds * rate)) / rate
    loud = np.sin(2 * np.pi * 1.5 * time).clip(0) ** 2
    noise = np.random.default_rng(0).normal(0, 1e-3, len(time))
    return (0.5 * loud * np.sin(2 * np.pi * 2000 * time + 30 * np.sin(9 * time)) + noise).astype(
        np.float32
    )


USUAL = measured(encode_wav(birdsong(), RATE))


def issues(samples: np.ndarray, rate: int = RATE) -> list[str]:
    """Of a recording among ten usual ones."""
    found = find_poor_sounds([USUAL] * 10 + [measured(encode_wav(samples, rate))])
    assert {one.position for one in found} <= {10}
    return [one.issue for one in found]


def white(seconds: float = 4.0) -> np.ndarray:
    samples = np.random.default_rng(1).normal(0, 0.1, round(seconds * RATE))
    return samples.astype(np.float32)


@pytest.mark.parametrize(
    ("samples", "issue"),
    [
        (birdsong() * 1e-4, "silent"),
        (np.zeros(4 * RATE, np.float32), "silent"),
        ((6 * birdsong()).clip(-1, 1), "clipped"),
        ((6 * birdsong()).clip(-0.5, 0.5) * 0.8, "clipped"),
        (birdsong(0.3), "very short"),
        (np.tile(birdsong(), 12), "very long"),
        (birdsong() * 0.5 + 0.2, "offset"),
        (np.stack([birdsong(), 0 * birdsong()], axis=1), "empty channel"),
        (white(), "noise only"),
    ],
)
def test_what_is_wrong_is_named(samples, issue):
    assert issues(samples) == [issue]


def test_rates_are_judged_among_others():
    assert issues(birdsong(rate=8_000), 8_000) == ["low rate"]
    assert issues(birdsong(rate=44_100), 44_100) == ["odd rate"]


def test_usual_recordings_are_fine():
    assert issues(birdsong()) == []
    assert issues(birdsong() / 5) == []
    tone = 0.3 * np.sin(2 * np.pi * 440 * np.arange(4 * RATE) / RATE)
    assert issues(tone.astype(np.float32)) == []  # as even as noise, but no noise


def test_a_finding_says_what_was_measured():
    (found,) = find_poor_sounds([USUAL, USUAL, measured(encode_wav(birdsong(0.3), RATE))])
    assert (found.position, found.value) == (2, pytest.approx(0.3, abs=1e-3))
    assert found.detail == "0.30 s; half of the recordings have 4.0 s or more"


def test_what_is_no_sound_is_refused():
    with pytest.raises(InvalidInputError):
        measured(b"no sound at all")


def test_damaged_numbers_do_not_spread():
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(np.int16(birdsong() * 20_000).tobytes())
    assert np.isfinite(measured(buffer.getvalue()).level_db)
