"""Photos to start with: those first that the networks are right about."""

from __future__ import annotations

from pages._ui.inputs import SAMPLE_PHOTOS, NamedPhoto
from pages._ui.samples import CAMERAMAN

_COFFEE, *_OTHERS = SAMPLE_PHOTOS
SAMPLES = (
    _COFFEE,
    NamedPhoto(CAMERAMAN.name, CAMERAMAN.photo, CAMERAMAN.credit),
    *_OTHERS,
)
"""Espresso, tripod, a cat, palace, say all networks that come with the app; then the doubts."""

WRONG = {
    "Flower": (
        "No class fits well: ImageNet has only a few flowers, so “daisy” gets a low probability."
    ),
    "Rocket": "ImageNet has missiles but no space rockets, so the rocket becomes one of those.",
    "Astronaut": (
        "ImageNet has no class for people, so the space suit becomes the most similar class."
    ),
}
"""Of each sample that they are wrong about, why."""
