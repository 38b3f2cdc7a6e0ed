"""Words as ids, and what pairs of them say."""

from __future__ import annotations

import numpy as np

from core.text.sentiment.ngrams import PAIR_BUCKETS, NgramEvidence, features
from core.text.sentiment.words import UNKNOWN, Vocabulary, word_places


def test_the_most_frequent_words_come_first_and_the_rest_is_unknown():
    known = Vocabulary.of(["b a b", "C b a"], size=2)
    assert known.words == ("b", "a")
    assert known.ids("A b, c") == [3, 2, UNKNOWN, UNKNOWN]
    assert len(known) == 4


def test_every_id_has_a_place_in_the_text():
    text = "It isn't GOOD \u2013 10/10 😀."
    known = Vocabulary.of([text], size=50)
    assert [known.words[i - 2] for i in known.ids(text)] == [
        text[begin:end].lower() for begin, end in word_places(text)
    ]


def test_features_are_words_and_the_pairs_inside_each_sentence():
    places, starts = features([[2, 3], [4]], vocabulary=10)
    assert list(starts) == [0, 3]
    assert sorted(places[:3]) == [2, 3, 10 + (2 * 10 + 3) % PAIR_BUCKETS]
    assert list(places[3:]) == [4]


def test_evidence_adds_up_sentence_by_sentence():
    weights = np.zeros(10 + PAIR_BUCKETS)
    weights[[2, 3, 4]] = 1, 10, 100
    weights[10 + 23] = 1000
    assert list(NgramEvidence(weights)([[2, 3], [3, 2], [4]])) == [1011, 11, 100]
