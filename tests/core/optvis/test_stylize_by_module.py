"""Magenta's signature, kept by a tiny module made on the spot: no download is needed."""

from __future__ import annotations

import numpy as np
import pytest

from core.errors import InvalidInputError, WeightsUnavailableError
from core.media import decode
from core.optvis.style_samples import style_sample
from core.optvis.stylize_by_module import MAGENTA, stylize_by_module


@pytest.fixture(scope="module")
def modules(tmp_path_factory):
    """Modules: one that gives a photo the style's mean colour, and one of another kind."""
    from core.zoo.keras_runtime import tensorflow

    tf = tensorflow()
    folder = tmp_path_factory.mktemp("modules")
    picture = tf.TensorSpec([None, None, None, 3], tf.float32)

    class Tinter(tf.Module):
        @tf.function(input_signature=[picture, picture])
        def __call__(self, content, style):
            grey = tf.reduce_mean(content, axis=-1, keepdims=True)
            tinted = 0.5 * grey + 0.5 * tf.reduce_mean(style, axis=(1, 2), keepdims=True)
            height = tf.shape(content)[1]
            return [tf.pad(tinted, [[0, 0], [0, -height % 4], [0, 3], [0, 0]])]

    class Flat(tf.Module):
        @tf.function(input_signature=[picture, picture])
        def __call__(self, content, style):
            return tf.reduce_mean(content, axis=(1, 2)) + tf.reduce_mean(style, axis=(1, 2))

    tf.saved_model.save(Tinter(), str(folder / "tinter"))
    tf.saved_model.save(Flat(), str(folder / "flat"))
    return folder


def test_a_module_styles_a_photo_of_any_size(modules, cat):
    style = style_sample("Mosaic")
    made = stylize_by_module(cat, style, module=str(modules / "tinter"), size=101)
    assert made.shape == (67, 101, 3) and made.dtype == np.uint8
    tint = decode(style).mean(axis=(0, 1))
    shown = made.mean(axis=(0, 1)) * 2
    np.testing.assert_allclose(shown - shown.mean(), tint - tint.mean(), atol=4)


def test_a_module_of_another_kind_is_refused(modules, cat):
    with pytest.raises(InvalidInputError, match="Magenta"):
        stylize_by_module(cat, cat, module=str(modules / "flat"))


def test_a_module_that_is_not_here_is_named(own_cache, cat):
    with pytest.raises(WeightsUnavailableError, match="graft fetch"):
        stylize_by_module(cat, cat, module=MAGENTA)
