"""What is on a photo, in a sentence."""

from core.vision.captioning.captioner import (
    CAPTIONER,
    DEFAULT_WIDTH,
    MOST_WIDTH,
    Caption,
    Captioner,
    CaptionSearch,
    CaptionStep,
    caption,
    captioner,
    explore,
    feature_map,
    next_words,
    squashed,
)

__all__ = [
    "CAPTIONER",
    "DEFAULT_WIDTH",
    "MOST_WIDTH",
    "Caption",
    "CaptionSearch",
    "CaptionStep",
    "Captioner",
    "caption",
    "captioner",
    "explore",
    "feature_map",
    "next_words",
    "squashed",
]
