"""The recipe of the models for film reviews, on a few reviews."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np
import pytest

from core import zoo
from core.recipes.sentiment import models, training
from core.recipes.sentiment.__main__ import main
from core.recipes.sentiment.reviews import read_reviews
from core.text import sentiment
from core.text.sentiment.figures import learning_curves, model_figures

GOOD, BAD = "wonderful great moving brilliant superb", "awful boring terrible stupid dull"
OPTIONS = ["--shares", "0.5", "1", "--explained", "4", "--timed-s", "0.1", "--only"]
CARD = {"task", "data", "split", "seed", "recipe", "reader", "made", "metrics", "files"}


@pytest.fixture(scope="module")
def imdb(workspace, topics, write_lines):
    """Forty reviews to learn from and ten to test on; one stands in both, one twice."""
    good, bad = topics(GOOD, 25), topics(BAD, 25)

    def lines(first: int, last: int) -> list[str]:
        pairs = zip(good[first:last], bad[first:last], strict=True)
        return [line for g, b in pairs for line in (f"1\t{g}.<br />{g}.", f"0\t{b}. {b}!")]

    train = lines(0, 20)
    write_lines(workspace.data / "imdb_train.tsv.xz", [*train, train[0], lines(20, 21)[0]])
    write_lines(workspace.data / "imdb_test_part.tsv.xz", lines(20, 25))
    return workspace


@pytest.fixture(scope="module")
def arguments(imdb) -> list[str]:
    return ["--data", str(imdb.data), *OPTIONS]


@pytest.fixture(scope="module")
def baseline(imdb, arguments):
    """The workspace after the recipe of the linear baseline."""
    assert main([*arguments, "ngrams"]) == 0
    return imdb


def test_a_review_counts_once_and_has_no_tags(imdb):
    reviews = read_reviews(imdb.data / "imdb_train.tsv.xz")
    assert len(reviews.texts) == len(set(reviews.texts)) == 41
    assert not any("<br" in text for text in reviews.texts)
    assert reviews.labels.tolist()[:2] == [1, 0]


def test_the_card_has_the_figures_that_the_page_shows(baseline):
    card = baseline.card("sentiment/sentiment_ngrams")
    assert set(card) >= CARD
    assert card["reader"]["ngrams"] and not card["reader"]["words"]
    assert card["metrics"]["accuracy"] == 1.0  # each side has words of its own
    assert card["metrics"]["tested"] == 10
    assert card["metrics"]["explained"] == 4
    figures = model_figures()["sentiment_ngrams"]
    assert asdict(figures)["deletion_area"] == card["metrics"]["deletion_area"]


def test_the_curve_leaves_out_what_the_test_has_too(baseline):
    (curve,) = learning_curves()
    assert [point.reviews for point in curve.points] == [20, 40]
    assert curve.tested == 10
    assert curve.points[-1].accuracy == 1.0


def test_the_app_reads_reviews_with_what_was_written(baseline):
    good, bad = sentiment.predict(["A wonderful film", "So boring"], model="sentiment_ngrams")
    assert good > 0.5 > bad
    spec = zoo.shipped("sentiment_ngrams")
    assert zoo.asset_path(spec, ".ngrams.npy").exists()


def test_a_model_that_is_there_is_not_trained_again(baseline, arguments, monkeypatch):
    def retrained(material: models.Material) -> list[float]:
        raise AssertionError("trained again")

    monkeypatch.setitem(models.MODELS, "ngrams", retrained)
    card = baseline.card("sentiment/sentiment_ngrams")
    main([*arguments, "ngrams"])
    assert baseline.card("sentiment/sentiment_ngrams") == card
    with pytest.raises(AssertionError, match="trained again"):
        main([*arguments, "ngrams", "--anew", "ngrams"])


@pytest.mark.slow
def test_a_network_of_words_is_trained_and_its_weights_kept(imdb):
    arguments = ["--data", str(imdb.data), "--shares", "1", "--explained", "2", "--timed-s", "0.1"]
    arguments += ["--only", "scratch"]
    main(arguments)
    card = imdb.card("sentiment/sentiment_scratch")
    assert set(card) >= CARD
    assert card["reader"]["words"] and not card["reader"]["ngrams"]
    assert card["metrics"]["accuracy"] >= 0.8
    before = imdb.cached()
    main([*arguments, "--anew", "scratch"])
    assert imdb.cached() == before  # weights came from the cache
    again = imdb.card("sentiment/sentiment_scratch")["metrics"]
    assert again["log_loss"] == pytest.approx(card["metrics"]["log_loss"], abs=2e-4)


@pytest.mark.slow
def test_the_loss_of_a_network_of_words_falls_and_the_seed_decides(capsys):
    reviews = [[[2 + i % 2, 4]] for i in range(20)]
    labels = np.arange(20) % 2
    networks = [
        training.train_words(reviews, labels, 10, epochs=60, seed=0, title=title)
        for title in ("first", "again")
    ]
    tokens = training.rows_of(reviews, 128, training.SENTENCES)
    first, again = (net.predict(list(tokens), verbose=0)[:, 0] for net in networks)
    np.testing.assert_allclose(first, again, atol=1e-4)
    assert ((first > 0) == labels).all()
