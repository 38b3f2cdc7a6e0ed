"""Examples of a data set, the files that they come from, and files that cannot be used."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Generic, NamedTuple, TypeVar

from core.errors import InvalidInputError

T = TypeVar("T")
ExampleT = TypeVar("ExampleT", bound="LabelledExample")


@dataclass(frozen=True, slots=True)
class LabelledExample(ABC):
    """What a classifier learns from; `label` is the position of its class in the data set."""

    name: str
    label: int

    @property
    @abstractmethod
    def content(self) -> bytes:
        """What tells it from other examples, whatever it is called."""


@dataclass(frozen=True, slots=True)
class EncodedExample(LabelledExample):
    """An example in a file, encoded as it came."""

    data: bytes = field(repr=False)

    @property
    def content(self) -> bytes:
        return self.data


@dataclass(frozen=True, slots=True)
class SkippedFile:
    """A file that is not in the data set, and why."""

    name: str
    reason: str


class LabelledFile(NamedTuple, Generic[T]):
    """A file whose `label` is the name of its class; `error` says why there is no content."""

    name: str
    label: str
    content: T
    error: InvalidInputError | None = None


def without_repeats(
    labelled: Iterable[tuple[str, ExampleT]],
) -> tuple[list[tuple[str, ExampleT]], list[SkippedFile]]:
    """Each content once, as it came first: twice, it could be on both sides of a split."""
    firsts: dict[bytes, tuple[str, ExampleT]] = {}
    repeats: list[SkippedFile] = []
    for label, example in labelled:
        first_label, first = firsts.setdefault(example.content, (label, example))
        if first is not example:
            reason = f"The same as {first.name}, which is labelled {first_label}."
            repeats.append(SkippedFile(example.name, reason))
    return list(firsts.values()), repeats
