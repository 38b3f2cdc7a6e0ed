"""Texts with labels: from the rows of a table or the folders of a zip, checked and split."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from core.errors import InvalidInputError
from core.learning.datasets import UNLABELLED, LabelledExamples
from core.learning.examples import LabelledExample, LabelledFile, SkippedFile
from core.media import (
    ArchiveLimits,
    Source,
    TextTable,
    decode_text,
    holds_table,
    plain_text,
    read_table,
)

_MOST_CLASSES = 200
_NO_LABEL = "(no label)"  # of a row, while it is read


@dataclass(frozen=True, slots=True)
class LabelledText(LabelledExample):
    """A text in plain words."""

    text: str

    @property
    def content(self) -> bytes:
        return self.text.encode()


class TextDataset(LabelledExamples[LabelledText, str]):
    """Texts of named classes."""

    noun = "texts"
    expected = "texts with labels: rows of a table, or files in one folder for each class"
    unlabelled = "It has no label: it lies in no folder, or its cell is empty."
    limits = ArchiveLimits(max_unpacked=512 << 20, max_member=8 << 20)
    reading_waits = False

    @property
    def texts(self) -> tuple[LabelledText, ...]:
        """The examples."""
        return self.members

    @classmethod
    def from_zip(cls, archive: Source) -> Self:
        """As for other examples; an archive that is there for a table is read as that."""
        return cls.from_table(archive) if holds_table(archive) else super().from_zip(archive)

    @classmethod
    def without_labels_from_zip(cls, archive: Source) -> Self:
        """As for other examples; a table in place of the archive is read as that."""
        if not holds_table(archive):
            return super().without_labels_from_zip(archive)
        return cls.without_labels_from_rows(read_table(archive))

    @classmethod
    def without_labels_from_rows(cls, table: TextTable) -> Self:
        """The rows of a table, with their labels where it has any."""
        labels = table.labels or [UNLABELLED] * len(table.texts)
        usable, skipped = cls._usable(
            LabelledFile(f"row {i}", label.strip() or _NO_LABEL, text)
            for i, (text, label) in enumerate(zip(table.texts, labels, strict=True), 1)
        )
        return cls._of([(label * (label != _NO_LABEL), one) for label, one in usable], skipped)

    @classmethod
    def from_table(
        cls, table: Source, *, text_column: str | None = None, label_column: str | None = None
    ) -> Self:
        """The rows of a table; see `core.media.read_table` for formats and guesses.

        A row without a text or a label is listed in `skipped`.

        Raises
        ------
        InvalidInputError
            If the table is refused, has no labels, or too many different ones.
        UnknownNameError
            If there is no such column.
        """
        return cls.from_rows(read_table(table, text_column=text_column, label_column=label_column))

    @classmethod
    def from_rows(cls, table: TextTable) -> Self:
        """As `from_table`, of a table that was read already."""
        if table.labels is None:
            raise InvalidInputError(
                "Expected a table with a column of labels that repeat. Received: "
                f"{', '.join(map(repr, table.columns))}; name the column, or add one."
            )
        rows = zip(table.texts, table.labels, strict=True)
        return cls._from_files(
            LabelledFile(f"row {i}", label, text) for i, (text, label) in enumerate(rows, 1)
        )

    @classmethod
    def _of(cls, labelled: list[tuple[str, LabelledText]], skipped: list[SkippedFile]) -> Self:
        dataset = super()._of(labelled, skipped)
        if len(dataset.classes) > _MOST_CLASSES:
            raise InvalidInputError(
                f"Expected at most {_MOST_CLASSES} classes. Received: {len(dataset.classes):,} "
                f"different labels, such as {dataset.classes[0]!r}; choose another column."
            )
        return dataset

    @classmethod
    def _read(cls, name: str, content: bytes | str) -> LabelledText:
        text = plain_text(content if isinstance(content, str) else decode_text(content)).strip()
        if not any(map(str.isalnum, text)):
            raise InvalidInputError("It holds no word.")
        return LabelledText(name, 0, text)
