"""Classifiers of texts that were saved, by their names; their file is that of an export."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

from core import engine, zoo
from core.errors import InvalidInputError
from core.text.transfer.classifier import TextClassifier
from core.text.transfer.file import classes_in, unpacked_bytes


def network_of(
    name: str, title: str, path: Path, *, tested: zoo.Tested | None = None
) -> zoo.SavedClassifier:
    """What `core.zoo` is to know of a classifier whose file lies there.

    Raises
    ------
    InvalidInputError
        If the file is damaged.
    """
    try:
        classes = classes_in(path)
    except (KeyError, TypeError, ValueError, zipfile.BadZipFile) as err:
        raise InvalidInputError(
            "Expected a classifier of texts that was saved here. This one is damaged."
        ) from err
    return zoo.SavedClassifier.of("text", name, title, path, classes, tested)


def model_of(name: str) -> TextClassifier:
    """The pooled classifier that somebody has saved under that name.

    Raises
    ------
    UnknownNameError, InvalidInputError
        If there is none, or if it is another network.
    MemoryBudgetError
        If it cannot be held here.
    """
    spec = zoo.saved_classifier(name, "text")

    def load(reserve: Callable[[int], None]) -> TextClassifier:
        reserve(unpacked_bytes(spec.weights.path))
        return TextClassifier.load(spec.weights.path.read_bytes())

    return engine.pooled(TextClassifier, engine.NetworkKey(spec.name, None, "f32"), load)
