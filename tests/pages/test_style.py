"""Style transfer: it opens on a picture, runs, and leaves something to take along."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from core.optvis import openings
from core.optvis.style_settings import StyleSettings
from pages._style import by_optimisation
from pages._style.style_input import Pair
from pages._ui.inputs import SAMPLE_PHOTOS, NamedPhoto
from pages._ui.optimising import gif, run

PAGE = "style.py"
OPTIMISING = "By optimisation"


def pictures(app):
    return app.get("image")


def test_it_opens_on_a_picture_made_at_once(visit, messages):
    app = visit(PAGE)
    assert messages(app) == []
    assert app.segmented_control(key="style_room").value == "At once"
    assert pictures(app) and app.get("download_button")


def test_by_optimisation_opens_on_a_finished_picture(visit, messages):
    app = visit(PAGE, style_room=OPTIMISING)
    assert messages(app) == []
    assert pictures(app) and app.get("download_button")
    said = "\n".join(caption.value for caption in app.caption)
    assert "Precomputed example" in said


def test_the_opening_picture_is_of_the_settings_the_room_opens_with():
    record, settings = openings.opening("style").record, StyleSettings()
    assert record["settings"] == openings.settings_record(settings)
    totals = [row["total"] for row in record["losses"]]
    assert len(totals) == settings.steps + 1
    assert totals[-1] < totals[0] / 5
    for level in np.split(np.array(totals[1:]), settings.levels):  # each begins larger, so higher
        assert level[-1] < level[0] / 2
    assert openings.opening("style").image.shape[1] == StyleSettings().size


def test_layers_have_plain_names_with_their_own_beside(visit):
    app = visit(PAGE, style_room=OPTIMISING)
    name = "First layer: edges and colours (block1_conv1)"
    assert name in next(box for box in app.multiselect if box.label == "Style layers").options
    assert name in next(box for box in app.selectbox if box.label == "Content layer").options
    weights = [slider.label for slider in app.slider if slider.label.startswith("Weight")]
    assert f"Weight of the {name[0].lower()}{name[1:]}" in weights


def test_a_small_transfer_runs_as_a_job_and_leaves_a_picture(visit, finish, monkeypatch):
    monkeypatch.setattr(
        by_optimisation, "settings_input", lambda: StyleSettings(size=64, steps=3, levels=1)
    )
    app = visit(PAGE, style_room=OPTIMISING)
    next(b for b in app.button if b.label == "Stylise").click().run()
    finish(app, "style_job")
    done = app.session_state["style_job"].snapshot
    assert done.image.shape[1] == 64
    assert [row["iteration"] for row in done.losses] == [0, 1, 2, 3]
    assert done.about["styles"] == ["Swirls"]
    assert app.get("plotly_chart")


def test_settings_stand_in_the_url(visit):
    app = visit(
        PAGE, style_room=OPTIMISING, styles=["Mosaic", "Dots"], keep_colors="true", size_graft="256"
    )
    assert app.session_state["styles"] == ["Mosaic", "Dots"]
    assert app.session_state["size_graft"] == 256
    assert len([s for s in app.slider if s.label.startswith("Share of")]) == 2


def test_a_picture_of_ones_own_is_used_alone_unless_it_is_to_be_mixed(visit, cat):
    app = visit(PAGE)
    app.file_uploader(key="style_files").upload("mine.png", cat).run()
    assert not [s for s in app.slider if s.label.startswith("Share of")]
    mix = app.toggle(key="style_mix")
    assert (mix.label, mix.value) == ("Mix with Swirls", False)
    mix.set_value(True).run()
    shares = [s.label for s in app.slider if s.label.startswith("Share of")]
    assert shares == ["Share of Swirls", "Share of mine.png"]


@pytest.mark.parametrize("room", ["By optimisation", "Nine variants", "At once"])
def test_every_choice_stands_in_the_url(visit, unbound, room):
    app = visit(PAGE, style_room=room, styles=["Mosaic", "Dots"], share_1="0.2")
    assert unbound(app) == []
    assert next(s for s in app.slider if s.label == "Share of Dots").value == 0.2


@pytest.mark.parametrize(
    ("room", "button"), [(OPTIMISING, "Stylise"), ("Nine variants", "Make nine")]
)
@pytest.mark.parametrize("kind", ["photo", "style"])
def test_a_file_that_is_no_photo_is_refused_as_soon_as_it_is_there(
    visit, messages, room, button, kind
):
    app = visit(PAGE, style_room=room, content_source="Upload")
    key = "content_photo_file" if kind == "photo" else "style_files"
    app.file_uploader(key=key).upload("x.jpg", b"no picture").run()
    (sentence,) = messages(app)
    assert "Expected a photo" in sentence
    assert next(b for b in app.button if b.label == button).disabled


def test_a_style_that_is_no_photo_is_not_mixed_with_others(visit, cat):
    app = visit(PAGE, style_room=OPTIMISING)
    files = app.file_uploader(key="style_files")
    files.upload("x.jpg", b"no picture").upload("mine.png", cat).run()
    assert not next(b for b in app.button if b.label == "Stylise").disabled
    assert not [s for s in app.slider if s.label.startswith("Share of")]


def test_a_file_that_is_no_photo_is_a_sentence(visit, finish, monkeypatch):
    broken = Pair(SAMPLE_PHOTOS[0], (NamedPhoto("x", b"no picture"),), (1.0,))
    monkeypatch.setattr(by_optimisation, "pair_input", lambda: broken)
    app = visit(PAGE, style_room=OPTIMISING)
    next(b for b in app.button if b.label == "Stylise").click().run()
    finish(app, "style_job")
    assert any("photo" in box.value for box in app.error)


def test_one_of_nine_small_pictures_is_made_large_with_its_sliders(visit, messages, monkeypatch):
    started = []
    monkeypatch.setattr(by_optimisation, "start", lambda *what: started.append(what))
    app = visit(PAGE, style_room="Nine variants")
    assert messages(app) == [] and len(pictures(app)) == 9 + 1
    next(b for b in app.button if b.key == "full_8").click().run()
    ((pair, settings),) = started
    assert pair.content.name == "Palace" and settings.style_scale == 1.6
    assert app.session_state["style_room"] == "By optimisation"
    assert settings_on(app) == settings


def settings_on(app) -> StyleSettings:
    """Our settings with what two sliders say."""
    ours = StyleSettings()
    times, scale = app.session_state["times_style"], app.session_state["style_scale"]
    return replace(ours, style_weight=ours.style_weight * times, style_scale=scale)


@pytest.mark.parametrize(("width", "shown"), [(60, (60, 40)), (900, (448, 299))])
def test_a_gif_shows_the_run_without_an_end_and_no_larger_than_a_screen_needs(width, shown):
    colours = [(0, 0, 0), (200, 40, 90), (200, 220, 90)]
    frames = [np.full((width * 2 // 3, width, 3), colour, np.uint8) for colour in colours]
    with Image.open(io.BytesIO(gif(frames, seconds=0.2))) as picture:
        assert (picture.format, picture.size, picture.info["loop"]) == ("GIF", shown, 0)
        assert picture.n_frames == 3
        for number, colour in enumerate(colours):
            picture.seek(number)
            assert picture.info["duration"] == 200
            off = np.abs(np.asarray(picture.convert("RGB")).astype(int) - colour)
            assert off.max() <= 8  # of a palette


class Step:
    def __init__(self, iteration):
        self.image, self.iteration, self.steps = np.zeros((4, 4, 3), np.uint8), iteration, 100
        self.share = iteration / 100


def test_a_run_keeps_all_losses_and_some_frames():
    *_, last = run(lambda: (Step(i) for i in range(1, 101)), lambda s: {"a": 1.0}, {})
    assert len(last.losses) == 100 and 20 <= len(last.frames) <= 42
    assert last.share == 1.0


@pytest.mark.parametrize("size", [16, 5000])
def test_sizes_out_of_bounds_are_sentences(size):
    from core.errors import InvalidInputError

    with pytest.raises(InvalidInputError, match="px"):
        replace(StyleSettings(), size=size).check()
