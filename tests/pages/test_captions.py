"""Captions: one photo, many photos, recorded figures."""

from __future__ import annotations

import io
import json
import re

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from core.vision import captioning
from core.vision.captioning.metrics import bleu
from pages._captions import downloads, evaluation, many_photos, samples
from pages._captions.beam_tree import best_path
from pages._captions.choices import SearchSettings, sentence
from pages._captions.sheet import captioned_sheet
from pages._ui.inputs import NamedPhoto
from pages._ui.samples import SAMPLES
from tests.pages.conftest import open_tab

PAGE = "captions.py"
CAT, FIRST = SAMPLES["Cat"].photo, samples.photographer()


def said(app) -> str:
    return "\n".join(text.value for text in (*app.caption, *app.markdown, *app.info))


def chart(app) -> dict:
    return json.loads(app.get("plotly_chart")[0].proto.spec)["data"][0]


def test_it_opens_on_captions_of_a_sample_by_four_widths_and_the_tree(visit, messages):
    app = visit(PAGE)
    assert messages(app) == []
    for width in (1, 3, 5, 10):
        best = captioning.caption(FIRST, beam_width=width)[0]
        assert f"**{sentence(best)}**" in said(app)
        assert f"log-probability {best.log_probability:.2f}" in said(app)
    assert "people and dogs" in said(app)
    assert len(app.get("bidi_component")) == 1


@pytest.mark.parametrize("width", [1, 3, 5, 10])
def test_the_captions_are_true_of_the_first_samples(width):
    person, dog = samples.samples()[:2]
    assert {person.name, dog.name}.isdisjoint(samples.WRONG)
    said = captioning.caption(person.data, beam_width=width)[0].text
    assert re.match("a man .*black jacket .*looking at (the|a) camera$", said)
    assert captioning.caption(dog.data, beam_width=width)[0].text.startswith("a brown dog is stand")


def test_where_captions_go_wrong_is_said(visit):
    app = visit(PAGE)
    assert "Where it goes wrong: Coffee, Cat" in said(app)
    app.pills(key="captions_photo").set_value("Cat").run()
    assert f"**Where it goes wrong.** {samples.WRONG['Cat']}" in said(app)


def test_settings_in_the_url_reach_the_search(visit, messages):
    app = visit(PAGE, widths="2", penalty="0.0", temperature="2.0", photo="Rocket")
    assert messages(app) == []
    photo = SAMPLES["Rocket"].photo
    best = captioning.caption(photo, beam_width=2, length_penalty=0, temperature=2)[0]
    assert f"log-probability {best.log_probability:.2f}" in said(app)


def test_every_tab_has_what_it_promises(visit, messages):
    app = visit(PAGE, widths="3")
    best = captioning.caption(FIRST)[0]
    open_tab(app, "caption_details", "Attention")
    app.run()
    assert messages(app) == []
    assert len(app.get("image")) == 1 + len(best.steps)
    open_tab(app, "caption_details", "How it works")
    app.run()
    assert "no backbone to choose" in said(app)
    open_tab(app, "caption_details", "Download")
    app.run()
    assert app.dataframe[0].value.caption.tolist() == [c.text for c in captioning.caption(FIRST)]
    assert len(app.get("download_button")) == 3


def test_the_next_word_follows_the_caption_or_words_of_ones_own(visit, messages):
    app = visit(PAGE, widths="3")
    best = captioning.caption(FIRST)[0]
    open_tab(app, "caption_details", "Next word")
    app.run()
    app.slider(key="words_so_far").set_value(2).run()
    wanted = captioning.next_words(FIRST, [step.word for step in best.steps[:2]], count=12)
    assert chart(app)["y"] == [word or "(end)" for word, _ in wanted]
    app.text_input(key="own_beginning").set_value("A dog").run()
    wanted = captioning.next_words(FIRST, ["a", "dog"], count=12)
    assert chart(app)["y"] == [word or "(end)" for word, _ in wanted]
    app.text_input(key="own_beginning").set_value("a xylophonist").run()
    assert "all of them known" in messages(app)[0]


def test_a_reference_gives_bleu(visit, messages):
    app = visit(PAGE, widths="3")
    open_tab(app, "caption_details", "Compare with yours")
    app.run()
    assert "Write a caption to see scores" in said(app)
    best = captioning.caption(FIRST)[0].text
    app.text_area(key="reference").set_value(f"A cat.\n{best}").run()
    assert messages(app) == []
    assert app.dataframe[0].value["BLEU-4"].tolist() == [pytest.approx(1)]
    app.text_area(key="reference").set_value("A cat looks.").run()
    wanted = bleu([best], [["A cat looks."]], smoothed=True)
    assert app.dataframe[0].value["BLEU-1"].tolist() == [pytest.approx(wanted[0])]


def test_what_is_no_photo_is_refused_in_a_sentence(visit, messages):
    app = visit(PAGE, source="Upload")
    assert "to see" in app.info[0].value
    app.file_uploader(key="photo_file").upload("cat.jpg", b"no photo").run()
    assert messages(app)
    assert not app.exception


def test_many_photos_give_a_table_and_name_what_is_unusable(visit, finish, messages, pack):
    app = visit(PAGE, room="Many photos")
    finish(app, many_photos.JOB)
    table = app.dataframe[0].value
    assert table.Photo.tolist() == [photo.name for photo in samples.samples()]
    assert table.Caption[0] == sentence(captioning.caption(FIRST)[0])
    bundle = pack({"cat.png": CAT, "bad.png": b"nothing"})
    app.file_uploader(key="captions_photos_files").upload("photos.zip", bundle).run()
    finish(app, many_photos.JOB)
    assert app.dataframe[0].value.Photo.tolist() == ["cat.png"]
    assert "bad.png" in messages(app)[0]
    assert len(app.get("download_button")) == 2


def test_the_csv_has_a_row_for_each_photo_with_its_settings():
    settings = SearchSettings((2,), 0.7, 1.0)
    *_, rows = many_photos.caption_photos([NamedPhoto("cat", CAT)], settings)
    table = pd.read_csv(io.StringIO(many_photos.table_of(rows, settings).to_csv(index=False)))
    (row,) = table.to_dict("records")
    best = captioning.caption(CAT, beam_width=2, length_penalty=0.7)[0]
    assert row["caption"] == best.text
    assert row["log_probability"] == pytest.approx(best.log_probability)
    assert (row["beam"], row["length_penalty"]) == (2, 0.7)


def test_a_contact_sheet_has_every_photo_and_room_for_words(encode):
    colours = [(200, 30, 30), (30, 200, 30), (30, 30, 200)]
    photos = [encode(np.full((60, 300, 3), colour, np.uint8)) for colour in colours]
    bare = captioned_sheet(photos, [""] * 3)
    for colour in colours:
        assert (bare == colour).all(axis=-1).sum() == 240 * 48
    written = captioned_sheet(photos, ["a dog", "two dogs " * 60, ""])
    assert written.shape == bare.shape
    assert (written != bare).any()
    assert Image.fromarray(written).size[0] < 600


def test_the_way_to_the_best_caption_is_found_among_all_words():
    search = captioning.explore(FIRST, beam_width=4)
    path = best_path(search)
    assert [search.words[i] for i in path] == [s.word for s in search.captions[0].steps]
    assert search.nodes[path[-1]].total == pytest.approx(search.captions[0].log_probability)


def test_the_json_says_where_it_looked():
    settings = SearchSettings((1,), 1.0, 1.0)
    found = {1: captioning.explore(FIRST, beam_width=1)}
    told = json.loads(downloads.as_json("Cat", found, settings))
    (one,) = told["captions"]
    assert np.array(one["steps"][0]["attention"]).sum() == pytest.approx(1, abs=0.01)


def test_figures_come_from_the_card(visit, messages):
    app = visit(PAGE, room="Evaluation")
    assert messages(app) == []
    card = captioning.captioner().spec.card
    metrics = card["metrics"]
    assert f"Recorded, not measured now: `{card['recipe']}`" in said(app)
    assert evaluation.finding(metrics) in said(app)
    assert chart(app)["y"] == [metrics[f"bleu_{order}"] for order in range(1, 5)]
    assert "published, not measured here" in said(app)
    table = evaluation.table_of(metrics["by_beam"])
    assert set(table.beam) == set(range(1, 11))


def test_the_captioner_is_better_than_the_reference():
    metrics = captioning.captioner().spec.card["metrics"]
    for order, theirs in enumerate(evaluation.REFERENCE, start=1):
        assert metrics[f"bleu_{order}"] > theirs + 0.05
