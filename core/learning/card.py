"""The card of a trained classifier: what for, from what, how, and how it did on its test part.

It lies in every exported file twice, as JSON and as Markdown.
"""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import asdict, dataclass
from functools import cache
from typing import Annotated, Literal, Protocol, Self

from pydantic import Field, JsonValue, TypeAdapter, ValidationError

from core.errors import InvalidInputError

CARD, CARD_TEXT = "card.json", "MODEL_CARD.md"
"""What a card is called in an exported file, as JSON and to read."""

MOST_CHARACTERS = 500
"""Of what somebody writes about a classifier."""

LAST_FIT = "last_fit"
"""What a card says of training once more on all examples, in its `training`."""

_MOST_BYTES = 8 << 20
_Format = Literal["graft model card 1"]
_FORMAT: _Format = "graft model card 1"
_Answer = Annotated[str, Field(max_length=MOST_CHARACTERS)]
_Line = Annotated[str, Field(max_length=2_000)]
_Name = Annotated[str, Field(pattern=r"^[\w-]{1,60}$")]
_Version = Annotated[str, Field(pattern=r"^[\w.+!-]{1,60}$")]
_Checksum = Annotated[str, Field(pattern=r"^(\w+:)?[0-9a-f]{1,128}$")]
_Count = Annotated[int, Field(ge=0)]
_Share = Annotated[float, Field(ge=0, le=1)]
_Interval = tuple[_Share, _Share]


@dataclass(frozen=True, slots=True, kw_only=True)
class CardData:
    """The data set that was trained on.

    Attributes
    ----------
    name, credit : what it is called and where it comes from; empty where nobody said.
    noun : what the examples are, in the plural.
    skipped : files that could not be used.
    digest : of classes, labels and contents; see `LabelledExamples.digest`.
    """

    name: _Line = ""
    credit: _Line = ""
    noun: _Name
    examples: _Count
    skipped: _Count
    digest: _Checksum


@dataclass(frozen=True, slots=True, kw_only=True)
class CardClass:
    """A class: examples of each part, and metrics on the test part.

    Attributes
    ----------
    precision, recall, f1, auc : in [0, 1]; None where they are undefined or not measured.
    recall_interval : 95% confidence interval (Wilson).
    """

    name: _Line
    train: _Count
    validation: _Count
    test: _Count
    precision: _Share | None = None
    recall: _Share | None = None
    recall_interval: _Interval | None = None
    f1: _Share | None = None
    auc: _Share | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CardFigures:
    """Metrics on the test part; None where they are undefined.

    Attributes
    ----------
    accuracy_interval : 95% confidence interval (Wilson).
    log_loss : in nats.
    confusion : counts; the row is the label, the column the prediction. None for very many classes.
    """

    tested: _Count
    correct: _Count
    accuracy: _Share
    accuracy_interval: _Interval
    macro_precision: _Share | None
    macro_recall: _Share | None
    macro_f1: _Share | None
    macro_auc: _Share | None
    log_loss: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None
    expected_calibration_error: _Share
    confusion: tuple[tuple[_Count, ...], ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CardNovelty:
    """What it costs that the classifier may say “none of these”.

    Attributes
    ----------
    share : of known examples that one was willing to lose.
    validation : examples that the threshold was chosen by.
    tested, refused : examples of the test part, and how many of them are beyond the threshold.
    """

    share: _Share
    validation: _Count
    tested: _Count
    refused: _Count


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectedLabel:
    """A label that was changed before training.

    Attributes
    ----------
    name : of the example.
    was, now : classes; `now` is None if the example was excluded.
    tested : whether it was changed after its test result was seen.
    """

    name: _Line
    was: _Line
    now: _Line | None
    tested: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CardBackbone:
    """The pretrained network that the classifier builds on; see `NetworkSpec`.

    `checksum` is that of the file with the weights, such as `"sha256:..."`, where there is one.
    """

    name: _Line
    title: _Line
    parameters: _Count | None
    licence: _Line
    weights: _Line
    checksum: _Checksum | None
    reference: _Line
    note: _Line


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelCard:
    """All that is known of a classifier.

    Attributes
    ----------
    purpose, missing : what it is for, and what it should not be used for or lacks, in the words of
        whoever made it.
    made : the day of the training, as in 2026-11-29.
    settings : of the training, seed and shares of the split among them.
    training : seconds, how it ended, and what else the kind of training knows.
    backbone : None if it builds on none.
    figures : None if it was not evaluated.
    none_of_these : None if it cannot say that.
    software : versions by name.
    """

    format: _Format = _FORMAT
    purpose: _Answer = ""
    missing: _Answer = ""
    made: Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\d$")]
    data: CardData
    classes: tuple[CardClass, ...]
    corrections: tuple[CorrectedLabel, ...] = ()
    settings: dict[_Name, JsonValue]
    training: dict[_Name, JsonValue]
    backbone: CardBackbone | None
    figures: CardFigures | None
    none_of_these: CardNovelty | None = None
    software: dict[_Name, _Version]

    def to_json(self) -> str:
        """The card as `from_json` reads it."""
        return json.dumps(asdict(self), indent=1, ensure_ascii=False, allow_nan=False)

    @classmethod
    def from_json(cls, data: bytes | str) -> ModelCard:
        """The card that `to_json` wrote.

        Raises
        ------
        InvalidInputError
            If it is something else, damaged, too large, or of a newer version.
        """
        if len(data) > _MOST_BYTES:
            raise InvalidInputError(
                f"Expected a model card of at most {_MOST_BYTES:,} bytes. Received: {len(data):,}."
            )
        try:
            return _reader().validate_json(data)
        except ValidationError as err:
            first = err.errors()[0]
            where = ".".join(str(part) for part in first["loc"])[:80]
            if where == "format":
                raise InvalidInputError(
                    f"Expected a model card that says “{_FORMAT}”. Received: "
                    f"“{str(first['input'])[:60]}”, perhaps of a newer version of Graft."
                ) from err
            raise InvalidInputError(
                f"Expected a model card ({CARD}). Received: a damaged one"
                + (f"; its “{where}” does not fit." if where else ".")
            ) from err

    def to_markdown(self, level: int = 1) -> str:
        """The card to read, its title a heading of that level."""
        from core.learning.card_text import markdown

        return markdown(self, level)


class Carded(Protocol):
    """A classifier with a card."""

    @property
    def card(self) -> ModelCard | None:
        """The card; None of a classifier from a file without one."""

    def with_card(self, card: ModelCard) -> Self:
        """The classifier with another card."""


def write_card(archive: zipfile.ZipFile, card: ModelCard | None) -> None:
    """Write a card into an archive that has none; nothing if there is no card."""
    if card is not None:
        archive.writestr(CARD, card.to_json(), zipfile.ZIP_DEFLATED)
        archive.writestr(CARD_TEXT, card.to_markdown(), zipfile.ZIP_DEFLATED)


def archive_with_card(archive: bytes, card: ModelCard | None) -> bytes:
    """A ZIP file that has no card, with one."""
    buffer = io.BytesIO(archive)
    with zipfile.ZipFile(buffer, "a") as file:
        write_card(file, card)
    return buffer.getvalue()


@cache
def _reader() -> TypeAdapter[ModelCard]:
    return TypeAdapter(ModelCard)
