"""Classifiers that people train and keep: networks by names that whoever keeps them resolves.

Such a name is a prefix, a colon, and what tells one classifier from all others. It can't be
guessed where not everybody may use it, so no list of such names is to be had here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from core.zoo.labels import ClassLabels
from core.zoo.spec import ImageNetworkSpec, Modality, NetworkSpec, SavedFile


@dataclass(frozen=True, slots=True, kw_only=True)
class Tested:
    """What a classifier reached on examples that it was not trained on.

    Attributes
    ----------
    accuracy : float in [0, 1]
    examples : int, how many they were.
    data : what they are called.
    """

    accuracy: float
    examples: int
    data: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedClassifier(NetworkSpec):
    """A classifier of texts or sounds that somebody has saved; a domain knows its files.

    Attributes
    ----------
    labels : ClassLabels, those of its data set, without WordNet ids.
    tested : Tested or None, where nobody knows.
    """

    weights: SavedFile
    labels: ClassLabels
    tested: Tested | None = None

    @classmethod
    def of(
        cls,
        modality: Modality,
        name: str,
        title: str,
        path: Path,
        classes: tuple[str, ...],
        tested: Tested | None,
    ) -> SavedClassifier:
        """That of a file."""
        return cls(
            name=name,
            title=title,
            family="Trained here",
            modality=modality,
            parameters=None,
            licence="yours",
            weights=SavedFile(path=path),
            download_bytes=0,
            reference="",
            labels=ClassLabels(("",) * len(classes), classes),
            tested=tested,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedImageNetwork(ImageNetworkSpec):
    """A classifier of photos that somebody has saved: its compiled form, at once ready.

    Attributes
    ----------
    labels, tested : as for `SavedClassifier`; there is no published accuracy.
    """

    weights: SavedFile
    labels: ClassLabels
    tested: Tested | None = None


SavedSpec = SavedClassifier | SavedImageNetwork
Opener = Callable[[str], SavedSpec]
_openers: dict[str, Opener] = {}


def add_source(prefix: str, opener: Opener) -> None:
    """Let names that begin with `prefix` and a colon be resolved by `opener`.

    Parameters
    ----------
    prefix : letters and digits.
    opener : called with a whole name, often; a name stands for the same classifier for good.
        Raises UnknownNameError, without any other name in it, if it stands for none.
    """
    _openers[prefix] = opener


def is_saved(name: str) -> bool:
    """Whether somebody's classifier is meant, be it there or not."""
    prefix, colon, _ = name.partition(":")
    return bool(colon) and prefix in _openers


def saved(name: str) -> SavedSpec:
    """The classifier of that name, for which `is_saved` holds.

    Raises
    ------
    UnknownNameError
        If there is none, or none any more.
    """
    return _openers[name.partition(":")[0]](name)
