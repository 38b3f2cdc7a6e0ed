"""Networks side by side, as one network."""

from __future__ import annotations

import os
import re

import numpy as np
import pytest

from core import engine, zoo
from core.engine import compiled
from core.errors import InvalidInputError, UnknownNameError
from core.vision.photos import prepare_all

LITES = "efficientnet_lite0+efficientnet_lite1"


def test_its_name_is_theirs_and_it_has_what_they_have():
    spec, parts = zoo.image_network(LITES), [zoo.image_network(one) for one in LITES.split("+")]
    assert spec.name == LITES
    assert [part.name for part in spec.parts] == [part.name for part in parts]
    assert spec.input_size == max(part.input_size for part in parts)
    assert {spec.weights, *spec.companions} == {part.weights for part in parts}
    assert zoo.is_listed(LITES)
    assert zoo.is_on_disk(spec)
    assert zoo.weights_path(spec) == zoo.weights_path(parts[0])


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("efficientnet_lite0+efficientnet_lite0", "different networks"),
        ("vgg16+vgg19+resnet50+resnet101+resnet152", "two to 4"),
        ("all_minilm_l6_v2+vgg16", "photos with a feature map"),
        ("efficientnet_lite1+efficientnet_lite0", f"as {re.escape(LITES)}"),
    ],
)
def test_networks_that_cannot_stand_side_by_side_are_refused(name, message):
    with pytest.raises(InvalidInputError, match=message):
        zoo.network(name)


@pytest.mark.parametrize("name", ["efficientnet_lite0+nothing", "+", "efficientnet_lite0+"])
def test_a_network_that_is_none_is_named(name):
    assert not zoo.is_listed(name)
    with pytest.raises(UnknownNameError, match="network"):
        zoo.network(name)


def test_of_networks_side_by_side_the_latest_few_stay_compiled(tmp_path):
    names = [*(f"side_by_side-{number:02}" for number in range(12)), "efficientnet_lite0-x"]
    for age, name in enumerate(names):
        (tmp_path / name).mkdir()
        os.utime(tmp_path / name, (age, age))
    os.utime(tmp_path / names[-1], (0, 0))
    compiled._remove_older(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(names[4:])


@pytest.mark.slow  # it is compiled first
def test_its_features_are_those_of_each(cat, crops):
    name = "efficientnet_lite0+hed_vgg16"
    photos = prepare_all([cat, *crops[:3]], zoo.image_network(name).input_size)
    photos = np.stack([*photos])
    (together,) = engine.predictor(name, precision="f32")(photos, "embedding")
    parts = [
        engine.predictor(part, precision="f32")(photos, "embedding")[0] for part in name.split("+")
    ]
    widths = [part.shape[1] for part in parts]
    for part, own in zip(parts, np.split(together, widths[:1], axis=1), strict=True):
        np.testing.assert_allclose(own, part, atol=2e-3 * np.abs(part).max())
