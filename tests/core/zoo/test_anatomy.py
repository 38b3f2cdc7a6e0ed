"""Networks layer by layer, as they are shipped, against what others have published."""

from __future__ import annotations

import pytest

from core import zoo
from core.errors import UnknownNameError
from core.recipes.anatomy import of_spec
from core.zoo.anatomy import anatomy, networks
from core.zoo.spec import ImageNetworkSpec

# Simonyan and Zisserman (2014), configuration D, as `keras.applications.VGG16().summary()` has it
VGG16 = """
photo          224 224 3          0
block1_conv1   224 224 64      1792
block1_conv2   224 224 64     36928
block1_pool    112 112 64         0
block2_conv1   112 112 128    73856
block2_conv2   112 112 128   147584
block2_pool     56 56 128         0
block3_conv1    56 56 256    295168
block3_conv2    56 56 256    590080
block3_conv3    56 56 256    590080
block3_pool     28 28 256         0
block4_conv1    28 28 512   1180160
block4_conv2    28 28 512   2359808
block4_conv3    28 28 512   2359808
block4_pool     14 14 512         0
block5_conv1    14 14 512   2359808
block5_conv2    14 14 512   2359808
block5_conv3    14 14 512   2359808
block5_pool      7 7 512          0
flatten         25088             0
fc1              4096     102764544
fc2              4096      16781312
predictions      1000       4097000
"""
# https://distill.pub/2019/computing-receptive-fields/, table 1
FIELDS = {
    "mobilenet": 315,
    "resnet50": 483,
    "resnet101": 1027,
    "resnet152": 1507,
    "inception_v3": 1311,
    "inception_resnet_v2": 3039,
}
IMAGE_NETWORKS = [
    spec for spec in zoo.networks() if isinstance(spec, ImageNetworkSpec) and spec.builder
]


def test_vgg16_is_as_published_row_by_row():
    rows = [line.split() for line in VGG16.strip().splitlines()]
    expected = [(name, tuple(map(int, shape)), int(count)) for name, *shape, count in rows]
    seen = anatomy("vgg16")
    assert [(layer.name, layer.shape, layer.parameters) for layer in seen.layers] == expected
    assert seen.parameters == 138_357_544


@pytest.mark.parametrize("spec", IMAGE_NETWORKS, ids=lambda spec: spec.name)
def test_every_network_for_photos_has_the_parameters_of_its_card(spec):
    assert spec.name in networks()
    seen = anatomy(spec.name)
    assert seen.parameters == spec.parameters
    assert seen.layers[0].shape == (spec.input_size, spec.input_size, 3)


@pytest.mark.parametrize(("name", "field"), FIELDS.items())
def test_receptive_fields_are_as_published(name, field):
    seen = anatomy(name)
    assert seen.layers[seen.backbone - 1].field == field
    assert anatomy("vgg16").layers[18].field == 212


@pytest.mark.parametrize("name", ["efficientnet_lite0", "all_minilm_l6_v2"])
def test_what_is_shipped_is_what_the_recipe_sees(name):
    assert of_spec(zoo.network(name)) == anatomy(name)


def test_layers_learn_as_the_strategy_says():
    seen = anatomy("vgg16")

    def learning(strategy):
        return [seen.layers[i].name for i in seen.learning(strategy) if seen.layers[i].weights]

    assert learning("features") == learning("augment") == []
    assert learning("fine_tune") == ["block5_conv1", "block5_conv2", "block5_conv3"]
    assert len(learning("initialise")) == 13


def test_a_network_whose_layers_are_not_known_is_named():
    with pytest.raises(UnknownNameError, match=r"Did you mean .*vgg16"):
        anatomy("vgg61")
