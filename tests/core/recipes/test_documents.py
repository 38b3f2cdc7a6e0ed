"""The recipe of the document models, on seventy posts."""

from __future__ import annotations

import json

import numpy as np
import pytest

from core.recipes.documents import corpus, learning
from core.recipes.documents.__main__ import main
from core.recipes.documents.corpus import read_corpus
from core.text.documents import CLASSES, reading
from core.text.tfidf import TermWeights

WORDS = {
    "comp.graphics": "screen pixel driver window keyboard printer",
    "rec.autos": "engine wheel brake driver seat road",
    "sci.space": "orbit moon rocket launch telescope planet",
    "talk.politics.misc": "vote senate law president tax election",
    "alt.atheism": "god belief church faith bible reason",
    "misc.forsale": "sale price offer shipping condition asking",
}


@pytest.fixture(scope="module")
def newsgroups(workspace, topics, write_lines):
    """Ten posts of each category to learn from, two of each to test on."""

    def posts(first: int, last: int) -> list[str]:
        return [
            json.dumps(
                {
                    "group": group,
                    "text": f"From: a@b.c\nSubject: {group} {i}\nLines: 1\n\n{text}. {text}!\n",
                }
            )
            for group, words in WORDS.items()
            for i, text in list(enumerate(topics(words, last)))[first:]
        ]

    write_lines(workspace.data / "newsgroups_train.jsonl.xz", posts(0, 10))
    write_lines(workspace.data / "newsgroups_test_part.jsonl.xz", posts(10, 12))
    return workspace


@pytest.fixture(scope="module")
def finished(newsgroups):
    assert main(["--data", str(newsgroups.data)]) == 0
    return newsgroups


def test_headers_are_not_learned_from(newsgroups):
    texts = read_corpus(newsgroups.data / "newsgroups_test_part.jsonl.xz").texts
    assert len(texts) == 12
    assert not any("Subject" in text or "a@b.c" in text for text in texts)


def test_the_card_says_what_the_models_are(finished):
    card = json.loads((finished.assets / "documents" / "card.json").read_text("utf-8"))
    assert card["classes"] == list(CLASSES)
    assert card["split"]["train"] == "the 60 training posts"
    assert card["indexed"] == 60
    assert set(card["files"]) == {"models.npz", "index.npz"}
    assert set(card["made"]) == {"date", "scikit-learn", "numpy", "openvino"}
    assert {"meaning", "keywords", "queries"} <= set(card["metrics"]["search"])
    # each category has words of its own
    assert card["metrics"]["svm"]["accuracy"] > 0.8
    assert card["metrics"]["network"]["accuracy"] > 0.8
    assert card["metrics"]["svm"]["classes"]["science"]["posts"] == 2


def test_the_app_answers_by_what_was_written(finished):
    assert reading.card()["indexed"] == 60
    (probabilities,) = reading.predict(["A rocket to the moon, and a telescope in orbit"])
    assert CLASSES[probabilities.argmax()] == "science"


def test_posts_that_were_embedded_are_not_embedded_again(finished, monkeypatch):
    def embed(texts: tuple[str, ...]) -> np.ndarray:
        raise AssertionError(f"embedded {len(texts)} texts again")

    monkeypatch.setattr(corpus.pieces, "embed", embed)
    before = finished.cached()
    assert len(before) == 2  # one chunk of each part
    read_corpus(finished.data / "newsgroups_train.jsonl.xz")
    assert finished.cached() == before


def test_what_is_learned_does_not_depend_on_the_run(finished):
    train = read_corpus(finished.data / "newsgroups_train.jsonl.xz")
    terms = TermWeights.fit(train.texts, least_documents=learning.LEAST_DOCUMENTS)
    first, second = (learning.teach_network(train, terms) for _ in range(2))
    np.testing.assert_array_equal(first.weights, second.weights)
    predicted = first(train.texts, train.vectors).argmax(axis=1)
    assert (predicted == train.labels).mean() > 0.9
