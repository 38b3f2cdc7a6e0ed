"""BLEU against what is known of it."""

from __future__ import annotations

import pytest

from core.errors import InvalidInputError
from core.vision.captioning.metrics import bleu


def test_a_caption_that_somebody_wrote_is_perfect_whatever_its_case_and_marks():
    references = [["A dog runs on the grass .", "Two dogs ."]]
    assert bleu(["a dog runs on the grass"], references) == pytest.approx((1, 1, 1, 1))


def test_words_are_counted_at_most_as_often_as_a_reference_has_them():
    # Papineni et al., section 2.1: a modified unigram precision of 2/7
    captions = ["the the the the the the the"]
    first, *_ = bleu(captions, [["The cat is on the mat.", "There is a cat on the mat."]])
    assert first == pytest.approx(2 / 7)


def test_short_captions_pay_for_their_brevity():
    whole = ["a dog runs over the green grass"]
    short, _, _, _ = bleu(["a dog runs"], [whole])
    assert short == pytest.approx(2.718281828 ** (1 - 7 / 3))


def test_a_single_caption_is_smoothed_when_asked():
    captions, references = ["a dog jumps"], [["a dog runs on the grass"]]
    assert bleu(captions, references)[3] == 0
    assert bleu(captions, references, smoothed=True)[3] > 0


@pytest.mark.parametrize(
    ("captions", "references"),
    [([], []), (["a"], []), (["a", "b"], [["a"], ["a", "b"]]), (["a"], [[]])],
)
def test_numbers_that_do_not_fit_are_refused(captions, references):
    with pytest.raises(InvalidInputError, match="as many references"):
        bleu(captions, references)
