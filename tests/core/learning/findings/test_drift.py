"""What has changed between two sets."""

from __future__ import annotations

import numpy as np
import pytest

from core.errors import InvalidInputError
from core.learning.findings.drift import find_drift


def draws(count: int, seed: int, shifted: int = 0) -> np.ndarray:
    """Vectors of 20 numbers; the last `shifted` of them are from elsewhere."""
    x = np.random.default_rng(seed).normal(0, 1, (count, 20)) * np.linspace(1, 4, 20)
    x[count - shifted :, 3] += 12
    return x.astype(np.float32)


def last_of(first, second, **options):
    *_, last = find_drift(first, second, **{"permutations": 99, **options})
    return last


def test_sets_that_are_alike_are_told_apart_by_chance_only():
    """An exact test: p below 0.1 in a tenth of the cases, 4 of 40, with a deviation of 1.9."""
    p_values = np.array(
        [last_of(draws(60, 2 * seed), draws(40, 2 * seed + 1)).p_value for seed in range(40)]
    )
    assert (p_values <= 0.1).sum() <= 9
    assert 0.3 < p_values.mean() < 0.7


def test_a_tenth_from_elsewhere_is_noticed_and_named():
    last = last_of(draws(200, 0), draws(200, 1, shifted=20), examples=20)
    assert last.p_value == 0.01 and last.auroc > 0.54
    assert len({*last.second.tolist()} & set(range(180, 200))) >= 15
    assert last.second_scores[180:].min() > 0.9


def test_it_is_the_same_whichever_set_comes_first():
    first, second = draws(150, 0), draws(100, 1, shifted=20)
    there, back = last_of(first, second), last_of(second, first)
    assert there.p_value == back.p_value == 0.01
    assert len({*there.second.tolist()} & {*back.first.tolist()}) >= 15


def test_scores_are_shares_of_the_other_set():
    last = last_of(draws(60, 0), draws(40, 1), examples=7)
    for scores, chosen, count in (
        (last.first_scores, last.first, 60),
        (last.second_scores, last.second, 40),
    ):
        assert scores.shape == (count,) and 0 <= scores.min() <= scores.max() <= 1
        assert len(chosen) == 7
        assert scores[chosen].tolist() == sorted(scores, reverse=True)[:7]


def test_it_comes_in_steps_of_permutations():
    steps = list(find_drift(draws(40, 0), draws(40, 1), permutations=300))
    shares = [step.share for step in steps]
    assert shares[0] == 0 and shares[-1] == 1 and len(steps) >= 4 and shares == sorted(shares)
    assert len({step.auroc for step in steps[1:]}) == 1
    assert np.isnan(steps[0].auroc)


def test_equal_vectors_are_no_error():
    last = last_of(np.ones((20, 3), np.float32), np.ones((25, 3), np.float32))
    assert last.p_value > 0.05


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (draws(19, 0), draws(40, 1)),
        (draws(40, 0), draws(40, 1)[:, :5]),
        (draws(40, 0), np.full((40, 20), np.nan)),
    ],
)
def test_what_cannot_be_compared_is_refused(first, second):
    with pytest.raises(InvalidInputError, match=r"Expected .* Received: "):
        list(find_drift(first, second))
