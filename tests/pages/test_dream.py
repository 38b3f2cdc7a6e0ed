"""DeepDream, filters, and layers."""

from __future__ import annotations

import pytest

from core.optvis import openings
from core.optvis.deep_dream import PRESETS, DreamSettings
from pages._dream import dreaming
from pages._dream.presets import OWN, missing

PAGE = "dream.py"
_PLAIN = {
    "block4a_expand_activation": "textures and patterns (block4a_expand_activation)",
    "block6a_expand_activation": "parts of objects (block6a_expand_activation)",
}


def said(app) -> str:
    return "\n".join(text.value for text in (*app.caption, *app.markdown, *app.info))


def test_it_opens_on_a_finished_dream(visit, messages):
    app = visit(PAGE)
    assert messages(app) == []
    assert app.get("image") and "Precomputed example" in said(app)
    assert openings.opening("dream").record["settings"] == openings.settings_record(DreamSettings())


def test_layers_have_plain_names_with_their_own_beside(visit):
    app = visit(PAGE)
    weights = [slider.label for slider in app.slider if slider.label.startswith("Weight")]
    layers = [name for name, _ in DreamSettings().layers]
    for weight, layer in zip(weights, layers, strict=True):
        assert weight.startswith("Weight of the ") and weight.endswith(f" layer: {_PLAIN[layer]}")
    (caption,) = (picture.proto.imgs[0].caption for picture in app.get("image"))
    assert all(f"layer: {_PLAIN[layer]}" in caption for layer in layers)


@pytest.mark.parametrize("key", ["dream_source", "guide_source"])
def test_a_file_that_is_no_photo_is_refused_as_soon_as_it_is_there(visit, messages, key):
    app = visit(PAGE, towards="Another photo", **{key: "Upload"})
    uploader = f"{key.removesuffix('source')}photo_file"
    app.file_uploader(key=uploader).upload("x.jpg", b"no picture").run()
    (sentence,) = messages(app)
    assert "Expected a photo" in sentence
    assert next(b for b in app.button if b.label == "Dream").disabled


def test_a_small_dream_runs_as_a_job(visit, finish, monkeypatch):
    small = DreamSettings(size=96, octaves=2, steps=2)
    monkeypatch.setattr(dreaming, "_settings", lambda: (small, None))
    app = visit(PAGE)
    next(b for b in app.button if b.label == "Dream").click().run()
    finish(app, "dream_job")
    done = app.session_state["dream_job"].snapshot
    assert done.image.shape[1] == 96 and len(done.losses) == 4


def test_examples_whose_network_is_not_here_are_named(own_cache):
    assert all(name in missing() for name in PRESETS)
    assert "fetch inception_v3" in missing()
    assert not set(OWN) & set(PRESETS)


def test_a_class_can_be_dreamt_towards(visit, messages):
    app = visit(PAGE, towards="A class", dream_class="goldfish")
    assert messages(app) == []
    assert any(box.label == "Class" and box.value == "goldfish" for box in app.selectbox)


@pytest.mark.parametrize("room", ["Dream", "Filters", "Layer by layer"])
def test_every_choice_stands_in_the_url(visit, unbound, room):
    assert unbound(visit(PAGE, dream_room=room)) == []


def test_filters_open_on_pictures_and_pieces(visit, messages):
    app = visit(PAGE, dream_room="Filters")
    assert "press Show filters." in said(app)
    assert messages(app) == [] and len(app.get("image")) == 1
    app = visit(PAGE, dream_room="Filters", pieces="true")
    assert messages(app) == [] and len(app.get("image")) == 7
    assert "From the 6 sample photos" in said(app)


def test_filters_are_excited_as_a_job_and_can_be_taken_along(visit, finish):
    app = visit(PAGE, dream_room="Filters", many="3", fsize="64", fsteps="10")
    next(b for b in app.button if b.label == "Show filters").click().run()
    finish(app, "filters_job")
    done = app.session_state["filters_job"].snapshot
    assert done.image.shape == (64, 3 * 64, 3) and len(done.losses) == 10
    assert done.about["settings"]["count"] == 3 and done.about["settings"]["size"] == 64
    labels = [b.proto.label for b in app.get("download_button")]
    assert labels == ["Picture (PNG)", "Settings (JSON)", "The run (GIF)"]


def test_a_photo_is_seen_layer_by_layer(visit, messages):
    app = visit(PAGE, dream_room="Layer by layer")
    assert messages(app) == []
    assert len(app.get("image")) >= 5
