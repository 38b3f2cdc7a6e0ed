"""A first look at recordings: what each step brings, and that corrections are followed."""

from __future__ import annotations

import numpy as np
import pytest

from core.errors import InvalidInputError
from core.learning.feature_cache import FeatureCache
from core.media import encode_wav
from core.sound import exploration
from core.sound.exploration import explore
from core.sound.transfer.dataset import SoundDataset

RATE = 24_000


def chirp(generator: np.random.Generator) -> np.ndarray:
    time = np.arange(3 * RATE) / RATE
    speed, start = generator.uniform(3, 6), generator.uniform(2000, 4000)
    loud = (np.sin(2 * np.pi * speed * time + generator.uniform(0, 6)) > 0) * 0.4
    return loud * np.sin(2 * np.pi * start * time + 40 * np.sin(speed * time))


def hum(generator: np.random.Generator) -> np.ndarray:
    time = np.arange(3 * RATE) / RATE
    tones = generator.uniform(90, 300, (4, 1))
    slow = 1 + 0.5 * np.sin(2 * np.pi * generator.uniform(0.3, 2) * time)
    return 0.08 * slow * np.sin(2 * np.pi * tones * time).sum(axis=0)


@pytest.fixture(scope="module")
def dataset() -> SoundDataset:
    """Eight chirps and eight hums; then a chirp at half its level and later, and silence."""
    generator = np.random.default_rng(0)
    chirps = [chirp(generator) for _ in range(8)]
    hums = [hum(generator) for _ in range(8)]
    later = np.r_[np.zeros(RATE // 5), chirps[0] / 2]
    sounds = {
        "chirp": [*chirps, later],
        "hum": [*hums, np.zeros(3 * RATE)],
    }
    files = {
        name: [
            (f"{name}{i}.wav", encode_wav(one.astype(np.float32), RATE))
            for i, one in enumerate(each)
        ]
        for name, each in sounds.items()
    }
    dataset = SoundDataset.from_classes(files)
    return dataset


@pytest.fixture(scope="module")
def steps(dataset):
    return list(explore(dataset, seed=1))


def test_the_stages_come_in_order_and_what_is_known_stays_known(steps):
    order = ["recordings", "embeddings", "duplicates", "review", "map", "done"]
    assert list(dict.fromkeys(step.stage for step in steps)) == order
    for name in ("seconds", "rates", "quality", "vectors", "duplicates", "review", "positions"):
        known = [getattr(step, name) is not None for step in steps]
        assert known == sorted(known) and known[-1] and not known[0]


def test_what_is_wrong_is_found(steps):
    last = steps[-1]
    assert [(last.names[one.position], one.issue) for one in last.quality] == [
        ("hum8.wav", "silent")
    ]
    assert [(pair.first, pair.second) for pair in last.duplicates] == [(0, 8)]
    assert last.review.stage == "done" and last.positions.shape == (18, 2)


def test_a_damaged_recording_is_listed_and_the_others_are_explored(dataset, steps, monkeypatch):
    real = exploration.measured

    def failing(data):
        if data == dataset.sounds[2].data:
            raise InvalidInputError("It is torn.")
        return real(data)

    monkeypatch.setattr(exploration, "measured", failing)
    vectors = dict(zip(dataset.digests, steps[-1].vectors, strict=True))
    cache = FeatureCache({("birds", digest): row for digest, row in vectors.items()})
    *_, last = explore(dataset, cache=cache)
    assert [(file.name, file.reason) for file in last.skipped] == [("chirp2.wav", "It is torn.")]
    assert last.decoded.tolist() == [0, 1, *range(3, 18)]
    assert (len(last.names), last.vectors.shape[0], last.total) == (17, 17, 17)
    (silent,) = last.quality
    assert last.names[silent.position] == "hum8.wav"


def test_no_recordings_at_all_are_refused(dataset):
    with pytest.raises(InvalidInputError, match="at least one recording"):
        next(explore(dataset.at([])))
