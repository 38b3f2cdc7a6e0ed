"""Colours for grey photos: what a network holds probable, place by place."""

from core.vision.colorization.hints import ColorHint
from core.vision.colorization.painting import (
    COLORIZER,
    ENCODER,
    MAPS,
    MOST_SATURATION,
    PLACES,
    SIDE,
    TILE,
    ColorGuess,
    best_temperature,
    colorize,
    frequency,
    guess,
    network_inputs,
    paint,
)

__all__ = [
    "COLORIZER",
    "ENCODER",
    "MAPS",
    "MOST_SATURATION",
    "PLACES",
    "SIDE",
    "TILE",
    "ColorGuess",
    "ColorHint",
    "best_temperature",
    "colorize",
    "frequency",
    "guess",
    "network_inputs",
    "paint",
]
