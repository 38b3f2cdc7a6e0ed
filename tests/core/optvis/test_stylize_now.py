"""Style transfer in one pass: with a decoder that only looks, and without one."""

from __future__ import annotations

import numpy as np
import pytest

from core.errors import InvalidInputError, WeightsUnavailableError
from core.optvis import stylize_now as at_once
from core.optvis.pictures import read_picture
from core.optvis.style_samples import STYLE_SAMPLES, style_sample
from core.optvis.style_transfer import stylize_now

LAYERS = ("block2_conv1", "block3_conv1")


@pytest.fixture
def seen(monkeypatch) -> list[np.ndarray]:
    """What reaches a decoder that draws grey pictures."""
    arrays: list[np.ndarray] = []

    def decode(block2_conv1, block3_conv1):
        arrays.append(block3_conv1)
        assert block2_conv1.shape[1] == 2 * block3_conv1.shape[1]
        n, h, w, _ = block3_conv1.shape
        return (np.full((n, 4 * h, 4 * w, 3), 127, np.float32),)

    card = {"encoder": "hed_vgg16", "features": LAYERS}
    monkeypatch.setattr(at_once, "is_ready", lambda: True)
    monkeypatch.setattr(at_once, "decoder_card", lambda: card)
    monkeypatch.setattr(at_once.engine, "graph", lambda *_, **__: decode)
    return arrays


def moments(features):
    return features.mean(axis=(1, 2)), features.std(axis=(1, 2))


def test_features_take_the_moments_of_the_style(seen, cat):
    style = style_sample("Woodcut")
    assert stylize_now(cat, style, size=97).shape == (65, 97, 3)
    stylize_now(style, style, size=97)
    stylize_now(cat, style, size=97, strength=0.0)
    taken, own, plain = seen
    heard = plain.std(axis=(1, 2)) > 1  # a channel silent for the cat has nothing to scale
    assert heard.mean() > 0.8
    for a, b in zip(moments(taken), moments(own), strict=True):
        np.testing.assert_allclose(a[heard], b[heard], rtol=0.05, atol=1.0)


def test_strength_goes_from_the_photo_to_the_style(seen, cat):
    style = style_sample("Woodcut")
    for strength in (0.0, 0.5, 1.0):
        stylize_now(cat, style, strength=strength, size=64)
    none, half, whole = seen
    apart = [np.abs(a - b).mean() for a, b in ((none, half), (half, whole), (none, whole))]
    assert max(apart[:2]) < 0.75 * apart[2]


def test_the_photo_takes_the_colors_of_the_style_first(seen, cat, monkeypatch):
    encoded, encode = [], at_once._features
    monkeypatch.setattr(
        at_once, "_features", lambda picture, card: encoded.append(picture) or encode(picture, card)
    )
    blue = np.random.default_rng(0).normal((20, 60, 200), 20, (64, 64, 3)).clip(0, 255)
    at_once.at_once(read_picture(cat, 64), [blue.astype(np.float32)])
    np.testing.assert_allclose(encoded[0].mean((0, 1)), blue.mean((0, 1)), atol=5)


def test_styles_blend_by_weight(seen, cat):
    first, second = style_sample("Woodcut"), style_sample("Dots")
    stylize_now(cat, first, size=64)
    stylize_now(cat, first, others=[second], blend=(1.0, 0.0), size=64)
    np.testing.assert_array_equal(seen[0], seen[1])


def test_what_cannot_be_done_is_refused(seen, cat):
    with pytest.raises(InvalidInputError, match="strength"):
        stylize_now(cat, cat, strength=1.5)
    with pytest.raises(InvalidInputError, match="4 styles"):
        stylize_now(cat, cat, others=[cat] * 4, size=64)


def test_without_a_decoder_the_remedy_is_named(monkeypatch, cat):
    monkeypatch.setattr(at_once, "is_ready", lambda: False)
    with pytest.raises(WeightsUnavailableError, match=r"core\.recipes\.stylize_now"):
        stylize_now(cat, cat, size=64)


@pytest.mark.parametrize("name", STYLE_SAMPLES)
def test_style_samples_are_pictures_and_unlike_each_other(name):
    from core.media import decode

    picture = decode(style_sample(name))
    assert picture.shape == (512, 512, 3) and picture.std() > 20
    others = [decode(style_sample(other)) for other in STYLE_SAMPLES if other != name]
    assert all(np.abs(picture.astype(int) - other).mean() > 25 for other in others)
