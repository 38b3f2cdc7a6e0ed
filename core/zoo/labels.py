"""The classes that ImageNet classifiers tell apart."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources

from core.errors import InvalidInputError


@dataclass(frozen=True, slots=True)
class ClassLabels:
    """The 1,000 classes of ILSVRC-2012, parallel to a network's scores.

    Attributes
    ----------
    wnids : tuple of str, WordNet ids such as `n02123045`.
    names : tuple of str, such as `tabby`; unique.
    """

    wnids: tuple[str, ...]
    names: tuple[str, ...]

    def index(self, wnid_or_name: str) -> int:
        """Column of a class.

        Raises
        ------
        InvalidInputError
            If no class has that WordNet id or name.
        """
        for column in (self.wnids, self.names):
            if wnid_or_name in column:
                return column.index(wnid_or_name)
        raise InvalidInputError(
            f"Expected a WordNet id or the name of an ImageNet class. Received: {wnid_or_name!r}."
        )


@cache
def imagenet_classes() -> ClassLabels:
    """The classes in the order of the networks' outputs."""
    text = resources.files("core.zoo").joinpath("imagenet_classes.tsv").read_text("utf-8")
    rows = [line.split("\t") for line in text.splitlines() if not line.startswith("#")]
    wnids, names = zip(*rows, strict=True)
    return ClassLabels(wnids, names)
