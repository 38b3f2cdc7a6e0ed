"""Film reviews: what the shipped models say, and which sentences made them say so."""

from __future__ import annotations

import numpy as np
import pytest

from core.errors import InvalidInputError, UnknownNameError
from core.text import sentiment
from core.text.sentiment import (
    DEFAULT_MODEL,
    METHODS,
    MULTILINGUAL_MODEL,
    assess,
    deletion_test,
    explain,
    explain_words,
    model_for,
    predict,
)

GOOD = "A wonderful film. I went on a Tuesday. The acting is superb, and I loved every minute."
BAD = "What a waste of time. The plot is awful. I went on a Tuesday. Terrible, boring acting."
MIXED = "The actors are excellent. It was raining. Sadly the script is dull, and the end is awful."


@pytest.mark.parametrize("model", sorted(sentiment.models()))
def test_every_model_tells_praise_from_scorn(model):
    good, bad = predict([GOOD, BAD], model=model)
    assert good > 0.7
    assert bad < 0.3


def test_probabilities_do_not_depend_on_what_else_is_asked():
    together = predict([GOOD, BAD, MIXED] * 120)
    np.testing.assert_allclose(together[:3], together[-3:], atol=1e-5)
    np.testing.assert_allclose(together[2], predict([MIXED])[0], atol=1e-5)


@pytest.mark.parametrize("text", ["", "  \n", "<br />"])
def test_of_an_empty_text_nothing_is_said(text):
    assert predict([text]) == pytest.approx([0.5])
    with pytest.raises(InvalidInputError, match="at least one word"):
        explain(text)


@pytest.mark.parametrize("text", ["great", "😀😀😀", "<b>Great</b> &amp; fun!", "?!?", "a\x00b"])
def test_odd_texts_get_an_answer(text):
    assert 0 <= predict([text])[0] <= 1
    assert len(explain(text).saliency) >= 1


def test_html_changes_nothing():
    plain, tagged = predict(["So good.\nSo bad.", "So good.<br /><br />So <i>bad</i>."])
    assert plain == pytest.approx(tagged, abs=1e-5)


def test_a_hundred_thousand_words_are_read():
    text = "The film is wonderful and moving. " * 16_700
    assert predict([text])[0] > 0.9
    assert len(explain(text, method="gradient_input").saliency) == 16_700


def test_one_text_in_place_of_many_is_refused():
    with pytest.raises(InvalidInputError, match="one text"):
        predict(GOOD)


@pytest.mark.parametrize("method", sorted(METHODS))
def test_an_explanation_has_a_number_for_each_sentence(method):
    explanation = explain(MIXED, method=method)
    assert len(explanation.sentences) == len(explanation.saliency) == len(explanation.places) == 3
    assert explanation.probability == pytest.approx(predict([MIXED])[0], abs=1e-5)
    assert [explanation.text[begin:end] for begin, end in explanation.places] == list(
        explanation.sentences
    )


@pytest.mark.parametrize("method", ["gradient_input", "integrated_gradients", "leave_one_out"])
def test_praise_speaks_for_a_film_and_scorn_against_it(method):
    praise, rain, scorn = explain(MIXED, method=method).saliency
    assert praise > rain > scorn
    assert praise > 0 > scorn


def test_the_most_telling_sentence_supports_the_decision():
    for review, word in ((GOOD, "wonderful"), (BAD, "waste")):
        explanation = explain(review, method="leave_one_out")
        strongest = {explanation.sentences[i] for i in explanation.most_important(2)}
        assert any(word in sentence for sentence in strongest)


def test_words_that_praise_stand_out_in_their_sentence():
    explanation = explain_words(MIXED, 0)
    words = [explanation.text[begin:end] for begin, end in explanation.places]
    assert words == ["The", "actors", "are", "excellent", "."]
    assert words[int(np.argmax(explanation.saliency))] == "excellent"
    with pytest.raises(InvalidInputError, match=r"0\.\.2"):
        explain_words(MIXED, 3)


def test_a_sentence_of_one_word_can_be_explained():
    assert explain_words("Great.", 0).saliency.shape == (2,)


def test_deleting_what_matters_beats_chance():
    result = deletion_test(explain(BAD, method="leave_one_out"))
    assert result.by_saliency[0] == pytest.approx(result.at_random[0])
    assert result.area > 0
    again = deletion_test(explain(BAD, method="leave_one_out"))
    np.testing.assert_array_equal(result.at_random, again.at_random)


@pytest.mark.parametrize(
    ("text", "positive"),
    [
        ("Ein großartiger Film, wunderbar gespielt und sehr bewegend.", True),
        ("Ein furchtbar langweiliger Film, reine Zeitverschwendung.", False),
        ("Un film magnifique, les acteurs sont excellents.", True),
        ("Una película horrible, aburrida y mal actuada.", False),
    ],
)
def test_another_language_is_answered_by_the_multilingual_model(text, positive):
    assert model_for(text) == MULTILINGUAL_MODEL
    assert (predict([text])[0] > 0.5) == positive


def test_english_is_answered_by_the_default_model():
    assert {model_for(text) for text in (GOOD, BAD, MIXED, "Dull", "😀")} == {DEFAULT_MODEL}


@pytest.mark.parametrize(
    "text",
    [
        "とても素晴らしい映画でした。大好きです。",
        "非常好看。我很喜欢。",
        "재미있어요. 최고예요.",
        "สนุกมาก",
        "هذا الفيلم رائع جدا. أحببته كثيرا.",
        "Отлично!",
        "Großartig!",
    ],
)
def test_a_few_words_in_another_language_are_praise_to_the_multilingual_model(text):
    assert model_for(text) == MULTILINGUAL_MODEL
    assert predict([text])[0] > 0.8


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("😍😍😍👍", "no words"),
        ("★★★★★", "no words"),
        (".", "no words"),
        ("xqzt vrrp wqkz", "doesn't know any"),
        ("asdfgh", "doesn't know any"),
    ],
)
@pytest.mark.parametrize("model", [None, "sentiment_minilm", MULTILINGUAL_MODEL])
def test_of_a_text_of_which_nothing_is_known_there_is_no_verdict_and_why(text, reason, model):
    explanation = explain(text, model=model, method="leave_one_out")
    ((assessment,),) = assess([text], model=model)
    for result in (explanation, assessment):
        assert result.probability == 0.5
        assert reason in result.undecided
    assert not explanation.saliency.any() and len(explanation.saliency) >= 1
    assert predict([text, "Great"], model=model)[0] == 0.5


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("I wouldn\u2019t recommend it.", "I wouldn't recommend it."),
        ("I did\u00adn\u00b4t like it.\u00a0Avoid.", "I didn't like it. Avoid."),
        ("A \u201cwonder\u200bful\u201d \ufb01lm\ufeff", 'A "wonderful" film'),
        ("\uff27\uff52\uff45\uff41\uff54!", "Great!"),
    ],
)
@pytest.mark.parametrize("model", sorted(sentiment.models()))
def test_what_looks_alike_is_judged_alike(written, plain, model):
    assert predict([written], model=model) == pytest.approx(predict([plain], model=model))


def test_a_table_is_read_with_its_most_telling_sentences():
    (found,) = assess([GOOD, "", BAD])
    assert [one.probability > 0.5 for one in found] == [True, False, False]
    assert (found[1].sentence, found[1].undecided) == ("", "The text is empty.")
    assert found[0].sentence in GOOD
    assert "Tuesday" not in found[0].sentence + found[2].sentence
    assert found[2].model == DEFAULT_MODEL


def test_many_reviews_come_in_parts():
    assert [len(part) for part in assess([GOOD] * 300)] == [256, 44]


def test_names_are_checked():
    with pytest.raises(UnknownNameError, match=DEFAULT_MODEL):
        predict([GOOD], model="sentiment_word_ngrams")
    with pytest.raises(UnknownNameError, match="leave_one_out"):
        explain(GOOD, method="leave_one")


def test_prediction_and_explanation_need_no_tensorflow(python):
    code = (
        "import sys; from core.text.sentiment import explain, predict; predict(['Good.']); "
        "explain('Good. Bad.', method='integrated_gradients'); print('tensorflow' in sys.modules)"
    )
    assert python(code).split() == ["False"]


@pytest.mark.slow
def test_the_default_model_is_right_on_nine_of_ten_official_test_reviews(shared_data):
    from core.recipes.sentiment.reviews import read_reviews

    test = read_reviews(shared_data / "imdb_test_part.tsv.xz")
    right = (predict(test.texts, model=DEFAULT_MODEL) > 0.5) == test.labels
    baseline = (predict(test.texts, model="sentiment_ngrams") > 0.5) == test.labels
    print(f"\ndefault {right.mean():.4f}, words and pairs alone {baseline.mean():.4f}")
    assert right.mean() >= 0.9
    assert right.mean() > baseline.mean()
