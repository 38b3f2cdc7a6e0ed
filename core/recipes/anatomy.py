"""`python -m core.recipes.anatomy`: every network of the zoo layer by layer, built untrained.

Image networks and text encoders are built without weights; BirdNET is read from its file, where it
is on this machine. The layers go to `core/assets/anatomy.json.xz`.

The receptive field of a layer follows from kernels and strides along the path on which it is
largest: Araujo et al., "Computing receptive fields of convolutional neural networks" (2019),
https://doi.org/10.23915/distill.00021
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import partial
from typing import Any

from core import zoo
from core.engine import conversion
from core.recipes.common.command_line import recipe_parser, show_progress, show_result
from core.recipes.common.files import assets_folder, made
from core.vision.transfer.classifiers import cuts, last_blocks, untrained_classifier
from core.zoo.anatomy import Anatomy, Layer, write
from core.zoo.spec import ImageNetworkSpec, NetworkSpec, TextEncoderSpec

_Field = tuple[int, int] | None
"""Side and step of what a place sees [px]; None for all of the input."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Build all networks and write down their layers."""
    parser = recipe_parser("anatomy", __doc__, data=False)
    parser.add_argument("--networks", nargs="+", metavar="NAME", help="all without it")
    options = parser.parse_args(arguments)
    wanted = [each for each in zoo.networks() if getattr(each, "builder", "")]
    if options.networks:
        wanted = [each for each in wanted if each.name in options.networks]
    assets_folder()
    anatomies: dict[str, Anatomy] = {}
    for number, spec in enumerate(wanted, start=1):
        show_progress(f"{number} of {len(wanted)}: {spec.title}")
        anatomies[spec.name] = of_spec(spec)
    write(anatomies, made("keras", "tensorflow", processor=False))
    layers = sum(len(each.layers) for each in anatomies.values())
    show_result(f"{len(anatomies)} networks, {layers:,} layers")
    return 0


def of_spec(spec: NetworkSpec) -> Anatomy:
    """Build a network and look at its layers."""
    if not isinstance(spec, ImageNetworkSpec):
        return Anatomy(tuple(_layers(_encoder(spec), is_of_photos=False)))
    layers = tuple(_layers(conversion.build(spec, None), is_of_photos=True))
    names = [layer.name for layer in layers]
    if not spec.feature_layers:
        return Anatomy(layers)
    classifier = untrained_classifier(spec, 2)
    firsts = [names.index(cut) + 1 if cut in names else 0 for cut in cuts(classifier)]
    tuned = firsts[cuts(classifier).index(last_blocks(classifier))]
    end = names.index(spec.feature_layers[-1]) + 1
    return Anatomy(layers, tuned, end, tuple(first for first in firsts if first))


def _encoder(spec: NetworkSpec) -> Any:
    build = partial(conversion.builder_of(spec), spec)  # type: ignore[arg-type]  # it has one
    untrained = isinstance(spec, TextEncoderSpec) and not spec.builder.endswith("_adapted")
    return build(None if untrained else zoo.weights_path(spec))


def _layers(model: Any, *, is_of_photos: bool) -> list[Layer]:
    fields: dict[str, _Field] = {}
    rows: list[Layer] = []
    listed = {id(layer) for layer in model.layers}
    for operation in model.operations:
        parents = [node.operation.name for node in operation._inbound_nodes[0].parent_nodes]
        before = [fields[name] for name in parents] or [(1, 1)]
        field = fields[operation.name] = _field(operation, _widest(before))
        if id(operation) not in listed:
            continue
        side = field[0] if is_of_photos and field is not None else None
        counts = (_count(operation.trainable_weights), _count(operation.non_trainable_weights))
        rows.append(
            Layer(operation.name, type(operation).__name__, _shape(operation), *counts, side)
        )
    return rows


def _widest(fields: Sequence[_Field]) -> _Field:
    known = [field for field in fields if field is not None]
    return max(known) if len(known) == len(fields) else None


def _field(operation: Any, before: _Field) -> _Field:
    """What a place of a layer's output sees, by what those of its input see."""
    if before is None or _sees_all(operation):
        return None
    for inner in getattr(operation, "layers", ()):  # a network within the network
        before = _field(inner, before)
        if before is None:
            return None
    kernel: tuple[int, ...] = getattr(operation, "kernel_size", getattr(operation, "pool_size", ()))
    if len(kernel) != 2:
        return before
    side, step = before
    dilation = getattr(operation, "dilation_rate", (1, 1))
    return side + (kernel[0] - 1) * dilation[0] * step, step * operation.strides[0]


def _sees_all(operation: Any) -> bool:
    kind = type(operation).__name__
    return kind.startswith("Global") or kind == "Flatten"


def _shape(layer: Any) -> tuple[int | None, ...]:
    output = layer.output[0] if isinstance(layer.output, (list, tuple)) else layer.output
    return tuple(output.shape[1:])


def _count(weights: Sequence[Any]) -> int:
    total = 0
    for each in weights:
        size = 1
        for axis in each.shape:
            size *= axis
        total += size
    return total


if __name__ == "__main__":
    sys.exit(main())
