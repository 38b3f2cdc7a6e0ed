"""Dreams worth having: settings for networks that are there, and those of well-known examples."""

from __future__ import annotations

from dataclasses import replace

from core import zoo
from core.optvis.deep_dream import PRESETS, DreamSettings
from core.settings import settings as environment

OWN: dict[str, DreamSettings] = {
    "Graft: creatures": DreamSettings(),
    "Graft: engravings": DreamSettings(layers=(("block5a_expand_activation", 1.0),)),
    "Graft: animals": DreamSettings(
        network="efficientnet_lite2", layers=(("block6a_expand_activation", 1.0),)
    ),
}
"""Looked at and chosen, for the networks that need no download."""


def for_a_class(preset: DreamSettings) -> DreamSettings:
    """The preset with more and smoother steps, without which no class is to be seen."""
    return replace(preset, steps=32, jitter=32, smooth=(1.0, 3.0, 6.0))


def presets() -> dict[str, DreamSettings]:
    """Ours, then the examples' whose network is on this machine."""
    ready = {
        name: preset
        for name, preset in PRESETS.items()
        if zoo.is_on_disk(zoo.image_network(preset.network))
    }
    return {**OWN, **ready}


def missing() -> str:
    """What has to be fetched for the other presets, as a sentence; empty if nothing."""
    absent = [
        name
        for name, preset in PRESETS.items()
        if not zoo.is_on_disk(zoo.image_network(preset.network))
    ]
    if not absent:
        return ""
    where = "" if environment().offline else ", or on the page Backbone comparison"
    return (
        f"The settings of {', '.join(absent)} are for InceptionV3, whose weights are not on this "
        f"machine. Fetch them with `graft fetch inception_v3`{where}."
    )
