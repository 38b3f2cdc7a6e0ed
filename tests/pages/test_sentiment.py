"""Film reviews: the verdict, what explains it, what changes it, tables of reviews, the race."""

from __future__ import annotations

import json

import numpy as np
import pytest

from core.text import sentiment
from core.text.sentiment import knowledge
from core.text.sentiment.figures import learning_curves, model_figures
from pages._sentiment import editing, one_review
from pages._sentiment.samples import SAMPLES

PAGE = "sentiment.py"
LINEAR = "Words and pairs of words, linear"  # the fastest, and it needs no encoder


def drawn(app, component: str) -> list[dict]:
    """What components of that name show, in order."""
    assert not app.exception
    return [
        json.loads(one.proto.json)
        for one in app.get("bidi_component")
        if one.proto.component_name == component
    ]


def said(app) -> dict:
    return drawn(app, "verdict")[0]


def parts(app, number: int = 0) -> list[str]:
    """The shaded parts of a text."""
    return [piece[0] for piece in drawn(app, "shaded_text")[number]["pieces"] if len(piece) > 1]


def captions(app) -> str:
    return "\n".join(text.value for text in (*app.caption, *app.markdown))


def chart(app, number: int = 0) -> list[dict]:
    return json.loads(app.get("plotly_chart")[number].proto.spec)["data"]


def click(app, name: str, value) -> None:
    """Choose a tab, as a browser does."""
    app.session_state[name] = value
    app.run()
    assert not app.exception


def test_it_opens_on_a_finished_result(visit, messages):
    app = visit(PAGE)
    assert messages(app) == []
    assert said(app)["word"] in ("Positive", "Negative")
    assert (
        "".join(piece[0] for piece in drawn(app, "shaded_text")[0]["pieces"])
        == (SAMPLES["Two minds"])
    )
    assert "the default for English texts" in captions(app)


@pytest.mark.parametrize(("name", "word"), [("Delighted", "Positive"), ("Annoyed", "Negative")])
def test_clear_reviews_get_a_clear_verdict_at_their_address(visit, name, word):
    app = visit(PAGE, review=name)
    assert said(app)["word"] == word
    assert abs(said(app)["probability"] - 0.5) > 0.3
    assert app.pills(key="review").value == name


@pytest.mark.parametrize("name", ["Deutsch", "Français", "Español"])
def test_another_language_is_answered_by_the_multilingual_model_and_the_page_says_why(visit, name):
    app = visit(PAGE, review=name)
    title = sentiment.models()[sentiment.MULTILINGUAL_MODEL]
    assert f"unknown to the default model, so **{title}**" in captions(app)
    assert said(app)["word"] == ("Negative" if name == "Français" else "Positive")


def test_a_model_that_does_not_know_the_language_comes_with_a_warning(visit):
    app = visit(PAGE, review="Deutsch", model=LINEAR)
    assert "The multilingual model would handle" in captions(app)
    app.pills(key="review").set_value("Delighted").run()
    assert "The multilingual model would handle" not in captions(app)


def test_every_model_is_offered_with_what_the_recipe_measured(visit):
    app = visit(PAGE, model=LINEAR)
    figures = model_figures()["sentiment_ngrams"]
    radio = app.radio(key="model")
    assert set(radio.options) == {"Automatic, by language", *sentiment.models().values()}
    assert f"accuracy {figures.accuracy:.1%}" in "\n".join(radio.proto.captions)
    assert f"{figures.tested:,} official test reviews, on {figures.made['processor']}" in (
        captions(app)
    )


def test_a_method_without_signs_has_one_colour(visit):
    app = visit(PAGE, model=LINEAR, method="Gradient, flipped label")
    text, words = drawn(app, "shaded_text")
    assert (text["signed"], words["signed"]) == (False, True)
    assert min(piece[1] for piece in text["pieces"] if len(piece) > 1) >= 0


def test_the_sentence_of_the_url_is_looked_into_and_another_review_begins_anew(visit):
    app = visit(PAGE, model=LINEAR, review="Annoyed", sentence="2")
    assert drawn(app, "shaded_text")[0]["chosen"] == 1
    assert parts(app, 1)[:3] == ["Steel", "Horizon", "has"]
    app.number_input(key="sentence").set_value(3).run()
    assert parts(app, 1)[:2] == ["The", "hero"]
    app.pills(key="review").set_value("Delighted").run()
    chosen = drawn(app, "shaded_text")[0]["chosen"]
    found = sentiment.explain(
        SAMPLES["Delighted"], method="leave_one_out", model="sentiment_ngrams"
    )
    assert chosen == found.saliency.argmax()


@pytest.mark.parametrize("sentence", ["0", "99", "x", "-1", "9" * 30])
def test_nonsense_in_the_url_opens_the_usual_page(visit, messages, sentence):
    app = visit(PAGE, sentence=sentence, review="Sonnet", model="GPT", method="", telling="400")
    assert messages(app) == []
    assert parts(app)[0] == "I wanted to like The Salt Road more than I did."


def test_the_summary_has_as_many_sentences_as_asked_in_their_order(visit):
    app = visit(PAGE, model=LINEAR, review="Annoyed", telling="2")
    found = sentiment.explain(SAMPLES["Annoyed"], method="leave_one_out", model="sentiment_ngrams")
    first, second = (found.sentences[place] for place in sorted(found.most_important(2)))
    summary = next(text.value for text in app.markdown if " … " in text.value)
    assert summary.replace("\\", "") == f"{first} … {second}"


def test_the_explanation_is_put_to_the_test_beside_the_recipes_figures(visit):
    app = visit(PAGE, model=LINEAR, review="Long")
    click(app, "review_tab", "Deletion test")
    at_random, by_saliency = chart(app)
    count = len(parts(app))
    assert len(at_random["x"]) == len(by_saliency["x"]) == count + 1
    areas = model_figures()["sentiment_ngrams"].deletion_area
    assert chart(app, 1)[0]["text"][0] == f"{areas['leave_one_out']:+.3f}"
    assert "Better than chance" in captions(app)


def test_leaving_sentences_out_moves_the_verdict_and_back_undoes_it(visit):
    app = visit(PAGE, model=LINEAR, review="Two minds")
    click(app, "review_tab", "Edit and compare")
    before, now = drawn(app, "verdict")
    assert now["before"] is None
    signs = [
        piece[3]
        for piece in drawn(app, "shaded_text")[2]["pieces"]
        if len(piece) > 1 and (piece[1] > 0) == (before["word"] == "Positive")
    ]
    all_evidence = ",".join(str(place + 1) for place in signs)
    click(app, "edit_out", all_evidence)
    before, now = drawn(app, "verdict")
    assert now["word"] != before["word"]
    assert now["was"].startswith(before["word"])
    assert "The verdict has flipped" in captions(app)
    next(button for button in app.button if button.label == "Restore the review").click().run()
    assert drawn(app, "verdict")[1]["probability"] == before["probability"]


@pytest.mark.parametrize("text", ["\N{SMILING FACE WITH HEART-SHAPED EYES}", ".", "xqzt vrrp"])
def test_of_a_text_of_which_nothing_is_known_there_is_no_verdict_and_why(visit, messages, text):
    app = visit(PAGE, review_source="Write", text=text)
    assert messages(app) == []
    assert said(app)["word"] == "Undecided"
    assert said(app)["sure"] in (knowledge.NO_WORDS, knowledge.UNKNOWN_WORDS)
    assert not drawn(app, "shaded_text") and "choose another model" in captions(app)


def test_editing_down_to_nothing_known_takes_the_verdict_away(visit):
    app = visit(PAGE, model=LINEAR, review_source="Write", text="A fine film. ...!")
    click(app, "review_tab", "Edit and compare")
    click(app, "edit_out", "1")
    assert drawn(app, "verdict")[1]["word"] == "Undecided"
    assert "There is no verdict" in captions(app)


def test_a_link_says_what_was_changed(visit):
    app = visit(
        PAGE,
        model=LINEAR,
        review="Two minds",
        review_tab="Edit and compare",
        edit_text="A fine film. A dull end. Not so.",
        edit_out="2,x,0,9",
    )
    assert drawn(app, "shaded_text")[-1]["gone"] == [1]
    assert len(drawn(app, "shaded_text")[-1]["pieces"]) >= 3
    assert drawn(app, "live_text")[-1]["start"] == "A fine film. A dull end. Not so."
    app.pills(key="review").set_value("Long").run()
    assert drawn(app, "shaded_text")[-1]["gone"] == []
    assert drawn(app, "live_text")[-1]["start"] != "A fine film. A dull end. Not so."


def test_a_review_without_sentences_left_is_no_error(visit, messages):
    app = visit(PAGE, model=LINEAR, review_source="Write", text="Dull.")
    click(app, "review_tab", "Edit and compare")
    click(app, "edit_out", "1")
    assert messages(app) == []
    assert any("No text is left" in box.value for box in app.info)


def test_the_hint_names_the_sentence_that_moves_the_probability_most():
    place, after = editing.farthest(0.6, np.array([0.1, 3.0, -1.0]))
    assert place == 1
    assert after == pytest.approx(1 / (1 + np.exp(3 - np.log(1.5))))


def test_the_text_of_the_url_is_read_and_markup_is_shown_as_text(visit):
    app = visit(
        PAGE, model=LINEAR, review_source="Write", text="Great <b>fun</b>! I *loved* it 😀."
    )
    assert said(app)["word"] == "Positive"
    assert parts(app) == ["Great  fun !", "I *loved* it 😀."]


def test_another_room_leaves_the_text_out_of_its_address_and_keeps_it(visit):
    app = visit(PAGE, model=LINEAR, review_source="Write", text="I loved it.")
    assert "I loved it." in str(app.query_params)
    room = next(box for box in app.segmented_control if "Gain from transfer" in box.options)
    room.set_value("Gain from transfer").run()
    assert "I loved it." not in str(app.query_params)
    room = next(box for box in app.segmented_control if "Gain from transfer" in box.options)
    room.set_value("One review").run()
    assert said(app)["word"] == "Positive"
    assert "I loved it." in str(app.query_params)


@pytest.mark.parametrize("text", ["", "  \n ", "<br>"])
def test_without_a_text_the_page_says_what_to_do(visit, messages, text):
    app = visit(PAGE, review_source="Write", text=text)
    assert messages(app) == []
    assert "to see" in app.info[0].value


def test_a_long_file_is_read_without_what_takes_long(visit, messages):
    app = visit(PAGE, model=LINEAR, review_source="Upload")
    long = "This film is wonderful, and I loved it very much. " * 10_000
    app.file_uploader(key="review_file").upload("long.txt", long.encode()).run()
    assert messages(app) == []
    assert said(app)["word"] == "Positive"
    assert len(parts(app)) == 200
    assert "The first 200 of 10,000 sentences" in captions(app)
    assert "Leave one out classifies a text many times" in app.info[0].value
    click(app, "review_tab", "Edit and compare")
    assert "at most 400 sentences" in messages(app)[0]


def test_of_a_text_that_would_take_too_long_the_beginning_is_read(visit, monkeypatch):
    monkeypatch.setattr(one_review, "_PATIENCE_S", 0)
    monkeypatch.setattr(one_review, "_LEAST_WORDS", 8)
    app = visit(PAGE, model=LINEAR, review_source="Write", text="I loved it. " * 5)
    assert parts(app) == ["I loved it.", "I loved it.", "I loved"]
    assert "Only the first 8 words" in app.info[0].value


def test_a_file_that_is_no_text_gets_a_sentence(visit, messages):
    app = visit(PAGE, model=LINEAR, review_source="Upload")
    app.file_uploader(key="review_file").upload("a.pdf", b"%PDF-1.7 ...").run()
    assert "a PDF document" in messages(app)[0]


def test_the_samples_are_read_as_a_table_at_once(visit, finish, messages):
    app = visit(PAGE, room="Many reviews", many_model=LINEAR)
    finish(app, "reviews")
    assert messages(app) == []
    table = app.dataframe[0].value
    assert list(table["Review"]) == list(SAMPLES.values())
    assert table["Positive"][1] == pytest.approx(
        sentiment.predict([SAMPLES["Delighted"]], model="sentiment_ngrams")[0], abs=1e-5
    )
    assert all(
        sentence in text
        for sentence, text in zip(table["Most influential sentence"], table["Review"], strict=True)
    )
    assert set(table["Model"]) == {LINEAR}


def test_a_table_of_ones_own_is_read_and_an_empty_review_is_no_verdict(visit, finish):
    app = visit(PAGE, room="Many reviews", many_model=LINEAR)
    finish(app, "reviews")
    rows = (
        "stars;opinion\n5;A wonderful film, I loved it\n1;\n1;Terrible, boring, a waste of time\n"
        "5;\N{BLACK STAR}\N{BLACK STAR}\n"
    )
    app.file_uploader(key="reviews_file").upload("mine.csv", rows.encode()).run()
    finish(app, "reviews")
    table = app.dataframe[-1].value.set_index("Review")
    assert list(
        table["Verdict"].loc[["A wonderful film, I loved it", "", "\N{BLACK STAR}" * 2]]
    ) == [
        "Positive",
        "Undecided",
        "Undecided",
    ]
    reasons = table["Why undecided"]
    assert reasons["A wonderful film, I loved it"] == ""
    assert reasons[""] == "The text is empty."
    assert reasons["\N{BLACK STAR}" * 2] == knowledge.NO_WORDS
    app.file_uploader(key="reviews_file").upload("bad.csv", b"\x89PNG\r\n").run()
    assert "picture" in app.error[0].value


def _rated(visit, finish, rows: str):
    app = visit(PAGE, room="Many reviews", many_model=LINEAR)
    finish(app, "reviews")
    app.file_uploader(key="reviews_file").upload("mine.csv", rows.encode()).run()
    finish(app, "reviews")
    return app


RATED = (
    "opinion;stars\nA wonderful film, I loved it;5\nTerrible, boring, a waste of time;1\n"
    "A superb, moving film;1\nIt was on Tuesday;3\n;5\nThe worst film ever, awful;2\n"
)


def test_labels_are_scored_and_what_differs_from_them_comes_first(visit, finish, messages):
    app = _rated(visit, finish, RATED)
    assert messages(app) == []
    assert [metric.value for metric in app.metric] == ["60.0%"]
    assert app.metric[0].delta == "23.1% to 88.2%"  # of statsmodels' proportion_confint(3, 5)
    confusion, table = (frame.value for frame in app.dataframe)
    assert confusion.iloc[:, 1:].to_numpy().tolist() == [[2, 1, 0], [0, 1, 1]]
    assert list(table["Review"])[:2] == ["A superb, moving film", ""]
    assert list(table["Correct"]) == ["no", "no", "yes", "yes", "", "yes"]


def test_a_row_opens_its_review(visit, finish, messages):
    app = _rated(visit, finish, RATED)
    app.number_input(key="many_row").set_value(3).run()  # as a click on the row does
    assert messages(app) == []
    assert app.session_state[app.dataframe[1].key]["selection"]["rows"] == [0]
    assert said(app)["word"] == "Positive"
    assert parts(app) == ["A superb, moving film"]
    assert "Labelled: 1" in captions(app)


def test_what_labels_mean_can_be_said(visit, finish, messages):
    app = _rated(
        visit, finish, RATED.replace(";5", ";xx").replace(";1", ";yy").replace(";2", ";yy")
    )
    assert not app.metric
    app.multiselect[0].set_value(["xx"]).run()
    app.multiselect[1].set_value(["yy"]).run()
    assert messages(app) == []
    assert [metric.value for metric in app.metric] == ["60.0%"]
    app.selectbox[[box.label for box in app.selectbox].index("Label column")].set_value("").run()
    assert not app.metric and "Label" not in app.dataframe[0].value


def test_cancel_stops_between_a_few_reviews():
    steps = sentiment.assess_all(["A wonderful film."] * 1000, model="sentiment_ngrams")
    assert 1 <= len(next(steps)) <= 256
    assert len(list(steps)[-1]) == 1000


def test_the_race_shows_every_curve_and_figure_with_its_origin(visit):
    app = visit(PAGE, room="Gain from transfer")
    curves = learning_curves()
    assert [line["name"] for line in chart(app)] == [curve.title for curve in curves]
    table = app.dataframe[0].value
    figures = model_figures()
    assert list(table["Accuracy"]) == sorted((f.accuracy for f in figures.values()), reverse=True)
    assert "`python -m core.recipes.sentiment --data DIR`" in captions(app)
    assert curves[0].made["date"] in captions(app)


def test_a_curve_has_the_interval_of_its_test(tmp_path):
    path = tmp_path / "curves.json"
    curve = {"shares": [0.01, 1.0], "accuracies": [0.5, 0.9], "tested": 100, "made": {}}
    curve["trained"] = 24_882
    path.write_text(json.dumps({"sentiment_ngrams": curve, "gone": curve}), "utf-8")
    (found,) = learning_curves(path)
    assert found.title == LINEAR
    few, all_ = found.points
    assert few.reviews < all_.reviews
    # Wilson's interval of 90 of 100, as statsmodels' proportion_confint gives it
    assert (all_.low, all_.high) == pytest.approx((0.8256, 0.9448), abs=1e-4)


def test_the_card_of_a_shipped_model_says_what_it_was_made_of(visit):
    app = visit("engine_room.py", card=LINEAR)
    card = captions(app)
    for row in ("Task", "Metrics, recorded by the recipe", "Data", "Split", "Recipe", "Made"):
        assert f"| **{row}** |" in card
    assert "Large Movie Review Dataset" in card
