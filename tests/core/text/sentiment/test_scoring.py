"""What labels of reviews mean, and how verdicts agree with them."""

from __future__ import annotations

import pytest

from core.text.sentiment import Assessment
from core.text.sentiment.scoring import meanings, score


@pytest.mark.parametrize(
    ("labels", "liked", "disliked"),
    [
        ("Positive negative Neutral", {"Positive"}, {"negative"}),
        ("0 1", {"1"}, {"0"}),
        ("-1 0 1", {"1"}, {"-1"}),
        ("1 2", {"2"}, {"1"}),
        ("1 2 3 4 5", {"4", "5"}, {"1", "2"}),
        ("4 5", {"4", "5"}, set()),
        ("1 4 7 10", {"7", "10"}, {"1", "4"}),
        ("dobry zły", {"dobry"}, {"zły"}),
        ("red blue", set(), set()),
    ],
)
def test_usual_labels_are_known(labels, liked, disliked):
    means = meanings([*labels.split(), ""])
    assert set(means) == set(labels.split())
    assert {label for label, side in means.items() if side is True} == liked
    assert {label for label, side in means.items() if side is False} == disliked


def test_undecided_is_not_right_and_the_surest_mistake_comes_first():
    verdicts = [
        Assessment(probability=p, sentence="", model="m") for p in (0.9, 0.6, 0.5, 0.1, 0.95, 0.7)
    ]
    result = score(verdicts, list("nnppp?"), {"p": True, "n": False, "?": None})
    assert result.counts.tolist() == [[0, 2, 0], [1, 1, 1]]
    assert result.wrong.tolist() == [0, 3, 1, 2]
    assert (result.right, result.total, result.accuracy) == (1, 5, 0.2)
    # of statsmodels' proportion_confint(1, 5, method="wilson")
    assert (result.low, result.high) == pytest.approx((0.0362, 0.6245), abs=1e-4)
    assert score(verdicts, list("??????"), {"?": None}) is None
