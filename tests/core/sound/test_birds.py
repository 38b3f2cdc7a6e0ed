"""Birds: BirdNET's own answers, window by window."""

from __future__ import annotations

import numpy as np
import pytest

from core import engine
from core.errors import InvalidInputError
from core.media import encode_wav
from core.sound.birds import birds_in, species
from core.sound.encoders import BIRD_NETWORK, RATE, WINDOW, windows_in


def chirps(seconds: float) -> np.ndarray:
    """A whistle that falls from 4 to 3 kHz twice a second."""
    t = np.arange(int(seconds * RATE)) / RATE
    beat = t % 0.5
    phase = 2 * np.pi * (4_000 * beat - 1_000 * beat**2)
    return np.float32(0.5 * np.sin(phase) * (beat < 0.3))


def test_it_reports_what_the_network_says_of_each_window():
    sound = encode_wav(chirps(5), RATE)
    detections = birds_in(sound, least=0.02)
    assert detections.times.tolist() == [0, 1, 2]
    assert detections.duration == WINDOW / RATE
    (first, *_) = next(iter(windows_in([chirps(5)])))
    (logits,) = engine.graph(BIRD_NETWORK, "logits")(sound=first[None])
    best = int(logits[0].argmax())
    result = next(one for one in detections.detections if one.time == 0)
    assert (result.scientific, result.common) == species()[best]
    assert result.confidence == pytest.approx(1 / (1 + np.exp(-logits[0, best])), abs=0.02)


def test_only_what_is_sure_enough_is_reported_the_surest_first():
    sound = encode_wav(chirps(4), RATE)
    many, few = birds_in(sound, least=0.005), birds_in(sound, least=0.05)
    assert len(few.detections) < len(many.detections)
    assert all(one.confidence >= 0.05 for one in few.detections)
    order = [(one.time, -one.confidence) for one in many.detections]
    assert order == sorted(order)


def test_there_is_a_name_for_every_score():
    assert len(species()) == 6_522
    assert ("Turdus merula", "Eurasian Blackbird") in species()


def test_silence_holds_no_bird():
    assert birds_in(encode_wav(np.zeros(RATE, np.float32), RATE)).detections == ()


@pytest.mark.parametrize("least", [0, -0.1, 1.5, float("nan")])
def test_a_confidence_out_of_bounds_is_refused(least):
    with pytest.raises(InvalidInputError, match="least"):
        birds_in(encode_wav(np.zeros(RATE, np.float32), RATE), least=least)


def test_of_silence_nothing_is_decided():
    silence = birds_in(encode_wav(np.zeros(RATE, np.float32), RATE))
    assert "silent" in silence.undecided and silence.notices == (silence.undecided,)
    assert birds_in(encode_wav(chirps(3), RATE)).undecided == ""
