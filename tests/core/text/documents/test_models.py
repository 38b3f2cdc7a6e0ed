"""The two models and the index, on data made here; nothing shipped is needed."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from scipy.special import softmax

from core.text.documents.assets import Library, read_library, write_library
from core.text.documents.index import DocumentIndex, nearest, place_among, same_category
from core.text.documents.models import EvidenceNetwork, EvidenceSvm, TermEvidence
from core.text.tfidf import TermWeights

TEXTS = ["the ship sails on", "the plane flies on", "wind and rain"]


@pytest.fixture
def library() -> Library:
    rng = np.random.default_rng(0)
    terms = TermWeights.fit(TEXTS, least_documents=1)

    def evidence(classes: int) -> TermEvidence:
        weights = rng.normal(0, 0.3, (len(terms.terms), classes)).astype(np.float32)
        return TermEvidence(terms, weights, rng.normal(0, 1, classes).astype(np.float32))

    network = EvidenceNetwork(
        evidence=evidence(7),
        weights=rng.normal(0, 0.5, (5 + 7, 7)).astype(np.float32),
        bias=rng.normal(0, 0.5, 7).astype(np.float32),
        coarse=np.array([0, 1, 2, 3, 4, 5, 5]),
    )
    vectors = rng.normal(0, 1, (3, 5)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    index = DocumentIndex.of(
        vectors, np.array([0, 1, 5]), rng.normal(0, 9, (3, 2)), terms(TEXTS), kept_terms=4
    )
    return Library(terms, EvidenceSvm(evidence(6), 2.0), network, np.full(6, 1 / 6), index)


def test_the_files_hold_nearly_what_was_written(library, tmp_path):
    write_library(library, tmp_path)
    again = read_library(tmp_path)
    assert again.terms.terms == library.terms.terms
    assert again.descriptions == library.descriptions
    np.testing.assert_allclose(again.svm(TEXTS), library.svm(TEXTS), atol=0.01)
    vectors = np.eye(3, 5, dtype=np.float32)
    np.testing.assert_allclose(
        again.network(TEXTS, vectors), library.network(TEXTS, vectors), atol=0.01
    )
    assert np.array_equal(again.index.vectors, library.index.vectors)
    assert np.array_equal(again.index.places, library.index.places)


def test_a_class_has_the_probabilities_of_its_fine_classes(library):
    vectors = np.ones((3, 5), np.float32)
    scores = np.concatenate([vectors, library.network.evidence(TEXTS)], axis=1)
    logits = scores @ library.network.weights + library.network.bias
    fine = softmax(logits.astype(np.float64), axis=1)
    said = library.network(TEXTS, vectors)
    np.testing.assert_allclose(said[:, 5], fine[:, 5] + fine[:, 6])
    np.testing.assert_allclose(said.sum(axis=1), 1)


def test_sharpness_leaves_the_order(library):
    dull = EvidenceSvm(library.svm.evidence, 0.5)(TEXTS)
    sharp = EvidenceSvm(library.svm.evidence, 5.0)(TEXTS)
    assert np.array_equal(dull.argsort(axis=1), sharp.argsort(axis=1))
    assert (sharp.max(axis=1) > dull.max(axis=1)).all()


def test_a_document_is_nearest_to_itself(library):
    for i, text in enumerate(TEXTS):
        (by_meaning,) = library.index.by_meaning(library.index.vectors[[i]].astype(np.float32))
        (by_keywords,) = library.index.by_keywords(library.terms([text]))
        assert nearest(by_meaning, 1) == nearest(by_keywords, 1) == [i]
        assert by_meaning[i] == pytest.approx(1, abs=1e-6) and 0 < by_keywords[i] <= 1


def test_only_the_weightiest_terms_of_a_document_are_kept(library):
    full = library.terms(TEXTS).toarray()
    for i in range(3):
        kept = library.index.weightiest_terms(i)
        assert sorted(full[i, kept], reverse=True) == list(full[i, kept])
        assert min(full[i, kept]) >= np.sort(full[i])[-4]


def test_descriptions_are_words_of_the_document(library):
    assert set(library.descriptions[2].split(", ")) == {"wind", "and", "rain"}


def test_a_text_is_placed_by_its_nearest():
    places = np.array([[0, 0], [10, 0], [500, 500]], np.float16)
    x, y = place_among(np.array([0.9, 0.9, 0.1]), places, count=2)
    assert (x, y) == (5, 0)
    x, _ = place_among(np.array([0.9, 0.3, 0.0]), places, count=2)
    assert 0 < x < 1


def test_same_category_counts_neighbours():
    similarities = np.array([[0.9, 0.8, 0.1], [0.1, 0.5, 0.6]])
    assert same_category(similarities, np.array([0, 1, 1]), np.array([0, 1]), count=2) == 0.75


def test_index_rows_survive_without_any_terms():
    rows = csr_matrix((2, 4), dtype=np.float32)
    index = DocumentIndex.of(np.eye(2, 5), np.zeros(2), np.zeros((2, 2)), rows, kept_terms=3)
    again = DocumentIndex.from_arrays(index.to_arrays(), 4)
    assert again.weightiest_terms(1) == [] and again.by_keywords(rows[[0]]).tolist() == [[0, 0]]
