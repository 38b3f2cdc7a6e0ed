"""Dreams, on small pictures."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core import engine
from core.errors import InvalidInputError
from core.optvis.deep_dream import PRESETS, DreamSettings, dream, zoom
from core.optvis.evaluator import forward
from core.optvis.pictures import read_picture, rounded
from core.zoo import imagenet_classes

SMALL = DreamSettings(
    network="hed_vgg16", size=96, octaves=2, steps=3, layers=(("block3_conv1", 1.0),), jitter=4
)


def test_the_network_responds_more_and_more(cat):
    steps = list(dream(cat, SMALL))
    assert [(s.octave, s.iteration) for s in steps] == [(i // 3, i + 1) for i in range(6)]
    assert steps[2].loss > steps[0].loss
    assert steps[-1].image.shape == (64, 96, 3)


def test_the_same_seed_gives_the_same_picture(cat):
    first, again, other = (
        list(dream(cat, replace(SMALL, seed=seed)))[-1].image for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_an_octave_ends_above_the_loss_ceiling(cat):
    first = next(dream(cat, SMALL)).loss
    steps = list(dream(cat, replace(SMALL, max_loss=first * 1.01)))
    assert len(steps) < 6
    assert all(s.loss <= first * 1.01 for s in steps[:-1])


def test_octaves_larger_than_a_tile_share_its_graph(cat):
    engine.pool.clear()
    list(dream(cat, replace(SMALL, size=192, octaves=3, tile=64, steps=1)))
    graphs = [entry.key.layer for entry in engine.pool.entries()]
    assert len(graphs) == 1 and graphs[0].endswith("1x64x64")


def test_a_dream_of_a_class_makes_it_the_most_probable(cat):
    settings = replace(SMALL, network="efficientnet_lite0")
    *_, last = dream(
        cat, replace(settings, target="goldfish", octaves=1, steps=10, step=0.02, jitter=2)
    )
    photo = last.image[None].astype(np.float32)
    logits = forward(settings.network, photo, {"logits": lambda g: g.logits()}, label="logits")
    assert imagenet_classes().names[logits["logits"].argmax()] == "goldfish"


def test_another_photo_guides(cat, encode):
    dots = np.indices((96, 96)).sum(0) // 8 % 2 * 255
    other = encode(np.stack([dots] * 3, -1).astype(np.uint8))
    guided = list(dream(cat, SMALL, guide=other))
    assert guided[2].loss > guided[0].loss
    assert (guided[-1].image != list(dream(cat, SMALL))[-1].image).any()


def test_a_zoom_goes_on_from_frame_to_frame(cat):
    few = replace(SMALL, octaves=1, steps=2)
    steps = list(zoom(cat, few, frames=3, rate=1.2))
    assert [(s.octave, s.iteration, s.steps) for s in steps] == [
        (0, 1, 6), (0, 2, 6), (1, 4, 6), (2, 6, 6),
    ]  # fmt: skip
    assert len({s.image.shape for s in steps}) == 1


def test_smoothed_steps_draw_large_shapes(cat):
    plain, smooth = (
        list(dream(cat, replace(SMALL, octaves=1, jitter=0, smooth=spreads)))[-1].image
        for spreads in ((), (2.0, 4.0))
    )
    photo = rounded(read_picture(cat, SMALL.size)).astype(int)

    def roughness(picture):
        change = picture - photo
        return np.abs(np.diff(change, axis=1)).mean() / np.abs(change).mean()

    assert roughness(smooth) < 0.6 * roughness(plain)


def test_presets_are_those_of_the_examples():
    keras = PRESETS["Keras example"]
    assert (keras.octaves, keras.octave_scale, keras.steps, keras.max_loss) == (3, 1.4, 20, 15)
    assert PRESETS["The book"].layers == (("activation_41", 1.0),)


def test_settings_that_make_no_dream_are_refused(cat):
    with pytest.raises(InvalidInputError, match="octaves"):
        next(dream(cat, replace(SMALL, octaves=0)))
    with pytest.raises(InvalidInputError, match="layer with a weight"):
        next(dream(cat, replace(SMALL, layers=())))
    with pytest.raises(InvalidInputError, match="classes"):
        next(dream(cat, replace(SMALL, target="goldfish")))
