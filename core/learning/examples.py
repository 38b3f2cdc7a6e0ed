"""Examples of a data set, the files that they come from, and files that cannot be used."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import Generic, NamedTuple, TypeVar

from core.errors import InvalidInputError

T = TypeVar("T")


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
