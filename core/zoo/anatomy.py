"""Networks layer by layer: shapes, parameters, receptive fields, as the app has them without Keras.

`python -m core.recipes.anatomy` has built each network untrained and written down what it saw.
"""

from __future__ import annotations

import json
import lzma
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from core.errors import UnknownNameError
from core.settings import settings

FILE = "anatomy.json.xz"


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer of a network.

    Attributes
    ----------
    name, kind : as Keras calls the layer and its class.
    shape : of its output for one input; None for an axis of any length, such as words.
    weights : numbers that gradients change, where the layer is not frozen.
    statistics : numbers that gradients never change: means and variances of batches.
    field : int [px], side of the square of the photo that one place of its output depends on; it
        may be larger than the photo. None where that is all of the input.
    """

    name: str
    kind: str
    shape: tuple[int | None, ...]
    weights: int
    statistics: int
    field: int | None

    @property
    def parameters(self) -> int:
        """All its numbers."""
        return self.weights + self.statistics


@dataclass(frozen=True, slots=True)
class Anatomy:
    """A network layer by layer, in the order in which it computes.

    Attributes
    ----------
    last_blocks : of an image network, number of the first layer that learns where the last blocks
        are fine-tuned; those before it stay frozen.
    backbone : of an image network, how many layers come before its own head, which transfer
        learning replaces.
    cuts : of an image network, numbers like `last_blocks`, of all layers at which it can be
        divided; ascending.
    """

    layers: tuple[Layer, ...]
    last_blocks: int | None = None
    backbone: int | None = None
    cuts: tuple[int, ...] = ()

    @property
    def parameters(self) -> int:
        """Of all layers."""
        return sum(layer.parameters for layer in self.layers)

    @property
    def depths(self) -> dict[str, int]:
        """Names of the layers after which a backbone can be tuned, with the number of the first
        layer that learns then."""
        return {self.layers[number - 1].name: number for number in self.cuts}

    def learning(self, strategy: str, depth: str | None = None) -> range:
        """Numbers of the layers of the backbone that learn by a strategy of transfer learning.

        `features` and `augment` leave it frozen, `fine_tune` its first part, `initialise` none.

        Parameters
        ----------
        depth : after which layer `fine_tune` begins; None stands for the last blocks.
        """
        end = len(self.layers) if self.backbone is None else self.backbone
        tuned = self.last_blocks if depth is None else self.depths[depth]
        first = {"initialise": 0, "fine_tune": tuned}.get(strategy)
        return range(end if first is None else first, end)


def networks() -> tuple[str, ...]:
    """Names of those whose layers are known, in the order of the zoo."""
    return tuple(_read(settings().assets / FILE))


def anatomy(network: str) -> Anatomy:
    """The layers of a network.

    Raises
    ------
    UnknownNameError
        If they are not known.
    """
    known = _read(settings().assets / FILE)
    if network not in known:
        raise UnknownNameError.among("network", network, list(known))
    return _read_one(known[network])


def write(anatomies: Mapping[str, Anatomy], made: Mapping[str, str]) -> None:
    """Keep anatomies for `anatomy`."""
    stored = {
        name: {
            "last_blocks": each.last_blocks,
            "backbone": each.backbone,
            "cuts": each.cuts,
            "layers": [
                [one.name, one.kind, one.shape, one.weights, one.statistics, one.field]
                for one in each.layers
            ],
        }
        for name, each in anatomies.items()
    }
    text = json.dumps({"made": dict(made), "networks": stored}, separators=(",", ":"))
    (settings().assets / FILE).write_bytes(lzma.compress(text.encode(), preset=9))
    _read.cache_clear()


@cache
def _read(path: Path) -> dict[str, Any]:
    networks: dict[str, Any] = json.loads(lzma.decompress(path.read_bytes()))["networks"]
    return networks


def _read_one(stored: dict[str, Any]) -> Anatomy:
    layers = tuple(
        Layer(name, kind, tuple(shape), weights, statistics, field)
        for name, kind, shape, weights, statistics, field in stored["layers"]
    )
    return Anatomy(layers, stored["last_blocks"], stored["backbone"], tuple(stored["cuts"]))
