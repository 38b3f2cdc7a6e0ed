"""Texts with labels: from the rows of a table or the folders of a zip, checked and split."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from core.errors import InvalidInputError
from core.learning.datasets import LabelledExamples, SkippedFile
from core.media import ArchiveLimits, Source, decode_text, plain_text, read_table, read_zip

_LIMITS = ArchiveLimits(max_unpacked=512 << 20, max_member=8 << 20)
_MOST_CLASSES = 200


@dataclass(frozen=True, slots=True)
class LabelledText:
    """A text in plain words; `label` is the position of its class in `TextDataset.classes`."""

    name: str
    text: str
    label: int


@dataclass(frozen=True)
class TextDataset(LabelledExamples):
    """Texts of named classes. Nothing changes one: corrections make another.

    Attributes
    ----------
    classes : tuple of str, sorted.
    texts : tuple of LabelledText
    skipped : tuple of SkippedFile
    """

    examples = "texts"

    classes: tuple[str, ...]
    texts: tuple[LabelledText, ...]
    skipped: tuple[SkippedFile, ...] = ()

    @classmethod
    def from_table(
        cls, table: Source, *, text_column: str | None = None, label_column: str | None = None
    ) -> TextDataset:
        """The rows of a CSV file; see `core.media.read_table` for how columns are found.

        A row without a text or a label is listed in `skipped`.

        Raises
        ------
        InvalidInputError
            If the table is refused, has no labels, or too many different ones.
        UnknownNameError
            If there is no such column.
        """
        read = read_table(table, text_column=text_column, label_column=label_column)
        if read.labels is None:
            raise InvalidInputError(
                "Expected a table with a column of labels that repeat. Received: "
                f"{', '.join(map(repr, read.columns))}; name the column, or add one."
            )
        rows = zip(read.texts, read.labels, strict=True)
        return cls._checked((f"row {i}", label, text) for i, (text, label) in enumerate(rows, 1))

    @classmethod
    def from_zip(cls, archive: bytes | str | os.PathLike[str]) -> TextDataset:
        """The text files of a zip whose folders are the classes; the innermost folder counts.

        A file that cannot be used is listed in `skipped` and does not end the reading.

        Raises
        ------
        InvalidInputError
            If the archive is refused (see `core.media.read_zip`), holds no text in a folder, or
            too many folders.
        """
        return cls._checked(
            (
                member.name,
                PurePosixPath(member.name).parent.name,
                member.data if member.error is None else member.error,
            )
            for member in read_zip(archive, limits=_LIMITS)
        )

    @classmethod
    def from_classes(cls, texts: Mapping[str, Iterable[tuple[str, str]]]) -> TextDataset:
        """Texts given class by class, each with a name.

        Raises
        ------
        InvalidInputError
            If there is no text that can be used.
        """
        return cls._checked(
            (name, label, text) for label, named in texts.items() for name, text in named
        )

    @classmethod
    def _checked(
        cls, items: Iterable[tuple[str, str, str | bytes | InvalidInputError]]
    ) -> TextDataset:
        found: list[tuple[str, str, str]] = []
        skipped: list[SkippedFile] = []
        for name, label, content in items:
            try:
                found.append((name, label, _words(label, content)))
            except InvalidInputError as err:
                skipped.append(SkippedFile(name, str(err)))
        if not found:
            example = f" {skipped[0].name}: {skipped[0].reason}" if skipped else ""
            raise InvalidInputError(
                "Expected texts with labels: rows of a table, or files in one folder for each "
                f"class. Received: {len(skipped)} texts, none of which can be used.{example}"
            )
        classes = tuple(sorted({label for _, label, _ in found}))
        if len(classes) > _MOST_CLASSES:
            raise InvalidInputError(
                f"Expected at most {_MOST_CLASSES} classes. Received: {len(classes):,} different "
                f"labels, such as {classes[0]!r}; choose another column."
            )
        places = {name: i for i, name in enumerate(classes)}
        texts = tuple(LabelledText(name, text, places[label]) for name, label, text in found)
        return cls(classes, texts, tuple(skipped))

    @staticmethod
    def _content(example: LabelledText) -> bytes:
        return example.text.encode()


def _words(label: str, content: str | bytes | InvalidInputError) -> str:
    """The plain words of a text that has both words and a label."""
    if isinstance(content, InvalidInputError):
        raise content
    if not label.strip():
        raise InvalidInputError("It has no label: it lies in no folder, or its cell is empty.")
    text = plain_text(content if isinstance(content, str) else decode_text(content)).strip()
    if not any(map(str.isalnum, text)):
        raise InvalidInputError("It holds no word.")
    return text
