"""Main directions of vectors, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

from core.errors import InvalidInputError
from core.learning.findings.examples import checked_examples, main_directions


def test_main_directions_keep_what_a_classifier_learns():
    """Scaled columns and rotated axes: distances between standardised rows stay."""
    x = np.random.default_rng(0).normal(3, 5, (90, 40)).astype(np.float32)
    z = (x - x.mean(axis=0)) / x.std(axis=0) / np.sqrt(40)
    made = main_directions(x)
    np.testing.assert_allclose(
        np.linalg.norm(made[0] - made, axis=1), np.linalg.norm(z[0] - z, axis=1), rtol=1e-2
    )


def test_of_many_directions_the_main_ones_are_kept():
    rng = np.random.default_rng(0)
    spread = np.r_[np.full(20, 5.0), np.full(580, 0.1)]
    hidden = rng.normal(0, 1, (700, 600)) * spread
    x = (hidden @ np.linalg.qr(rng.normal(0, 1, (600, 600)))[0]).astype(np.float32)
    made = main_directions(x)
    assert made.shape == (700, 256)
    varied = made.var(axis=0)
    assert varied[:20].min() > 20 * varied[20:].max()


def test_networks_side_by_side_have_the_same_say():
    rng = np.random.default_rng(0)
    narrow, wide = rng.normal(0, 9, (100, 4)), rng.normal(0, 1, (100, 60))
    x = np.concatenate([narrow, wide], axis=1).astype(np.float32)
    total = (main_directions(x, (4, 60)) ** 2).sum()
    parts = [(main_directions(part.astype(np.float32)) ** 2).sum() for part in (narrow, wide)]
    assert parts == pytest.approx([total / 2] * 2, rel=0.01)


@pytest.mark.parametrize(
    ("vectors", "labels"),
    [
        (np.ones((4, 2)), [0, 0, 1]),
        (np.ones((4, 2)), [0, 0, 1, 2]),
        (np.ones((4, 2)), [0, 0, 1, -1]),
        (np.ones((4, 2)), [0.0, 0.0, 1.0, 1.0]),
        (np.full((4, 2), np.nan), [0, 0, 1, 1]),
        (np.ones((3, 2)), [0, 0, 1]),
        (np.ones(4), [0, 0, 1, 1]),
        (np.empty((0, 2)), np.empty(0, int)),
    ],
)
def test_what_does_not_fit_is_refused(vectors, labels):
    with pytest.raises(InvalidInputError, match=r"Expected .* Received: "):
        checked_examples(vectors, np.array(labels), 2)
