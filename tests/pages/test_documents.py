"""Documents: what a text is about and like, recorded figures, a classifier of one's own texts."""

from __future__ import annotations

import io
import json
import zipfile

import numpy as np
import pytest

from core.text import documents
from core.text.transfer.classifier import TextClassifier
from pages._documents import evaluation
from pages._documents.names import CATEGORIES
from pages._documents.samples import SAMPLES
from pages._documents.training_samples import sample_texts
from tests.pages.conftest import open_tab

PAGE = "documents.py"
_CATEGORY_OF_SAMPLE = ["recreation", "computers", "science", "politics", "religion", "for_sale"]
TRAIN = {"room": "Train your own", "desk_evidence": "Words"}  # no encoder: the quickest


def charts(app) -> list[list[dict]]:
    assert not app.exception
    return [json.loads(one.proto.spec)["data"] for one in app.get("plotly_chart")]


def said(app) -> str:
    return "\n".join(text.value for text in (*app.caption, *app.markdown))


def top(app, model: int) -> str:
    """The first of the bars of a model."""
    return charts(app)[model][0]["y"][0]


def table_of(rows: list[tuple[str, str]]) -> bytes:
    return "\n".join(["text,label", *(f'"{text}",{label}' for text, label in rows)]).encode()


def small_table() -> bytes:
    animals = [(f"the cat number {i} sleeps and purrs", "cat") for i in range(8)]
    animals += [(f"a dog number {i} barks and runs", "dog") for i in range(8)]
    return table_of([*animals, ("", "cat"), ("a line without a label", "")])


def test_it_opens_on_a_finished_result(visit, messages):
    app = visit(PAGE)
    assert messages(app) == []
    assert top(app, 0) == top(app, 1) == "recreation"
    assert len(app.dataframe) == 2
    assert len(app.dataframe[0].value) == 10
    assert "The posts themselves are not included" in said(app)
    for way in ("meaning", "keywords"):
        assert f"{documents.card()['metrics']['search'][way]:.1%} of ten neighbours" in said(app)


def test_the_map_holds_every_document_the_nearest_and_the_text(visit):
    *categories, near, own = charts(visit(PAGE))[2]
    assert [trace["name"] for trace in categories] == list(CATEGORIES.values())
    assert sum(len(trace["text"]) for trace in categories) == len(documents.document_map().labels)
    assert near["name"] == "nearest in meaning"
    assert own["x"] == [pytest.approx(documents.place(SAMPLES["Bicycle"])[0])]


@pytest.mark.parametrize("model", documents.MODELS)
def test_there_is_a_sample_of_each_category(model):
    answers = documents.predict(list(SAMPLES.values()), model=model).argmax(axis=1)
    assert [documents.CLASSES[i] for i in answers] == _CATEGORY_OF_SAMPLE


def test_a_written_text_and_the_number_of_neighbours_stand_in_the_address(visit, messages):
    text = "The court ruled that the tax law violates the rights of citizens."
    app = visit(PAGE, document_source="Write", text=text, nearest="7")
    assert messages(app) == []
    assert app.text_area[0].value == text
    assert len(app.dataframe[0].value) == 7
    assert top(app, 0) == "politics"


def test_an_empty_text_waits_and_one_without_words_is_refused_in_a_sentence(visit, messages):
    app = visit(PAGE, document_source="Write")
    assert messages(app) == []
    assert "to see" in app.info[0].value
    app.text_area[0].set_value("!!! ... ???").run()
    assert messages(app) == ["Expected a text with words. Received: none; write some."]


def test_a_huge_text_is_cut_and_the_page_says_what_was_read(visit, messages):
    app = visit(PAGE, document_source="Upload")
    app.file_uploader(key="document_file").upload("a.txt", b"disk drive " * 60_000).run()
    assert messages(app) == []
    assert app.info[0].value == "Only the first 100,000 words were read."
    assert "Of its 100,000 words the encoder read 2,400" in said(app)


def test_a_text_that_shares_no_term_has_no_neighbours_by_keywords(visit, messages):
    app = visit(PAGE, document_source="Write", text="Zwölf Boxkämpfer jagen Viktor")
    assert messages(app) == []
    assert "No document shares a term with this text." in [box.value for box in app.info]
    assert len(app.dataframe) == 1


def test_what_is_no_text_is_refused_in_a_sentence(visit, messages):
    app = visit(PAGE, document_source="Upload")
    app.file_uploader(key="document_file").upload("a.png", b"\x89PNG\r\n").run()
    assert messages(app)[0].startswith("Expected a text file. Received: a picture")


def test_the_figures_of_both_models_are_those_of_the_card(visit, messages):
    app = visit(PAGE, room="Evaluation")
    assert messages(app) == []
    metrics = documents.card()["metrics"]
    table = app.dataframe[0].value
    assert len(table) == 2 * len(documents.CLASSES)
    assert table["F1"][0] == metrics["network"]["classes"]["computers"]["f1"]
    assert "Recorded, not measured now" in app.caption[0].value
    assert documents.card()["licence"] in said(app)


def test_the_finding_names_where_the_other_model_is_ahead():
    def figures(macro: float, science: float) -> dict:
        classes = {name: {"f1": macro} for name in documents.CLASSES}
        return {"macro_f1": macro, "classes": {**classes, "science": {"f1": science}}}

    sentence = evaluation.finding({"network": figures(0.8, 0.5), "svm": figures(0.7, 0.6)})
    assert sentence.startswith("Network: macro F1 0.800, against 0.700 of TF-IDF")
    assert sentence.endswith("which is ahead in science")


def test_the_sample_is_trained_on_before_anybody_asks_and_shared(visit, finish, messages):
    app = visit(PAGE, **TRAIN)
    if "documents" in app.session_state:
        finish(app, "documents")
    assert messages(app) == []
    assert "test texts correct" in said(app)
    assert [metric.label for metric in app.metric][:2] == ["Accuracy", "Macro precision"]
    again = visit(PAGE, **TRAIN)
    assert "documents" not in again.session_state
    assert "test texts correct" in said(again)


def open_and_train(app):
    app.button(key="desk_module_allow").click().run()
    next(button for button in app.button if button.label == "Train").click().run()


def test_a_module_of_tf_hub_is_an_encoder_and_one_that_is_not_there_is_said(
    visit, finish, messages, text_modules
):
    folder = str(text_modules / "lengths")
    by_meaning = {**TRAIN, "desk_evidence": "Meaning"}
    app = visit(PAGE, **by_meaning, desk_module=folder)
    (warning,) = messages(app)
    assert "Open it only if you trust it" in warning
    open_and_train(app)
    finish(app, "documents")
    assert messages(app) == []
    assert "test texts correct" in said(app)
    assert app.session_state["documents"].snapshot.model.encoder == folder
    app = visit(PAGE, **by_meaning, desk_module="/no/such/module")
    open_and_train(app)
    finish(app, "documents")
    assert "/no/such/module" in messages(app)[0]


def test_the_sample_is_the_same_every_time_and_speaks_of_three_things():
    one = sample_texts()
    assert one == sample_texts()
    assert set(one.counts().values()) == {20}
    assert len({text.text for text in one.texts}) > 55


def test_a_table_becomes_a_classifier_that_answers_and_goes_along(visit, finish, messages):
    app = visit(PAGE, **TRAIN, desk_source="Upload")
    app.file_uploader(key="desk_file").upload("pets.csv", small_table()).run()
    assert messages(app) == []
    assert "2 texts were skipped" in [box.label for box in app.expander]
    app.button[[b.label for b in app.button].index("Train")].click().run()
    finish(app, "documents")
    assert messages(app) == []
    step = app.session_state["documents"].snapshot
    assert step.evaluation.accuracy == 1
    assert step.model.classes == ("cat", "dog")
    assert "All 4 test texts are correct." in said(app)
    open_tab(app, "desk_tab", "Try it")
    app.session_state["desk_text_source"] = "Write"
    app.session_state["own_desk_text"] = "the dog barks"
    app.run()
    assert messages(app) == []
    assert charts(app)[-1][0]["y"][0] == "dog"
    app.session_state["own_desk_text"] = "\N{GRINNING FACE}, unheard-of!"
    app.run()
    assert messages(app) == []
    assert "knows none of its words" in app.info[-1].value
    open_tab(app, "desk_tab", "Download")
    app.run()
    assert messages(app) == []
    assert "barks" in app.dataframe[-1].value["Words"][1]
    open_tab(app, "desk_tab", "Model card")
    app.run()
    app.text_area(key="desk_purpose").set_value("To sort pets.").run()
    assert messages(app) == []
    assert "#### Model card: pets" in app.markdown[-1].value
    work = app.session_state["documents_desk"]
    assert work.card.purpose == "To sort pets."
    opened = TextClassifier.load(step.model.to_bytes())
    np.testing.assert_array_equal(opened.predict(["cat"]), step.model.predict(["cat"]))


def test_a_zip_of_folders_is_read_and_too_few_texts_are_said(visit, messages):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in ("a/1.txt", "a/2.txt", "a/3.txt", "b/1.txt"):
            archive.writestr(name, f"some words of {name}")
    app = visit(PAGE, **TRAIN, desk_source="Upload")
    app.file_uploader(key="desk_file").upload("few.zip", buffer.getvalue()).run()
    assert messages(app)[0].startswith("Expected at least three texts of each class")
    assert app.button[[b.label for b in app.button].index("Train")].disabled


def test_the_folders_of_a_zip_that_are_classes_can_be_chosen(visit, messages, pack):
    places = [f"{c}/{d}" for c in ("mail", "news") for d in ("monday", "tuesday")]
    files = {f"{p}/{i}.txt": f"words of {p} {i}".encode() for p in places for i in range(3)}
    app = visit(PAGE, **TRAIN, desk_source="Upload")
    app.file_uploader(key="desk_file").upload("days.zip", pack(files)).run()
    assert app.session_state["documents_desk"].original.classes == ("mail", "news")
    box = next(box for box in app.selectbox if box.label == "Classes are the folders")
    box.set_value(1).run()
    assert messages(app) == []
    assert app.session_state["documents_desk"].original.classes == ("monday", "tuesday")
    app.run()
    assert app.session_state["documents_desk"].original.classes == ("monday", "tuesday")


def test_a_table_in_a_zip_is_read_as_the_table_and_another_one_can_be_chosen(visit, messages, pack):
    other = table_of([("red apple", "fruit"), ("green pear", "fruit"), ("a chair", "thing")] * 2)
    archive = pack({"archive/train.csv": small_table(), "archive/test.csv": other})
    app = visit(PAGE, **TRAIN, desk_source="Upload")
    app.file_uploader(key="desk_file").upload("archive.zip", archive).run()
    assert messages(app) == []
    assert app.session_state["documents_desk"].original.classes == ("cat", "dog")
    assert "archive/train.csv is read; others are not: archive/test.csv." in said(app)
    box = next(box for box in app.selectbox if box.label == "Table")
    box.set_value("archive/test.csv").run()
    assert app.session_state["documents_desk"].original.classes == ("fruit", "thing")


def test_what_was_guessed_of_a_table_can_be_changed(visit, messages):
    rows = [("Świetny film, polecam", "dobry"), ("Żenada, źle się oglądało", "zły")] * 4
    lines = ["opis;ocena", *(f"{text};{label}" for text, label in rows)]
    app = visit(PAGE, **TRAIN, desk_source="Upload")
    app.file_uploader(key="desk_file").upload("pl.csv", "\n".join(lines).encode("cp1250")).run()
    assert "read as Central European" in said(app)
    labels = [box.label for box in app.selectbox]
    assert "Encoding" in labels and "Column separator" in labels
    app.selectbox[labels.index("Encoding")].set_value("cp1252").run()
    texts = app.session_state["documents_desk"].original.texts
    assert texts[0].text.startswith("Œwietny")
    toggle = next(toggle for toggle in app.toggle if toggle.label.startswith("The first row"))
    toggle.set_value(False).run()
    assert "ocena" in app.session_state["documents_desk"].original.classes


@pytest.mark.parametrize("name", ["plain.csv", "rows.jsonl"])
def test_how_a_table_is_read_is_offered_only_where_it_can_change_something(visit, name):
    rows = [("a fine film", "p"), ("a bad film", "n")] * 4
    plain = name == "plain.csv"
    lines = [f"{t},{c}" if plain else json.dumps({"text": t, "label": c}) for t, c in rows]
    app = visit(PAGE, **TRAIN, desk_source="Upload")
    app.file_uploader(key="desk_file").upload(name, "\n".join(lines).encode()).run()
    labels = [box.label for box in app.selectbox]
    assert "Encoding" not in labels and "Column separator" not in labels
    assert any(toggle.label.startswith("The first row") for toggle in app.toggle) == plain


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"text\nhello there\nand again\n", "Expected a table with a column of texts and one"),
        (b"%PDF-1.7", "Received: a PDF document"),
        (b"PK\x03\x04 no zip", "ZIP"),
    ],
)
def test_a_file_that_cannot_be_used_is_said_and_the_sample_stays(visit, messages, data, sentence):
    app = visit(PAGE, **TRAIN, desk_source="Upload")
    app.file_uploader(key="desk_file").upload("x.csv", data).run()
    assert sentence in messages(app)[0]
    assert "“Letters to a shop” is shown" in said(app)
