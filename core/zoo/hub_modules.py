"""TF-Hub modules that a visitor types in, and what can be said of each before it is loaded."""

from __future__ import annotations

import re
from typing import TypedDict

from core.zoo.spec import (
    HubModule,
    ImageNetworkSpec,
    Preprocessing,
    SoundEncoderSpec,
    TextEncoderSpec,
)


def is_handle(name: str) -> bool:
    """Whether `name` is no name of the table but the URL or the folder of a TF-Hub module."""
    return "://" in name or "/" in name or "\\" in name


def image_module(handle: str) -> ImageNetworkSpec:
    """What can be said of a TF-Hub image module.

    Modules take RGB in [0, 1] (https://www.tensorflow.org/hub/common_signatures/images); their
    size, if their signature leaves it open, stands in their name, as in `mobilenet_v2_100_224`.
    """
    words = _words_of(handle)
    numbers = re.findall(r"(?<!\d)\d{3}(?!\d)", " ".join(words[-2:]))
    sizes = [int(number) for number in numbers if 96 <= int(number) <= 800]
    title = " ".join(w for w in words[-2:] if w not in ("classification", "feature_vector"))
    return ImageNetworkSpec(
        **_module(handle, title),
        input_size=sizes[-1] if sizes else 224,
        preprocessing=Preprocessing(scale=(255.0,) * 3),
        feature_layers=(),
        embedding_layer=None,
        head="other",
        classes=0,
        published=None,
    )


def text_module(handle: str) -> TextEncoderSpec:
    """What can be said of a TF-Hub text embedding."""
    return TextEncoderSpec(
        **_module(handle, _words_of(handle)[-1]),
        tokenizer="",
        dimension=0,
        max_tokens=0,
        languages=(),
    )


def sound_module(handle: str) -> SoundEncoderSpec:
    """What can be said of a TF-Hub sound tagger; all are like YAMNet."""
    return SoundEncoderSpec(
        **_module(handle, _words_of(handle)[-1]), rate=16_000, window=15_600, dimension=0
    )


class _Module(TypedDict):
    name: str
    title: str
    family: str
    parameters: int | None
    licence: str
    weights: HubModule
    download_bytes: int
    reference: str
    note: str
    builder: str


def _module(handle: str, title: str) -> _Module:
    return {
        "name": handle,
        "title": title,
        "family": "TF-Hub",
        "parameters": None,
        "licence": "see the module's page",
        "weights": HubModule(handle=handle),
        "download_bytes": 0,
        "reference": handle,
        "note": "A module typed in by a visitor; what it is was read from its signature.",
        "builder": "",
    }


def _words_of(handle: str) -> list[str]:
    """The parts of a URL or path, without versions."""
    parts = [part for part in re.split(r"[/\\]", handle.split("://")[-1]) if part]
    return [part for part in parts if not part.isdecimal()] or parts
