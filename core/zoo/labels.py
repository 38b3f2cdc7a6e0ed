"""The classes that classifiers tell apart, first of all ImageNet's."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources

from core.errors import InvalidInputError
from core.wording import counted


@dataclass(frozen=True, slots=True)
class ClassLabels:
    """Classes, parallel to a network's scores.

    Attributes
    ----------
    wnids : tuple of str, WordNet ids such as `n02123045`; empty where there is none.
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
            if wnid_or_name and wnid_or_name in column:
                return column.index(wnid_or_name)
        raise InvalidInputError(
            f"Expected the name of one of {counted(len(self.names), 'class')}, such as "
            f"{self.names[0]!r}, "
            f"or its WordNet id. Received: {wnid_or_name!r}."
        )


@cache
def imagenet_classes() -> ClassLabels:
    """The 1,000 classes of ILSVRC-2012, in the order of the networks' outputs."""
    text = resources.files("core.zoo").joinpath("imagenet_classes.tsv").read_text("utf-8")
    rows = [line.split("\t") for line in text.splitlines() if not line.startswith("#")]
    wnids, names = zip(*rows, strict=True)
    return ClassLabels(wnids, names)
