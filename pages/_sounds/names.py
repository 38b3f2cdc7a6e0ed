"""What the page calls classes, and what heads were given."""

from __future__ import annotations


def class_title(label: str) -> str:
    """A class in words."""
    return label.replace("_", " ")


INPUTS = {
    "photos": "Photos",
    "book": "Photos, three channels",
    "birds": "Birdsong",
    "both": "Photos and birdsong",
}
"""What heads were given in the recipe."""
