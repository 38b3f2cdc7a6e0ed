"""What data sets of labelled examples share: files in folders, corrections, a seeded split."""

from __future__ import annotations

import hashlib
import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import PurePosixPath
from typing import Any, ClassVar, NamedTuple, Self, TypeVar

import numpy as np

from core.errors import InvalidInputError
from core.media import ArchiveMember

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class SkippedFile:
    """A file that is not in the data set, and why."""

    name: str
    reason: str


class LabelledFile(NamedTuple):
    """A file whose `label` is the name of its class; `error` says why there is no data."""

    name: str
    label: str
    data: bytes
    error: InvalidInputError | None = None


def in_folders(members: Iterable[ArchiveMember]) -> Iterator[LabelledFile]:
    """Files of a zip whose folders are the classes; the innermost folder counts."""
    for member in members:
        label = PurePosixPath(member.name).parent.name
        yield LabelledFile(member.name, label, member.data, member.error)


def by_class(files: Mapping[str, Iterable[tuple[str, bytes]]]) -> Iterator[LabelledFile]:
    """Files given class by class, as names with what is in them."""
    for label, named in files.items():
        for name, data in named:
            yield LabelledFile(name, label, data)


def checked(
    files: Iterable[LabelledFile], check: Callable[[bytes], T], *, threads: int, what: str
) -> tuple[list[tuple[LabelledFile, T]], tuple[SkippedFile, ...]]:
    """The files that can be used, with what `check` says of them; and the others.

    Parameters
    ----------
    check : of what is in a file; raises InvalidInputError if it cannot be used.
    threads : that check at once.
    what : what the files are, in the plural, for the message: "photos".

    Raises
    ------
    InvalidInputError
        If none can be used.
    """

    def one(file: LabelledFile) -> tuple[LabelledFile, T | InvalidInputError]:
        try:
            if file.error is not None:
                raise file.error
            if not file.label:
                raise InvalidInputError("It lies in no folder, so it has no class.")
            return file, check(file.data)
        except InvalidInputError as err:
            return file, err

    found: list[tuple[LabelledFile, T]] = []
    skipped: list[SkippedFile] = []
    with ThreadPoolExecutor(threads) as pool:
        for file, said in pool.map(one, files):
            if isinstance(said, InvalidInputError):
                skipped.append(SkippedFile(file.name, str(said)))
            else:
                found.append((file, said))
    if not found:
        example = f" {skipped[0].name}: {skipped[0].reason}" if skipped else ""
        raise InvalidInputError(
            f"Expected {what} in folders, one folder for each class. "
            f"Received: {len(skipped)} {what}, none of which can be used.{example}"
        )
    return found, tuple(skipped)


class LabelledExamples(ABC):
    """Examples of named classes. Nothing changes a data set: corrections make another.

    Children are frozen dataclasses with `classes`, `skipped`, and the examples in the field that
    `examples` names; each example is a frozen dataclass with a `label`, the position of its class.
    """

    examples: ClassVar[str]
    classes: tuple[str, ...]
    skipped: tuple[SkippedFile, ...]

    @staticmethod
    @abstractmethod
    def _content(example: Any) -> bytes:
        """What tells an example from others, whatever it is called."""

    @property
    def members(self) -> tuple[Any, ...]:
        """The examples, whatever their field is called."""
        return getattr(self, self.examples)

    @property
    def labels(self) -> np.ndarray:
        """(N,) int64: the label of each example."""
        return np.array([example.label for example in self.members], np.int64)

    @cached_property
    def digests(self) -> tuple[str, ...]:
        """Of the content of each example, whatever it is called and labelled."""
        return tuple(
            hashlib.blake2b(self._content(example), digest_size=16).hexdigest()
            for example in self.members
        )

    @cached_property
    def digest(self) -> str:
        """Of classes, labels and contents: the same for data sets that would train alike."""
        whole = json.dumps([self.classes, self.labels.tolist(), self.digests])
        return hashlib.blake2b(whole.encode(), digest_size=16).hexdigest()

    def counts(self) -> dict[str, int]:
        """Examples of each class."""
        numbers = np.bincount(self.labels, minlength=len(self.classes))
        return dict(zip(self.classes, numbers.tolist(), strict=True))

    def split(self, held_out: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
        """Divide the examples in two; see `split_by_content`.

        Raises
        ------
        InvalidInputError
            If there are fewer than two classes, or a class with fewer than two examples.
        """
        contents = [self._content(example) for example in self.members]
        return split_by_content(
            contents, self.labels, self.classes, held_out, seed, what=self.examples
        )

    def at(self, positions: Sequence[int] | np.ndarray) -> Self:
        """The data set of the examples at some positions, in that order, with all classes."""
        examples = self.members
        return self._with([examples[i] for i in positions])

    def without(self, positions: Collection[int]) -> Self:
        """The same data set with some examples left out."""
        return self._with([one for i, one in enumerate(self.members) if i not in positions])

    def relabelled(self, classes: Mapping[int, str]) -> Self:
        """The same data set with other classes for the examples at some positions."""
        examples = list(self.members)
        for position, name in classes.items():
            examples[position] = replace(examples[position], label=self.classes.index(name))
        return self._with(examples)

    def _with(self, examples: Sequence[Any]) -> Self:
        return replace(self, **{self.examples: tuple(examples)})


def split_by_content(
    contents: Sequence[bytes],
    labels: np.ndarray,
    classes: Sequence[str],
    held_out: float,
    seed: int,
    *,
    what: str,
) -> tuple[np.ndarray, np.ndarray]:
    """Divide examples in two, each class in the same proportion.

    The seed and its own bytes decide where an example comes in the order of its class, so that
    nearly every one keeps its part when others come, go or change their class.

    Parameters
    ----------
    contents : N byte strings
    labels : (N,) int64, positions in `classes`
    held_out : float in (0, 1), the share of each class in the second part.
    seed : int
    what : what the examples are, in the plural, for the messages: "photos".

    Returns
    -------
    (n,) and (m,) int64: positions of the examples of the two parts, in random order.

    Raises
    ------
    InvalidInputError
        If there are fewer than two classes, or a class with fewer than two examples.
    """
    counts = np.bincount(labels, minlength=len(classes))
    poor = [name for name, count in zip(classes, counts, strict=True) if count < 2]
    if len(classes) < 2 or poor:
        raise InvalidInputError(
            f"Expected at least two classes with at least two {what} each. Received: "
            f"{len(classes)} classes; with too few {what}: {', '.join(poor) or 'none'}."
        )
    places = [_place(content, seed) for content in contents]
    order = np.array(sorted(range(len(places)), key=places.__getitem__), np.int64)
    sorted_labels = labels[order]
    held = np.zeros(len(order), bool)
    for label in range(len(classes)):
        members = np.flatnonzero(sorted_labels == label)
        second = min(max(1, round(held_out * members.size)), members.size - 1)
        held[members[:second]] = True
    return order[~held], order[held]


def _place(content: bytes, seed: int) -> bytes:
    return hashlib.blake2b(content, digest_size=16, key=str(seed).encode()).digest()
