"""Several networks on the same photos."""

from __future__ import annotations

import numpy as np
import pytest

from core import engine
from core.errors import InvalidInputError, MemoryBudgetError, WeightsUnavailableError
from core.vision.classification import Classification, classify
from core.vision.comparison import NetworkResult, _quietest, agreement, compare, measure

NETWORKS = ["efficientnet_lite0", "efficientnet_lite1"]


def answer(*wnids: str) -> tuple[Classification, ...]:
    return tuple(
        Classification((w,), (w,), np.ones(1, np.float32), "network", "f32") for w in wnids
    )


@pytest.fixture(scope="module")
def steps(crops):
    return list(compare(crops[:3], NETWORKS, top_k=2))


def test_answers_are_those_of_classify(steps, crops):
    for result in steps[-1].results:
        for photo, together in zip(crops, result.classifications, strict=False):
            alone = classify(photo, backbone=result.backbone, top_k=2)
            assert together.wnids == alone.wnids
            np.testing.assert_allclose(together.scores, alone.scores, atol=1e-2)


def test_all_networks_answer_before_any_is_measured(steps):
    measured = [sum(r.measurement is not None for r in step.results) for step in steps]
    answered = [len(step.results) for step in steps]
    assert measured == sorted(measured)
    assert measured[-1] == 2
    assert all(n == 2 for n, m in zip(answered, measured, strict=True) if m)


def test_the_share_rises_to_one(steps):
    shares = [step.share for step in steps]
    assert shares == sorted(shares)
    assert 0 < shares[0] < 0.1
    assert shares[-1] == 1


def test_a_measurement_holds_together(steps):
    for result in steps[-1].results:
        taken = result.measurement
        assert 0 < taken.latency_p50_ms <= taken.latency_p95_ms
        assert taken.photos_per_s > 100 / taken.latency_p50_ms
        assert taken.load_s > 0
    small, large = (result.measurement for result in steps[-1].results)
    assert small.multiply_adds < large.multiply_adds
    assert (small.parameters, large.parameters) == (4_694_024, 5_470_344)
    assert small.memory_bytes < large.memory_bytes


def test_only_the_quietest_passes_count():
    calm, busy = np.full(10, 0.003), np.full(10, 0.009)
    rounds = [busy, np.concatenate([busy, calm]), busy]
    np.testing.assert_array_equal(_quietest(rounds, 8), np.full(8, 0.003))


def test_what_is_known_is_not_measured_again(crops, monkeypatch):
    known = {NETWORKS[0]: measure(crops[0], NETWORKS[0])}
    monkeypatch.setattr("core.vision.comparison._Gauge", None)
    *_, last = compare(crops[:1], NETWORKS[:1], known=known)
    assert last.results[0].measurement is known[NETWORKS[0]]


@pytest.mark.parametrize(
    ("network", "error"),
    [("nasnet_large", WeightsUnavailableError), ("hed_vgg16", InvalidInputError)],
)
def test_a_network_that_cannot_answer_does_not_end_the_comparison(crops, network, error):
    *_, last = compare(crops[:1], [network])
    assert isinstance(last.results[0].error, error)
    assert last.share == 1


def test_a_network_that_does_not_fit_in_memory_says_so(crops, monkeypatch):
    engine.pool.clear()  # what is in memory already would answer
    monkeypatch.setenv("GRAFT_MEMORY_BUDGET_MIB", "1")
    *_, last = compare(crops[:1], ["efficientnet_lite2"])
    assert isinstance(last.results[0].error, MemoryBudgetError)


def test_a_photo_that_cannot_be_used_ends_it(crops):
    with pytest.raises(InvalidInputError, match="text"):
        list(compare([crops[0], b"not a photo"], NETWORKS))


@pytest.mark.parametrize(("photos", "networks"), [(0, 1), (1, 0)])
def test_nothing_to_compare_is_refused(crops, photos, networks):
    with pytest.raises(InvalidInputError, match="at least one"):
        next(compare(crops[:photos], NETWORKS[:networks]))


def test_agreement_is_the_share_of_equal_first_answers():
    results = [
        NetworkResult("a", answer("x", "y", "z", "x")),
        NetworkResult("b", answer("x", "y", "y", "y")),
    ]
    np.testing.assert_array_equal(agreement(results), [[1, 0.5], [0.5, 1]])
