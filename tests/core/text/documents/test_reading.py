"""What is said of documents by what is shipped. Texts were written for these tests."""

from __future__ import annotations

import numpy as np
import pytest

from core.errors import InvalidInputError, UnknownNameError
from core.learning import metrics
from core.text import documents
from core.text.documents import CLASSES, reading
from core.text.documents.newsgroups import read_posts

TOPICS = {
    "computers": "My graphics driver crashes whenever a window is drawn; which video card and "
    "which version of the X server works with this motherboard?",
    "recreation": "The goalie was outstanding in the third period and the team won the playoff "
    "game in overtime.",
    "science": "The shuttle will carry a satellite into orbit, and the telescope will measure "
    "radiation from the moon.",
    "politics": "The senate voted on the gun control bill while the president defended the tax.",
    "religion": "Does scripture teach that faith in Christ alone brings salvation, or are works "
    "needed too, as the church says?",
    "for_sale": "For sale: mountain bike in excellent condition, asking $200 or best offer, "
    "shipping included. Email me.",
}
ALL = list(TOPICS.values())


@pytest.fixture(scope="module")
def encoder_here():
    from core.errors import WeightsUnavailableError
    from core.text.encoders import encode

    try:
        encode(["a"])
    except WeightsUnavailableError as err:
        pytest.skip(str(err))


def test_the_baseline_knows_what_texts_are_about():
    probabilities = documents.predict(ALL, model="svm")
    assert [CLASSES[i] for i in probabilities.argmax(axis=1)] == list(TOPICS)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)


def test_the_network_knows_what_texts_are_about(encoder_here):
    probabilities = documents.predict(ALL)
    assert [CLASSES[i] for i in probabilities.argmax(axis=1)] == list(TOPICS)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)


@pytest.mark.parametrize("text", ["", "   \n", "😀😀", "<br/>", "?!"])
@pytest.mark.parametrize("model", ["network", "svm"])
def test_a_text_without_words_gets_the_shares_of_the_categories(text, model):
    (said,) = documents.predict([text], model=model)
    posts = np.array([2936, 2389, 2373, 1575, 1456, 585])  # of the 11,314 training posts
    np.testing.assert_allclose(said, posts / posts.sum(), atol=1e-9)


def test_html_and_headers_make_no_difference():
    plain = ALL[1]
    html = f"<p>{plain.replace(' and ', ' <b>and</b> ')}</p><script>var gun = 'sale';</script>"
    post = f"From: sale@sale.org\nSubject: for sale\nLines: 3\n\n> gun\n{plain}\n\n--\nbible\n"
    probabilities = documents.predict([plain, html, post], model="svm")
    np.testing.assert_allclose(probabilities[1:], probabilities[[0, 0]], atol=1e-6)


def test_one_word_and_very_long_texts_have_answers(encoder_here):
    probabilities = documents.predict(["hockey", " ".join(ALL[2:3] * 4000), "x" * 100_000])
    assert CLASSES[probabilities[0].argmax()] == "recreation"
    assert CLASSES[probabilities[1].argmax()] == "science"
    assert np.isfinite(probabilities).all()


def test_no_texts_have_no_answers():
    assert documents.predict([]).shape == (0, 6)


def test_what_cannot_be_used_is_refused():
    with pytest.raises(InvalidInputError, match="one string; put texts into a list"):
        documents.predict("hockey")
    with pytest.raises(InvalidInputError, match="something else"):
        documents.predict([b"hockey"])
    with pytest.raises(UnknownNameError, match="Did you mean svm"):
        documents.predict(["hockey"], model="svn")
    with pytest.raises(UnknownNameError):
        documents.search("hockey", by="colour")
    with pytest.raises(InvalidInputError, match="k=0"):
        documents.search("hockey", 0)
    for ask in (documents.search, documents.place):
        with pytest.raises(InvalidInputError, match="Expected a text with words"):
            ask(" ")


def test_keywords_find_documents_with_these_words():
    neighbours = documents.search("hockey goalie playoff", k=5, by="keywords")
    assert [one.category for one in neighbours] == ["recreation"] * 5
    similarity = [one.similarity for one in neighbours]
    assert similarity == sorted(similarity, reverse=True) and 0 < similarity[0] <= 1
    assert documents.search("qqqqzzzz", by="keywords") == ()


def test_meaning_finds_documents_without_these_words(encoder_here):
    neighbours = documents.search("players on ice chase a puck with sticks", k=10)
    assert sum(one.category == "recreation" for one in neighbours) >= 8
    similarity = [one.similarity for one in neighbours]
    assert similarity == sorted(similarity, reverse=True)


def test_the_map_holds_what_search_finds():
    layout = documents.document_map()
    assert len(layout.places) == len(layout.labels) == len(layout.descriptions)
    assert layout.places.shape[1] == 2 and set(layout.labels) == set(range(6))
    for one in documents.search("windows driver", by="keywords"):
        assert CLASSES[layout.labels[one.position]] == one.category
        assert layout.descriptions[one.position] == one.description


def test_a_text_is_placed_amid_documents_of_its_kind(encoder_here):
    layout = documents.document_map()
    distances = np.linalg.norm(layout.places - documents.place(TOPICS["recreation"]), axis=1)
    near = layout.labels[np.argsort(distances)[:30]]
    assert (near == CLASSES.index("recreation")).mean() > 0.6


def test_the_card_says_what_was_measured():
    card = documents.card()
    assert card["metrics"]["network"]["macro_f1"] >= 0.83
    assert card["metrics"]["network"]["macro_f1"] > card["metrics"]["svm"]["macro_f1"]
    assert card["metrics"]["search"]["meaning"] > card["metrics"]["search"]["keywords"]


def test_shipped_files_are_those_of_the_card_and_small():
    import hashlib

    for name, digest in documents.card()["files"].items():
        data = (reading.documents_folder() / name).read_bytes()
        assert hashlib.sha256(data).hexdigest() == digest
        assert len(data) < 6e6


def test_prediction_needs_no_tensorflow(python):
    code = """
import sys
from core.text import documents
from core.text.documents import reading
documents.predict(["one", "two"], model="svm"), documents.search("one", by="keywords")
print("tensorflow" in sys.modules)
"""
    assert python(code).split() == ["False"]


@pytest.mark.slow
def test_the_figures_of_the_card_can_be_measured_again(shared_data, encoder_here):
    path = shared_data / "newsgroups_test_part.jsonl.xz"
    posts = read_posts(path)
    texts, labels = [p.text for p in posts], np.array([p.category for p in posts])
    for model in documents.MODELS:
        probabilities = documents.predict(texts, model=model)
        measured = metrics.evaluate(labels, probabilities, CLASSES).macro_f1
        written = documents.card()["metrics"][model]["macro_f1"]
        assert measured == pytest.approx(written, abs=0.005)


@pytest.mark.parametrize("model", documents.MODELS)
def test_what_looks_alike_is_read_alike(model):
    plain = "I can't sell my printer's driver, \"as is\", for $15."
    written = "I can\u2019t sell my prin\u00adter\u2019s driver, \u201cas is\u201d, for\u00a0$15."
    one, other = documents.predict([plain, written], model=model)
    np.testing.assert_allclose(one, other, atol=1e-6)
