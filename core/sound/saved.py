"""Classifiers of sounds that were saved, by their names; their file is that of a layer."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from core import engine, zoo
from core.sound.heads import SoundHead


def network_of(
    name: str, title: str, path: Path, *, tested: zoo.Tested | None = None
) -> zoo.SavedClassifier:
    """What `core.zoo` is to know of a classifier whose layer lies there.

    Raises
    ------
    InvalidInputError
        If the file is damaged.
    """
    classes = SoundHead.from_file(path).classes
    return zoo.SavedClassifier.of("sound", name, title, path, classes, tested)


def layer_of(name: str) -> SoundHead:
    """The pooled layer of the classifier that somebody has saved under that name.

    Raises
    ------
    UnknownNameError, InvalidInputError
        If there is none, or if it is another network.
    MemoryBudgetError
        If it cannot be held here.
    """
    spec = zoo.saved_classifier(name, "sound")

    def load(reserve: Callable[[int], None]) -> SoundHead:
        reserve(spec.weights.path.stat().st_size)
        return SoundHead.from_file(spec.weights.path)

    return engine.pooled(SoundHead, engine.NetworkKey(spec.name, None, "f32"), load)
