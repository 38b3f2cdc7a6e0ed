"""The recipe of sounds: its evaluation of heads."""

from __future__ import annotations

import numpy as np

from core.recipes.sounds.measuring import HeldOutPredictions, by_recording, cross_validate


def predictions(right: list[bool]) -> HeldOutPredictions:
    labels = np.zeros(len(right), np.int64)
    probabilities = np.where(np.array(right)[:, None], [1.0, 0.0], [0.0, 1.0]).astype(np.float32)
    return HeldOutPredictions(("a", "b"), labels, probabilities, np.ones(len(right), np.int64))


def test_mistakes_are_counted_by_recording():
    recordings = np.array(["x"] * 6 + ["y"] * 3 + ["z"] * 2 + ["w"])
    right = [False] * 5 + [True] + [True, True, False] + [True, False] + [True]
    assert by_recording(predictions(right), recordings) == {"right": 0.5, "half_of_mistakes": 1}
    assert by_recording(predictions([True] * 12), recordings) == {
        "right": 1.0,
        "half_of_mistakes": 0,
    }
    spread = [False, True, True, True, True, True, False, True, True, False, True, True]
    assert by_recording(predictions(spread), recordings)["half_of_mistakes"] == 2


def test_a_fold_is_predicted_by_a_head_that_has_not_learned_from_it():
    """Labels that depend on nothing but the clip cannot be guessed in a fold left out."""
    generator = np.random.default_rng(0)
    vectors = generator.normal(0, 1, (120, 20)).astype(np.float32)
    labels, folds = np.arange(120) % 2, np.repeat([1, 2, 3], 40)
    result = cross_validate([vectors], labels, ("a", "b"), folds)
    assert 0.3 < result.summary()["accuracy"] < 0.7
    vectors[:, 0] += 6 * labels
    assert cross_validate([vectors], labels, ("a", "b"), folds).summary()["accuracy"] > 0.9
