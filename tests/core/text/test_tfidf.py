"""TF-IDF weights: scikit-learn's, kept without its objects."""

from __future__ import annotations

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer

from core.text.tfidf import TermWeights

TEXTS = ["the ship sails", "the plane flies over the ship", "a plane, a plane!", "rain"]


def test_weights_are_those_of_scikit_learn():
    kept = TermWeights.fit(TEXTS, least_documents=1)
    theirs = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True).fit(TEXTS)
    again = TermWeights(kept.terms, kept.idf)  # as from a file
    unseen = ["the plane sails over rain", "words nobody knew", ""]
    np.testing.assert_allclose(again(unseen).toarray(), theirs.transform(unseen).toarray(), 1e-5)


def test_rare_terms_and_terms_beyond_the_limit_are_left_out():
    assert TermWeights.fit(TEXTS).terms == ("plane", "ship", "the", "the ship")
    assert len(TermWeights.fit(TEXTS, least_documents=1, most_terms=2).terms) == 2


def test_no_texts_make_no_rows():
    assert TermWeights.fit(TEXTS)([]).shape == (0, 4)
