"""What the page calls classes and models."""

from __future__ import annotations

from core import zoo
from core.sound import classification


def class_title(label: str) -> str:
    """A class in words."""
    return label.replace("_", " ")


def model_title(name: str) -> str:
    """A classifier, and how often it was right in the recipe's test."""
    spec = zoo.network(name)
    return f"{classification.models()[name]} · {spec.card['metrics']['accuracy']:.1%}"


INPUTS = {
    "photos": "Photos",
    "book": "Photos, three channels",
    "birds": "Birdsong",
    "both": "Photos and birdsong",
}
"""What heads were given in the recipe."""
