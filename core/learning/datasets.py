"""Data sets of labelled examples: read from folders, checked, corrected, divided by a seed."""

from __future__ import annotations

import hashlib
import json
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property
from typing import ClassVar, Generic, Self, TypeVar

import numpy as np

from core.engine import machine
from core.errors import InvalidInputError
from core.learning.examples import LabelledExample, LabelledFile, SkippedFile, without_repeats
from core.learning.folders import (
    FolderLayout,
    class_folder,
    class_levels,
    class_name,
    likeliest_level,
)
from core.media import ARCHIVE_LIMITS, ArchiveLimits, Source, read_zip
from core.media.zip_names import decode_name
from core.wording import counted

UNLABELLED = ""
"""The class of an example without one."""
ExampleT = TypeVar("ExampleT", bound=LabelledExample)
ContentT = TypeVar("ContentT")


@dataclass(frozen=True)
class LabelledExamples(ABC, Generic[ExampleT, ContentT]):
    """Examples of named classes. Nothing changes a data set: corrections make another.

    A kind of data set says how it reads one example, in `_read`, and describes itself in the
    class variables. `ContentT` is what `from_classes` takes besides bytes.

    Attributes
    ----------
    classes : tuple of str, sorted.
    members : tuple of examples
    skipped : tuple of SkippedFile
    layout : FolderLayout or None
        How the folders of an archive were read; None of what did not come from one.
    beside : tuple of examples of an archive that lie beside the folders of the classes.
    """

    noun: ClassVar[str]
    """What the examples are, in the plural: "photos"."""
    expected: ClassVar[str]
    """What can be read: "photos in folders, one folder for each class"."""
    unlabelled: ClassVar[str] = "It lies in no folder, so it has no class."
    unplaced: ClassVar[str] = "It lies beside the folders of the classes."
    least_per_class: ClassVar[int] = 3
    """Examples of each class that training needs."""
    limits: ClassVar[ArchiveLimits] = ARCHIVE_LIMITS
    reading_waits: ClassVar[bool] = True
    """Whether reading an example lets other threads run."""
    keeps_repeats: ClassVar[bool] = True
    """Whether the same content may be there twice."""

    classes: tuple[str, ...]
    members: tuple[ExampleT, ...]
    skipped: tuple[SkippedFile, ...] = ()
    layout: FolderLayout | None = None
    beside: tuple[ExampleT, ...] = ()

    @classmethod
    @abstractmethod
    def _read(cls, name: str, content: bytes | ContentT) -> ExampleT:
        """The example in a file; its label counts for nothing yet.

        Raises
        ------
        InvalidInputError
            If the file cannot be used.
        """

    @classmethod
    def from_zip(cls, archive: Source) -> Self:
        """The files of a zip whose folders are the classes.

        Which folder of a path that is, and in which encoding names are, is guessed; see `layout`,
        and `read_as` for another reading. A file that cannot be used, or lies beside the folders
        of the classes, is listed in `skipped` and does not end the reading.

        Raises
        ------
        InvalidInputError
            If the archive is refused (see `core.media.read_zip`), or holds no file in a folder
            that can be used.
        """
        members = read_zip(archive, limits=cls.limits)
        labelled, skipped = cls._usable(
            LabelledFile(member.name, member.name.rpartition("/")[0], member.data, member.error)
            for member in members
        )
        examples = [example for _, example in labelled]
        levels = class_levels([example.name for example in examples])
        layout = FolderLayout(
            likeliest_level(levels), levels, members.encoding, members.stored_names
        )
        return cls._in_folders(examples, skipped, layout)

    def read_as(self, *, level: int | None = None, encoding: str | None = None) -> Self:
        """The same archive with the folders at another level, or with names in another encoding.

        Raises
        ------
        InvalidInputError
            If it did not come from an archive, or has no folders at that level.
        """
        layout = self.layout
        if layout is None:
            raise InvalidInputError("Expected examples from a ZIP file. Received: others.")
        names: dict[str, str] = {}
        if encoding is not None:
            names = {name: decode_name(raw, encoding) for name, raw in layout.stored_names.items()}

        def renamed(name: str) -> str:
            return names.get(name, name)

        examples = [replace(one, name=renamed(one.name)) for one in (*self.members, *self.beside)]
        beside = {one.name for one in self.beside}
        layout = FolderLayout(
            layout.level if level is None else level,
            class_levels([one.name for one in examples]),
            encoding or layout.encoding,
            {renamed(name): raw for name, raw in layout.stored_names.items()},
        )
        skipped = [
            SkippedFile(renamed(file.name), file.reason)
            for file in self.skipped
            if file.name not in beside
        ]
        return self._in_folders(examples, skipped, layout)

    @classmethod
    def _in_folders(
        cls, examples: Iterable[ExampleT], skipped: list[SkippedFile], layout: FolderLayout
    ) -> Self:
        placed, beside = [], []
        for example in examples:
            label = class_folder(example.name, layout.level)
            if label:
                placed.append((label, example))
            else:
                beside.append(example)
        skipped = [*skipped, *(SkippedFile(one.name, cls.unplaced) for one in beside)]
        dataset = cls._of(placed, skipped)
        return replace(dataset, layout=layout, beside=tuple(beside))

    @classmethod
    def from_classes(cls, files: Mapping[str, Iterable[tuple[str, bytes | ContentT]]]) -> Self:
        """Examples given class by class, as names with contents.

        Raises
        ------
        InvalidInputError
            If none can be used.
        """
        return cls._from_files(
            LabelledFile(name, label, content)
            for label, named in files.items()
            for name, content in named
        )

    @classmethod
    def without_labels_from_zip(cls, archive: Source) -> Self:
        """The files of a zip in any folders or in none.

        Where folders differ they are classes as in `from_zip`, which may mean something or not;
        what lies beside them is of the class `UNLABELLED`.

        Raises
        ------
        InvalidInputError
            If the archive is refused (see `core.media.read_zip`), or holds nothing of use.
        """
        members = read_zip(archive, limits=cls.limits)
        return cls._without_labels(
            LabelledFile(member.name, "", member.data, member.error) for member in members
        )

    @classmethod
    def without_labels(cls, files: Iterable[tuple[str, bytes | ContentT]]) -> Self:
        """As `without_labels_from_zip`, of names or paths with contents."""
        return cls._without_labels(LabelledFile(name, "", content) for name, content in files)

    @classmethod
    def _without_labels(cls, files: Iterable[LabelledFile[bytes | ContentT]]) -> Self:
        usable, skipped = cls._usable(file._replace(label="any") for file in files)
        examples = [example for _, example in usable]
        level = likeliest_level(class_levels([example.name for example in examples]))
        return cls._of(
            [(class_folder(one.name, level) or UNLABELLED, one) for one in examples], skipped
        )

    @classmethod
    def _from_files(cls, files: Iterable[LabelledFile[bytes | ContentT]]) -> Self:
        return cls._of(*cls._usable(files))

    @classmethod
    def _usable(
        cls, files: Iterable[LabelledFile[bytes | ContentT]]
    ) -> tuple[list[tuple[str, ExampleT]], list[SkippedFile]]:
        """Examples with their labels, and what cannot be used."""
        labelled: list[tuple[str, ExampleT]] = []
        skipped: list[SkippedFile] = []
        for file, example in cls._examples(files):
            if isinstance(example, InvalidInputError):
                skipped.append(SkippedFile(file.name, str(example)))
            else:
                labelled.append((class_name(file.label), example))
        return labelled, skipped

    @classmethod
    def _of(cls, labelled: list[tuple[str, ExampleT]], skipped: list[SkippedFile]) -> Self:
        if not labelled:
            first = f" {skipped[0].name}: {skipped[0].reason}" if skipped else ""
            raise InvalidInputError(
                f"Expected {cls.expected}. Received: {counted(len(skipped), 'file')}, none of "
                f"which can be used.{first}"
            )
        if not cls.keeps_repeats:
            labelled, repeats = without_repeats(labelled)
            skipped = skipped + repeats
        classes = tuple(sorted({label for label, _ in labelled}))
        places = {name: i for i, name in enumerate(classes)}
        members = tuple(replace(example, label=places[label]) for label, example in labelled)
        return cls(classes, members, tuple(skipped))

    @classmethod
    def _examples(
        cls, files: Iterable[LabelledFile[bytes | ContentT]]
    ) -> Iterator[tuple[LabelledFile[bytes | ContentT], ExampleT | InvalidInputError]]:
        """Each file with its example, or with what is wrong with it."""

        def read(
            file: LabelledFile[bytes | ContentT],
        ) -> tuple[LabelledFile[bytes | ContentT], ExampleT | InvalidInputError]:
            try:
                if file.error is not None:
                    raise file.error
                if not file.label.strip():
                    raise InvalidInputError(cls.unlabelled)
                return file, cls._read(file.name, file.content)
            except InvalidInputError as err:
                return file, err

        if not cls.reading_waits:
            yield from map(read, files)
            return
        with ThreadPoolExecutor(machine().cores) as pool:
            yield from pool.map(read, files)

    def check(self) -> None:
        """Read every example again, as for a data set that comes from elsewhere.

        Raises
        ------
        InvalidInputError
            If one cannot be used, or is not what the data set says of it.
        """
        every = (*self.members, *self.beside)
        files: Iterator[LabelledFile[bytes | ContentT]] = (
            LabelledFile(one.name, "class", one.content) for one in every
        )
        for (_, read), example in zip(self._examples(files), every, strict=True):
            if isinstance(read, InvalidInputError):
                raise InvalidInputError(f"{example.name}: {read}") from read
            if replace(read, label=example.label) != example:
                raise InvalidInputError(f"{example.name}: It is not what its data set says.")

    @property
    def labels(self) -> np.ndarray:
        """(N,) int64: the label of each example."""
        return np.array([example.label for example in self.members], np.int64)

    @cached_property
    def digests(self) -> tuple[str, ...]:
        """Of the content of each example, whatever it is called and labelled."""
        return tuple(
            hashlib.blake2b(example.content, digest_size=16).hexdigest() for example in self.members
        )

    @cached_property
    def _ranks(self) -> dict[int, list[bytes]]:
        """Of the contents, by seed: hashing 400 MB takes more than half a second."""
        return {}

    @cached_property
    def digest(self) -> str:
        """Of classes, labels and contents: the same for data sets that would train alike."""
        described = json.dumps([self.classes, self.labels.tolist(), self.digests])
        return hashlib.blake2b(described.encode(), digest_size=16).hexdigest()

    def counts(self) -> dict[str, int]:
        """Examples of each class."""
        numbers = np.bincount(self.labels, minlength=len(self.classes))
        return dict(zip(self.classes, numbers.tolist(), strict=True))

    def split(self, held_out: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
        """Divide the examples in two, each class in the same proportion.

        The seed and its own content decide where an example comes in the order of its class, so
        that nearly every one keeps its part when others come, go or change their class.

        Parameters
        ----------
        held_out : float in (0, 1), the share of each class in the second part.
        seed : int

        Returns
        -------
        (n,) and (m,) int64: positions of the examples of the two parts, in random order.

        Raises
        ------
        InvalidInputError
            If there are fewer than two classes, or a class with fewer than two examples.
        """
        poor = [name for name, count in self.counts().items() if count < 2]
        if len(self.classes) < 2 or poor:
            raise InvalidInputError(
                f"Expected at least two classes with at least two {self.noun} each. Received: "
                f"{counted(len(self.classes), 'class')}; with too few {self.noun}: "
                f"{', '.join(poor) or 'none'}."
            )
        ranks = self._ranks.get(seed)
        if ranks is None:
            ranks = self._ranks[seed] = [_rank(one.content, seed) for one in self.members]
        order = np.array(sorted(range(len(ranks)), key=ranks.__getitem__), np.int64)
        sorted_labels = self.labels[order]
        held = np.zeros(len(order), bool)
        for label in range(len(self.classes)):
            of_class = np.flatnonzero(sorted_labels == label)
            second = min(max(1, round(held_out * of_class.size)), of_class.size - 1)
            held[of_class[:second]] = True
        return order[~held], order[held]

    def folds(self, most: int, seed: int) -> np.ndarray:
        """(N,) int64: to which of at most `most` folds of equal size each example belongs.

        As many as every class has examples in each; one if that is less than two.
        """
        folds, rest = np.zeros(len(self.members), np.int64), np.arange(len(self.members))
        for left in range(min([most, *self.counts().values()]), 1, -1):
            others, fold = self.at(rest).split(1 / left, seed + left)
            folds[rest[fold]] = left
            rest = rest[others]
        return folds

    def at(self, positions: Sequence[int] | np.ndarray) -> Self:
        """The data set of the examples at some positions, in that order, with all classes."""
        other = replace(self, members=tuple(self.members[i] for i in positions))
        ranks = {seed: [every[i] for i in positions] for seed, every in self._ranks.items()}
        return other._with_known(ranks=ranks)

    def without(self, positions: Collection[int]) -> Self:
        """The same data set with some examples left out."""
        return self.at([i for i in range(len(self.members)) if i not in positions])

    def relabelled(self, classes: Mapping[int, str]) -> Self:
        """The same data set with other classes for the examples at some positions."""
        members = list(self.members)
        for position, name in classes.items():
            members[position] = replace(members[position], label=self.classes.index(name))
        return replace(self, members=tuple(members))._with_known(
            digests=vars(self).get("digests"), ranks=self._ranks
        )

    def _with_known(
        self, *, digests: tuple[str, ...] | None = None, ranks: dict[int, list[bytes]]
    ) -> Self:
        """This data set; what is known of its contents is not computed again."""
        if digests is not None:
            vars(self)["digests"] = digests
        vars(self)["_ranks"] = ranks
        return self


def _rank(content: bytes, seed: int) -> bytes:
    return hashlib.blake2b(content, digest_size=16, key=str(seed).encode()).digest()
