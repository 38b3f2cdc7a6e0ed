"""Saliency of sentences, on a model whose answers are known beforehand."""

from __future__ import annotations

import numpy as np
import pytest

from core.errors import InvalidInputError
from core.text.sentiment import saliency

VECTORS = np.array([[2.0, 0], [-1, 0], [0, 5], [0.5, 0]], np.float32)


class LinearReader:
    """Adds up the first numbers of all sentences."""

    def logits(self, texts):
        return np.array([text[:, 0].sum() for text in texts], np.float32)

    def differentiate(self, texts):
        slope = np.array([1.0, 0.0], np.float32)
        return self.logits(texts), [np.broadcast_to(slope, text.shape) for text in texts]


@pytest.mark.parametrize("method", sorted(saliency.SIGNED))
def test_signed_methods_say_what_each_sentence_adds_to_a_linear_model(method):
    scores = saliency.METHODS[method](LinearReader(), VECTORS)
    np.testing.assert_allclose(scores, [2, -1, 0, 0.5], atol=1e-6)


def test_the_gradient_against_the_flipped_label_grows_with_the_confidence():
    weak = saliency.gradient(LinearReader(), VECTORS[3:])
    strong = saliency.gradient(LinearReader(), VECTORS[:1])
    assert 0 < weak[0] < strong[0] < 1


def test_what_speaks_for_the_decision_goes_first():
    values = np.array([2.0, -1, 0, 0.5])
    assert list(saliency.ranking(values, signed=True, positive=True)) == [0, 3, 2, 1]
    assert list(saliency.ranking(values, signed=True, positive=False)) == [1, 2, 3, 0]
    assert list(saliency.ranking(-values, signed=False, positive=False)) == [1, 2, 3, 0]


def test_deleting_what_matters_first_leaves_a_smaller_area():
    reader = LinearReader()
    best, worst = (
        saliency.area(saliency.deletion_curve(reader, VECTORS, np.array(order)))
        for order in ([0, 3, 2, 1], [1, 2, 3, 0])
    )
    assert best < worst


def test_a_deletion_curve_begins_with_the_decision_and_ends_with_nothing():
    curve = saliency.deletion_curve(LinearReader(), -VECTORS, np.arange(4))
    assert curve[0] == pytest.approx(1 / (1 + np.exp(-1.5)), abs=1e-6)
    assert curve[-1] == pytest.approx(0.5)
    assert len(curve) == 5


def test_too_many_sentences_are_not_left_out_one_by_one():
    with pytest.raises(InvalidInputError, match="at most 400"):
        saliency.leave_one_out(LinearReader(), np.zeros((401, 2), np.float32))
