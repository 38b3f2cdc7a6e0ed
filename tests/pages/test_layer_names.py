"""Layers are called after what they respond to, with their own name beside."""

from __future__ import annotations

import pytest

from core import zoo
from core.optvis import filters
from pages._ui.layer_names import layer_title


@pytest.mark.parametrize("network", ["efficientnet_lite0", "hed_vgg16"])
def test_layers_are_named_from_edges_to_objects(network):
    stages = zoo.image_network(network).feature_layers
    titles = [layer_title(network, name) for name in filters.layers(network)]
    words = [title.split(" layer: ")[0] for title in titles]
    assert list(dict.fromkeys(words)) == ["First", "Early", "Middle", "Late", "Last"]
    for stage, word in zip(stages, ["First", "Early", "Middle", "Late", "Last"], strict=True):
        assert layer_title(network, stage).startswith(f"{word} layer: ")
        assert layer_title(network, stage).endswith(f"({stage})")


def test_pages_show_both(visit):
    app = visit("dream.py", dream_room="Layer by layer")
    captions = [picture.proto.imgs[0].caption for picture in app.get("image")]
    assert captions[0].startswith("First layer: edges and colours (block2a_expand_activation)")
    assert captions[-1].startswith("Last layer: ")
