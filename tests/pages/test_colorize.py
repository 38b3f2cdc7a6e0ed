"""Colour: one photo, hints, doubts, the truth, the game, many photos, recorded figures."""

from __future__ import annotations

import base64
import io
import json
import zipfile
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from core import zoo
from core.media import decode
from core.vision.colorization import COLORIZER, best_temperature, colorize
from core.vision.colorization.color_space import to_lab
from core.vision.colorization.grey_photos import read_grey
from core.vision.colorization.hints import ColorHint
from pages._colorize import downloads, evaluation, guess_game, hints, many_photos, opening
from pages._colorize.choices import PaintSettings, describe, painted, temperatures
from pages._colorize.samples import CAMERA, old_photo, samples
from pages._ui.inputs import SAMPLE_PHOTOS, NamedPhoto
from pages._ui.samples import SAMPLES
from tests.pages.conftest import open_tab

PAGE = "colorize.py"
HINT = ColorHint(0.6, 0.15, (91, 143, 214))


def said(app) -> str:
    return "\n".join(text.value for text in (*app.caption, *app.markdown, *app.info))


def data_of(app, number: int = 0) -> dict:
    """What a component on the page was given."""
    return json.loads(app.get("bidi_component")[number].proto.json)


def decode_url(url: str) -> np.ndarray:
    return decode(base64.b64decode(url.partition(",")[2]))


def metrics() -> dict:
    """A card's figures, of the shape that the recipe writes."""
    scores = {"auc": 0.8, "balanced_auc": 0.5, "psnr": 23.0, "ciede2000": 9.0, "chroma": 12.0}
    ways = {way: {**scores, "true_chroma": 16.0} for way in ("painted", "grey", "mean_color")}
    top1 = {"photos": 600, "true": 0.8, "grey": 0.5, "painted": 0.6}
    return {"photos": 1000, **ways, "top1": top1}


def test_it_opens_on_a_painted_sample_with_twelve_to_choose_from(visit, messages):
    app = visit(PAGE)
    assert messages(app) == []
    assert "Grey photo." in said(app)
    compared, grid = (data_of(app, i) for i in range(2))
    assert compared["names"] == ["before", "after"] and compared["ratio"] == 1
    assert compared["left"] != compared["right"]
    assert [mark for *_, mark in grid["choices"]].count("chosen") == 1
    assert len(grid["choices"]) == 3 * grid["columns"]


def test_settings_and_hints_in_the_address_reach_the_picture(visit, messages):
    app = visit(
        PAGE, colour_room="Colour hints", saturation="0.5", temperature="0.3",
        hints="0.6,0.15,5b8fd6;nonsense;9,9,ffffff", reach="40",
    )  # fmt: skip
    assert messages(app) == []
    settings = PaintSettings(0.5, 0.3, hints=(ColorHint(0.6, 0.15, (91, 143, 214), 40.0),))
    assert data_of(app)["marks"] == [[0.6, 0.15, "#5b8fd6", "1"]]
    wanted = painted(CAMERA, settings).painted
    drawn = decode_url(data_of(app)["src"])
    far = painted(CAMERA, replace(settings, hints=(HINT,))).painted  # with the reach that is usual
    near, usual = (np.abs(drawn.astype(int) - other).mean() for other in (wanted, far))
    assert near < min(3, usual)  # as a JPEG
    app.button(key="remove_hint_0").click().run()
    assert data_of(app)["marks"] == [] and app.text_input(key="hints").value == ""


def test_all_hints_are_removed_after_a_question(visit, asked_first):
    app = visit(PAGE, colour_room="Colour hints", hints="0.6,0.15,5b8fd6;0.1,0.1,c83232")
    assert "remove_hints" in asked_first(app)
    app.button(key="remove_hints").click().run()
    assert data_of(app)["marks"] == [] and "hints" not in app.query_params


def test_the_place_chosen_has_swatches_and_takes_a_colour_of_ones_own(visit, messages):
    app = visit(PAGE, colour_room="Colour hints")
    swatches = data_of(app, 1)
    assert swatches["clickable"] and 1 <= len(swatches["colors"]) <= 5
    app.session_state["color_place"] = "0.25,0.5"
    app.run()
    app.color_picker(key="own_color").set_value("#c83232")
    next(b for b in app.button if b.label == "Apply colour").click().run()
    assert messages(app) == []
    assert data_of(app)["marks"] == [[0.25, 0.5, "#c83232", "1"]]
    app.pills(key="colour_photo").set_value("Cat").run()
    assert data_of(app)["marks"] == []  # they were for another photo


@pytest.mark.parametrize(
    ("asked", "place"), [("0.2,0.4", [0.2, 0.4]), ("2,0.4", [0.5, 0.5]), ("here", [0.5, 0.5])]
)
def test_a_link_says_which_place_was_clicked(visit, asked, place):
    app = visit(PAGE, colour_room="Confidence", sure_place=asked)
    assert data_of(app)["chosen"] == place


def test_it_says_where_it_is_sure(visit, messages):
    app = visit(PAGE, colour_room="Confidence", colour_photo="Palace")
    assert messages(app) == []
    low, high = data_of(app)["legend"]
    assert low.startswith("unsure") and high.startswith("sure")
    assert not data_of(app, 1)["clickable"]
    assert "entropy" in said(app)


def test_the_truth_is_at_hand_of_a_photo_in_colour_only(visit, messages):
    app = visit(PAGE, colour_photo="Astronaut", saturation="0.0")
    assert "Colour photo" in said(app)
    open_tab(app, "colour_details", "Compare with the original")
    app.run()
    assert messages(app) == []
    table = app.dataframe[0].value
    assert table.Score.tolist()[0] == "CIEDE2000"
    assert table.Coloured.tolist() == pytest.approx(table.Grey.tolist())  # without saturation
    assert len(app.get("image")) == 2
    app.pills(key="colour_photo").set_value("Cameraman").run()
    assert "no colours to compare with" in said(app)


def test_how_it_was_made_and_what_to_take_along(visit, messages):
    app = visit(PAGE, colour_photo="Old print")
    assert "Photo in sepia: converted to grey first. The frame around it is not coloured." in said(
        app
    )
    open_tab(app, "colour_details", "How it works")
    app.run()
    assert "guided filter" in said(app) and messages(app) == []
    open_tab(app, "colour_details", "Download")
    app.run()
    assert len(app.get("download_button")) == 2


def test_the_json_paints_the_photo_again():
    shown = painted(CAMERA, PaintSettings(1.3, 0.4, hints=(HINT,)))
    told = json.loads(downloads.as_json(shown))
    assert told["photo"] == CAMERA.name and told["network"] == COLORIZER
    again = [
        ColorHint(one["x"], one["y"], hints.rgb_of(one["color"]), one["reach"])
        for one in told["hints"]
    ]
    picture = colorize(
        CAMERA.data, saturation=told["saturation"], temperature=told["temperature"], hints=again
    )
    assert np.array_equal(picture, shown.painted)
    color = to_lab(np.array(HINT.rgb, np.uint8))[1:]
    assert to_lab(picture)[77, 307, 1:] @ color > 0


def test_large_photos_are_shown_as_they_fit_on_a_screen(encode):
    wide = encode(np.tile(np.arange(200, dtype=np.uint8), (30, 10)))
    shown = painted(NamedPhoto("wide", wide), PaintSettings(1.0, 0.5))
    assert shown.painted.shape == shown.before.shape == (15, 1024, 3)


def test_what_was_found_is_said_of_each_sample():
    told = {photo.name: describe(read_grey(photo.data)) for photo in samples()}
    assert told["Cameraman"] == "Grey photo."
    assert all("Colour photo" in told[name] for name in SAMPLES)
    assert told["Old print"].startswith("Photo in sepia")
    height, width = decode(old_photo()).shape[:2]
    assert np.allclose(read_grey(old_photo()).inner, (18, height - 18, 18, width - 18), atol=4)


def test_the_picture_on_the_home_page_is_what_the_network_paints():
    shipped, painted_now = decode(opening.OPENING), opening.picture()
    assert shipped.shape == painted_now.shape == (320, 480, 3)
    off = np.abs(shipped.astype(int) - painted_now).mean()
    assert off < 3, "python -m pages._colorize.opening paints it anew"  # 1 is a JPEG's
    assert np.ptp(shipped[:, 250:].astype(int), axis=-1).mean() > 8


def test_hints_survive_the_address():
    given = [HINT, ColorHint(0.0, 1.0, (0, 255, 7))]
    again = hints.read(hints.written(given))
    assert [(h.x, h.y, h.rgb) for h in again] == [(h.x, h.y, h.rgb) for h in given]
    assert hints.read("a,b,c;0.5,0.5;0.5,0.5,12345;;nan,0.5,ffffff") == []
    assert best_temperature() in temperatures() and temperatures()[0] == 1.0


def test_what_is_no_photo_is_refused_in_a_sentence(visit, messages):
    app = visit(PAGE, colour_source="Upload")
    assert "to see" in app.info[0].value
    app.file_uploader(key="colour_photo_file").upload("cat.jpg", b"no photo").run()
    assert messages(app) and not app.exception


def test_a_game_counts_and_says_how_often_the_network_fooled_the_room():
    game = guess_game.new_game(SAMPLE_PHOTOS, 3)
    assert sorted(game.order) == list(range(len(SAMPLE_PHOTOS)))
    others = [guess_game.new_game(SAMPLE_PHOTOS, seed) for seed in range(3, 12)]
    assert others[0] == game and len({tuple(o.order) for o in others}) > 1
    for i in range(len(game.order)):
        right = 0 if game.real_first[i] else 1
        game.answer(right if i >= 2 else 1 - right)
        game.answer(right)  # one answer a round counts
        game.go_on()
    assert game.fooled == 2 and game.round == 6
    assert guess_game.verdict(game) == "The network fooled you in 2 of 6 rounds"


def test_the_true_photo_is_as_often_at_the_left_as_at_the_right_whatever_the_seed():
    firsts = set()
    for seed in range(200):
        for count in range(1, 7):
            sides = guess_game.new_game(SAMPLE_PHOTOS[:count], seed).real_first
            assert abs(2 * sum(sides) - count) <= 1
            firsts.add((count, sides[0]))
    assert firsts == {(count, side) for count in range(1, 7) for side in (True, False)}


@pytest.mark.parametrize(
    ("fooled", "rounds", "verdict", "remark"),
    [
        (0, 1, "The network did not fool you", "recognised the real photo every time"),
        (1, 1, "The network fooled you", "chose the coloured photo as real every time"),
        (0, 6, "The network did not fool you in any of 6 rounds", "every time"),
        (1, 6, "The network fooled you in 1 of 6 rounds", "more real photos than by guessing"),
        (2, 6, "The network fooled you in 2 of 6 rounds", "more real photos than by guessing"),
        (3, 6, "The network fooled you in 3 of 6 rounds", "as many real photos as by guessing"),
        (4, 6, "The network fooled you in 4 of 6 rounds", "more often than by guessing"),
        (5, 6, "The network fooled you in 5 of 6 rounds", "more often than by guessing"),
        (6, 6, "The network fooled you in all 6 rounds", "as real every time"),
        (2, 5, "The network fooled you in 2 of 5 rounds", "more real photos than by guessing"),
        (3, 5, "The network fooled you in 3 of 5 rounds", "more often than by guessing"),
    ],
)
def test_the_sentences_at_the_end_are_right_for_every_score(fooled, rounds, verdict, remark):
    game = guess_game.Game((), list(range(rounds)), [True] * rounds)
    game.answers = [i >= fooled for i in range(rounds)]
    assert guess_game.verdict(game) == verdict
    assert remark in guess_game.remark(game)


def test_the_game_shows_a_round_and_then_the_end(visit, messages, pack):
    app = visit(PAGE, colour_room="Which is real?", game_seed="3")
    assert messages(app) == []
    assert "Round 1 of 6" in said(app)
    shown = data_of(app)
    assert shown["clickable"] and [mark for *_, mark in shown["choices"]] == ["", ""]
    game = app.session_state[guess_game.GAME]
    game.answer(0)
    app.run()
    assert {mark for *_, mark in data_of(app)["choices"]} == {"right", "wrong"}
    assert data_of(app)["choices"][0][3] == ("right" if game.real_first[0] else "wrong")
    game.answers = [True] * 6
    game.is_open = False
    app.run()
    assert "The network did not fool you in any of 6 rounds" in said(app)
    bundle = pack({"grey.png": CAMERA.data, "cat.png": SAMPLES["Cat"].photo, "bad.png": b"no"})
    app.file_uploader(key="game_photos_files").upload("photos.zip", bundle).run()
    assert "Round 1 of 1" in said(app) and "1 photo without colours" in said(app)
    assert "bad.png" in messages(app)[0]


def test_many_photos_give_a_zip_and_name_what_is_unusable(visit, finish, messages, pack):
    app = visit(PAGE, colour_room="Many photos")
    finish(app, many_photos.JOB)
    assert len(app.get("image")) == len(SAMPLES)
    bundle = pack({"a/cat.png": SAMPLES["Cat"].photo, "bad.png": b"nothing"})
    app.file_uploader(key="colour_photos_files").upload("photos.zip", bundle).run()
    finish(app, many_photos.JOB)
    assert "bad.png" in messages(app)[0]
    assert len(app.get("image")) == 1
    assert app.get("download_button")[0].proto.label == "1 picture (ZIP, JPEG)"


@pytest.mark.parametrize("form", ["PNG", "JPEG"])
def test_the_zip_has_each_picture_in_full_size(form):
    photos = [NamedPhoto("a.png", CAMERA.data), NamedPhoto("a.jpg", SAMPLES["Cat"].photo)]
    *_, rows = many_photos.paint_photos(photos, PaintSettings(1.0, 0.5), form)
    with zipfile.ZipFile(io.BytesIO(many_photos.archive(rows, form))) as file:
        suffix = "png" if form == "PNG" else "jpg"
        assert file.namelist() == [f"a.{suffix}", f"a (2).{suffix}"]
        first = np.asarray(Image.open(file.open(f"a.{suffix}")))
    wanted = colorize(CAMERA.data, temperature=0.5)
    assert first.shape == wanted.shape
    assert np.abs(first.astype(int) - wanted).mean() <= (0 if form == "PNG" else 3)


def test_figures_come_from_the_card(visit, messages):
    app = visit(PAGE, colour_room="Evaluation")
    assert messages(app) == []
    assert "Limits." in said(app)
    assert evaluation.finding(zoo.shipped(COLORIZER).card["metrics"]) in said(app)


def test_figures_are_told_in_a_sentence_and_in_tables():
    card = metrics()
    card["grey"]["balanced_auc"] = 0.4
    assert "rebalanced AuC 0.500 against 0.400 for grey, and 75%" in evaluation.finding(card)
    assert "recognises 60 photos more" in evaluation.gain(card["top1"])
    assert "recognises 1 photo fewer" in evaluation.gain(
        {"photos": 10, "painted": 0.5, "grey": 0.6}
    )
    table = evaluation.table_of(card)
    assert table.Photos.tolist()[:2] == ["Coloured", "Grey"]
    assert table["AuC, rebalanced"].tolist() == [0.5, 0.4, 0.5]
    rows = evaluation.tried_of([{"temperature": 0.4, "divergence": 0.6, **card["painted"]}])
    assert rows["Share of original chroma"].tolist() == [0.75]
