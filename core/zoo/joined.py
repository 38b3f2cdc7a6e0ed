"""Pretrained networks side by side, as one network whose feature map has the channels of each.

Its name is theirs, with a plus sign between.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from core.errors import InvalidInputError
from core.zoo.spec import ImageNetworkSpec, NetworkSpec, Preprocessing

SEPARATOR = "+"
MAPS = "maps"
"""What the feature map of networks side by side is called."""
MOST = 4
"""Networks side by side."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinedNetworkSpec(ImageNetworkSpec):
    """Networks side by side. Each sees the photo at its own size and prepared in its own way; their
    last feature maps are brought to the size of the largest and put one behind another.

    Attributes
    ----------
    parts : the networks, in the order of their channels.
    """

    parts: tuple[ImageNetworkSpec, ...]

    @property
    def maps(self) -> tuple[str, ...]:
        """The last feature map of each part, as it is called here."""
        return tuple(layer_of(part, part.feature_layers[-1]) for part in self.parts)


def layer_of(part: ImageNetworkSpec, layer: str) -> str:
    """What a layer of a part is called."""
    return f"{part.name}_{layer}"


def names_in(name: str) -> list[str]:
    """Those of the networks that a name stands for; one for a name without a plus sign."""
    return name.split(SEPARATOR)


def joined(
    name: str, network: Callable[[str], NetworkSpec], order: Sequence[str]
) -> JoinedNetworkSpec:
    """The networks of a name with plus signs, side by side.

    Parameters
    ----------
    network : finds one by its name.
    order : in which networks are named, so that the same ones have one name.

    Raises
    ------
    InvalidInputError
        If there are too many, one of them twice, or one without a feature map; if they are named in
        another order.
    UnknownNameError
        If there is no such network.
    """
    names = names_in(name)
    parts = [network(each) for each in names]
    if len(names) > MOST or len({*names}) < len(names):
        raise InvalidInputError(
            f"Expected two to {MOST} different networks side by side. Received: {name[:200]}."
        )
    in_order = SEPARATOR.join(sorted(names, key=order.index))
    if name != in_order:
        raise InvalidInputError(f"Expected the networks as {in_order}. Received: {name}.")
    return _join(name, [_part(part) for part in parts])


def _part(spec: NetworkSpec) -> ImageNetworkSpec:
    if not isinstance(spec, ImageNetworkSpec) or not spec.builder or not spec.feature_layers:
        raise InvalidInputError(
            f"Expected networks for photos with a feature map side by side. Received: {spec.title}."
        )
    return spec


def _join(name: str, parts: Sequence[ImageNetworkSpec]) -> JoinedNetworkSpec:
    sources = [source for part in parts for source in (part.weights, *part.companions)]
    return JoinedNetworkSpec(
        name=name,
        title=" + ".join(part.title for part in parts),
        family="Side by side",
        parameters=None,
        licence="; ".join(dict.fromkeys(part.licence for part in parts)),
        weights=sources[0],
        companions=tuple(sources[1:]),
        download_bytes=sum(part.download_bytes for part in parts),
        reference="; ".join(dict.fromkeys(part.reference for part in parts)),
        builder="core.engine.side_by_side:build",
        input_size=max(part.input_size for part in parts),
        preprocessing=Preprocessing(),
        feature_layers=(MAPS,),
        embedding_layer=None,
        head="none",
        classes=0,
        published=None,
        note="; ".join(filter(None, dict.fromkeys(part.note for part in parts))),
        parts=tuple(parts),
    )
