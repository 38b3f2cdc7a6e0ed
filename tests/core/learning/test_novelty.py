"""None of these: distances, thresholds, and files of them."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from core.errors import InvalidInputError
from core.learning.logistic_regression import fit
from core.learning.metrics import roc_curve
from core.learning.novelty import NoveltyDetector, fit_novelty

WIDTH, CLASSES = 60, 3


def examples(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Features around one of three centres, which vary along a few directions more than others."""
    rng = np.random.default_rng(seed)
    fixed = np.random.default_rng(0)
    centres = fixed.normal(0, 3, (CLASSES, WIDTH))
    directions = fixed.normal(0, 1, (5, WIDTH))
    labels = rng.integers(0, CLASSES, count)
    along = rng.normal(0, 1, (count, 5)) @ directions
    return (centres[labels] + along + rng.normal(0, 0.3, (count, WIDTH))).astype(np.float32), labels


@pytest.fixture(scope="module")
def detector() -> NoveltyDetector:
    train, labels = examples(120, 1)
    layer = fit(train, labels, CLASSES, 1.0)
    return fit_novelty(train, examples(400, 2)[0], layer.weights, layer.bias)


@pytest.fixture(scope="module")
def stored(detector) -> dict:
    return json.loads(detector.to_json())


def test_what_lies_outside_the_directions_of_the_known_ones_is_further_away(detector):
    known, _ = examples(400, 3)
    outside = known + np.random.default_rng(4).normal(0, 1, known.shape).astype(np.float32)
    distances = [detector.distances(x) for x in (known, outside)]
    unknown = np.repeat([False, True], 400)
    assert roc_curve(unknown, np.concatenate(distances)).auc > 0.99


def test_what_is_of_no_class_is_further_away_though_it_lies_in_their_directions(detector):
    """The part by logits: nothing of them lies outside."""
    known = examples(400, 3)[0] - detector.origin
    inside = detector.origin + known @ detector.axes.T @ detector.axes
    (between,) = detector.distances(inside.mean(axis=0)[None])
    assert between > np.quantile(detector.distances(inside), 0.9)


def test_so_many_known_examples_are_lost_as_one_is_willing_to(detector):
    """10,000 known examples, so that the share is known to 0.005; 400 decide, which adds 0.03."""
    distances = detector.distances(examples(10_000, 5)[0])
    for share in (0.01, 0.05, 0.2):
        lost = detector.refused(distances, share) / 10_000
        assert abs(lost - share) < 4 * np.sqrt(share * (1 - share) * (1 / 400 + 1 / 10_000))


def test_the_threshold_is_the_quantile_that_keeps_the_promise_on_average(detector):
    few = replace(detector, validation=np.arange(1, 20, dtype=np.float32))  # 19 of them
    assert [few.threshold(share) for share in (0.0, 0.05, 0.1, 0.5)] == [19, 19, 18, 10]
    assert few.refused(np.array([17.5, 18.5, 19.5]), 0.1) == 2
    assert few.threshold() == few.threshold(0.05)
    assert replace(few, share=0.5).threshold() == 10
    assert [few.promised_share(share) for share in (0.0, 0.05, 0.1)] == [0.05, 0.05, 0.1]


def test_a_larger_share_never_refuses_fewer(detector):
    thresholds = [detector.threshold(share) for share in np.linspace(0, 0.99, 100)]
    assert thresholds == sorted(thresholds, reverse=True)


@pytest.mark.parametrize("share", [-0.1, 1.0, float("nan")])
def test_a_share_that_is_none_is_refused(detector, share):
    with pytest.raises(InvalidInputError, match="share of known examples"):
        detector.threshold(share)


def test_a_file_gives_the_same_answers(detector):
    known, _ = examples(50, 6)
    full = replace(detector.with_tested(known), share=0.1)
    copy = NoveltyDetector.from_json(full.to_json())
    np.testing.assert_array_equal(copy.distances(known), full.distances(known))
    np.testing.assert_array_equal(copy.tested, full.distances(known))
    assert (copy.share, copy.threshold()) == (full.share, full.threshold())


@pytest.mark.parametrize(
    "change",
    [
        {"format": "graft novelty 2"},
        {"share": 1.0},
        {"weight": -1.0},
        {"weight": None},
        {"axes": np.eye(WIDTH - 1)},
        {"kernel": np.zeros((WIDTH, CLASSES + 1))},
        {"bias": np.full(CLASSES, np.inf)},
        {"validation": np.empty(0)},
        {"tested": np.zeros((2, 2))},
    ],
    ids=str,
)
def test_a_damaged_file_is_refused(detector, stored, change):
    changed = {**stored, "arrays": dict(stored["arrays"])}
    for name, value in change.items():
        if isinstance(value, np.ndarray):
            packed = json.loads(replace(detector, **{name: value}).to_json())["arrays"][name]
            changed["arrays"][name] = packed
        else:
            changed[name] = value
    with pytest.raises(InvalidInputError, match="knows of its training examples"):
        NoveltyDetector.from_json(json.dumps(changed))


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b"[" * 100_000, b'{"format": null}'])
def test_something_else_is_refused(data):
    with pytest.raises(InvalidInputError, match="knows of its training examples"):
        NoveltyDetector.from_json(data)


@pytest.mark.parametrize(("train", "validation"), [(2, 1), (5, 3), (80, 20)])
def test_few_examples_and_equal_ones_give_finite_distances(train, validation):
    rng = np.random.default_rng(0)
    weights = rng.normal(0, 1, (WIDTH, 2)).astype(np.float32)
    for x in (np.ones((100, WIDTH), np.float32), rng.normal(0, 1, (100, WIDTH))):
        made = fit_novelty(x[:train], x[-validation:], weights, np.zeros(2, np.float32))
        assert np.isfinite(made.distances(x)).all()
        NoveltyDetector.from_json(made.to_json())


def test_too_few_examples_are_refused():
    x, weights = np.ones((3, WIDTH)), np.ones((WIDTH, 2))
    for train, validation in ((1, 2), (3, 0)):
        with pytest.raises(InvalidInputError, match="two training examples"):
            fit_novelty(x[:train], x[:validation], weights, np.zeros(2))


@pytest.mark.parametrize("count", [50, 120])
def test_the_axes_are_the_main_directions_with_more_features_than_examples_or_fewer(count):
    train, labels = examples(count, 1)
    layer = fit(train, labels, CLASSES, 1.0)
    made = fit_novelty(train, train, layer.weights, layer.bias)
    _, _, axes = np.linalg.svd(train - made.origin, full_matrices=False)
    rows = min(32, count // 2)
    assert made.axes.shape == (rows, WIDTH)
    assert ((made.axes @ axes[:rows].T) ** 2).sum() == pytest.approx(rows, rel=1e-4)
