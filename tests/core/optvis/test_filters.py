"""What filters see."""

from __future__ import annotations

import numpy as np
import pytest

from core.errors import InvalidInputError, UnknownNameError
from core.optvis import filters
from core.optvis.fourier import FourierPictures


def test_filters_respond_more_to_their_pictures():
    steps = list(filters.visualize("block2_conv1", [3, 90], size=48, steps=8))
    assert steps[-1].response > steps[0].response + 1
    assert steps[-1].images.shape == (2, 48, 48, 3) and steps[-1].images.dtype == np.uint8


def test_the_same_seed_gives_the_same_pictures():
    first, again, other = (
        list(filters.visualize("block1_conv2", [5], size=32, steps=3, seed=seed))[-1].images
        for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


@pytest.mark.parametrize("side", [16, 17])
def test_a_gradient_at_pictures_is_pulled_back_to_their_waves(side):
    random = np.random.default_rng(0)
    pictures = FourierPictures(1, side, random)
    target = random.normal(0, 1, (1, side, side, 3)).astype(np.float32)
    before = (pictures.picture() * target).sum(dtype=np.float64)
    gradient = pictures.pull_back(target)
    way = (random.normal(size=gradient.shape) + 1j * random.normal(size=gradient.shape)) * 1e-4
    expected = float((gradient.real * way.real + gradient.imag * way.imag).sum())
    pictures.waves = (pictures.waves + way).astype(np.complex64)
    after = (pictures.picture() * target).sum(dtype=np.float64)
    assert after - before == pytest.approx(expected, rel=0.05, abs=0.02)


def test_a_window_and_its_way_back_are_transposes():
    random = np.random.default_rng(0)
    window = FourierPictures(1, 40, random).window(24, 8, random)
    a, b = random.normal(size=(1, 40, 40, 3)), random.normal(size=(1, 24, 24, 3))
    assert (window.cut(a) * b).sum() == pytest.approx((a * window.pull_back(b)).sum())


def test_the_pieces_of_photos_that_excite_a_filter_come_best_first(cat, crops):
    patches = filters.patches([cat, crops[1]], "block3_conv1", 7, top=3)
    responses = [patch.response for patch in patches]
    assert len(patches) == 3 and responses == sorted(responses, reverse=True)
    assert all(patch.image.ndim == 3 for patch in patches)


def test_layers_come_in_order_of_computation():
    names = filters.layers("hed_vgg16")
    assert names[0] == "block1_conv1" and names[-1] == "block5_pool"
    assert filters.channel_count("hed_vgg16", "block3_conv1") == 256


def test_a_channel_a_layer_and_a_module_that_cannot_be_visualised_are_named(tmp_path):
    with pytest.raises(InvalidInputError, match="0 to 63"):
        next(filters.visualize("block1_conv1", [64]))
    with pytest.raises(UnknownNameError, match="block1_conv1"):
        next(filters.visualize("block1_conv7", [0]))
    with pytest.raises(InvalidInputError, match="TF-Hub"):
        filters.layers(str(tmp_path / "module"))
