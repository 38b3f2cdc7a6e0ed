"""A training on sounds that was interrupted goes on from its last point."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.errors import InvalidInputError
from core.learning import resuming
from core.learning.resuming import ResumePoint
from core.media import encode_wav
from core.sound.transfer import vectors
from core.sound.transfer.dataset import SoundDataset
from core.sound.transfer.training import SoundTrainingSettings, train

RATE = 48_000
WIDTH = 4096


class Listening:
    """In place of the network: vectors of what a recording holds. Counts the recordings."""

    def __init__(self) -> None:
        self.sounds: list[bytes] = []

    def __call__(self, data: bytes, sources: tuple[str, ...]) -> np.ndarray:
        self.sounds.append(data)
        if len(data) < 2_000:
            raise InvalidInputError("It is damaged.")
        spectrum = np.abs(np.fft.rfft(np.frombuffer(data[44:], np.int16), 2 * WIDTH))[:WIDTH]
        return np.float32(spectrum / np.linalg.norm(spectrum))


@pytest.fixture
def listening(monkeypatch) -> Listening:
    stand_in = Listening()
    monkeypatch.setattr(vectors, "vector_of", stand_in)
    monkeypatch.setattr(resuming, "EVERY_S", 0.0)
    return stand_in


@pytest.fixture(scope="module")
def dataset() -> SoundDataset:
    rng, t = np.random.default_rng(0), np.arange(RATE // 10) / RATE

    def wave(pitch: float, length: int = len(t)) -> bytes:
        noise = 0.05 * rng.standard_normal(length)
        return encode_wav(np.float32(0.2 * np.sin(2 * np.pi * pitch * t[:length]) + noise), RATE)

    return SoundDataset.from_classes(
        {
            "high": [(f"h{i}", wave(4_000 + 300 * i)) for i in range(6)],
            "low": [*((f"l{i}", wave(400 + 30 * i)) for i in range(6)), ("cut", wave(400, 500))],
        }
    )


def stopped(dataset: SoundDataset, number: int) -> ResumePoint:
    """The point of that number of a training that was interrupted then, out of its file."""
    steps = train(dataset)
    point = next(
        s.resume_point for s in steps if s.resume_point and s.resume_point.number == number
    )
    steps.close()
    return ResumePoint.from_bytes(point.to_bytes())


def test_a_training_goes_on_with_the_recordings_that_are_left(listening, dataset):
    *_, whole = train(dataset)
    assert len(listening.sounds) == len(dataset.sounds)
    point = stopped(dataset, 8)
    listening.sounds.clear()
    steps = list(train(dataset, resume=point))
    assert len(listening.sounds) == len(dataset.sounds) - 8
    assert steps[0].resume_point is point
    assert steps[-1].resume_point is None
    numbers = [step.resume_point.number for step in steps[:-1]]
    assert numbers == sorted(numbers) and numbers[-1] > 8
    last = steps[-1]
    np.testing.assert_array_equal(last.model.layer.weights, whole.model.layer.weights)
    np.testing.assert_array_equal(last.evaluation.probabilities, whole.evaluation.probabilities)
    np.testing.assert_array_equal(last.split.test, whole.split.test)
    assert last.skipped == whole.skipped and len(last.skipped) == 1


def test_the_time_before_the_pause_counts_and_the_pause_does_not(listening, dataset):
    point = stopped(dataset, 3)
    longer = replace(point, about={**point.about, "seconds": 5000.0})
    first, *_, last = train(dataset, resume=longer)
    assert 5000 <= first.seconds < last.seconds < 5100


def test_a_recording_that_was_refused_is_not_tried_again(listening, dataset):
    point = stopped(dataset, len(dataset.sounds) + 1)
    listening.sounds.clear()
    *_, last = train(dataset, resume=point)
    assert not listening.sounds
    assert [file.reason for file in last.skipped] == ["It is damaged."]


@pytest.mark.parametrize(
    ("settings", "positions", "sentence"),
    [
        (SoundTrainingSettings(seed=1), None, "the same settings"),
        (SoundTrainingSettings(), slice(1, None), "the same recordings"),
    ],
)
def test_a_point_of_another_training_is_refused(listening, dataset, settings, positions, sentence):
    point = stopped(dataset, 2)
    other = dataset.at(np.arange(len(dataset.sounds))[positions or slice(None)])
    with pytest.raises(InvalidInputError, match=sentence):
        next(train(other, settings, resume=point))


def test_a_point_with_vectors_of_another_network_is_refused(listening, dataset):
    point = stopped(dataset, 2)
    arrays = {**point.arrays, "features/birds/vectors": np.zeros((2, 7), np.float32)}
    with pytest.raises(InvalidInputError, match="damaged"):
        next(train(dataset, resume=replace(point, arrays=arrays)))
