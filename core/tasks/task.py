"""What a task is: what it takes, its settings, what comes back."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Self, TypeAlias, get_args

import numpy as np
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from core.errors import InvalidInputError, UnknownNameError
from core.media import encode_png

if TYPE_CHECKING:
    import pandas as pd

    from core.learning.resuming import ResumePoint
    from core.tasks.each_first import EachFirst

Kind = Literal["photo", "sound", "text", "archive", "photos", "sounds", "texts"]
"""What an input is: encoded bytes or a string, or a sequence of them.

An archive is a ZIP file with a folder for each class.
"""

Given: TypeAlias = "bytes | str | list[bytes] | list[str]"

_DIGITS = 6  # of answers: what float32 holds, and what makes a JSON answer three times as short


def _listed(values: object) -> object:
    if not isinstance(values, np.ndarray):
        return values
    return np.round(values.astype(float), _DIGITS).tolist()


Numbers = Annotated[list[float], BeforeValidator(_listed)]
"""An array of one axis, in an answer."""

JSON, PNG, ZIP = "application/json", "image/png", "application/zip"
CSV, PARQUET = "text/csv", "application/vnd.apache.parquet"

Rows = Annotated[list[list[float]], BeforeValidator(_listed)]
"""An array of two axes, in an answer."""


def _png(value: object) -> object:
    return b64encode(encode_png(value)).decode() if isinstance(value, np.ndarray) else value


Pixels = Annotated[
    str,
    BeforeValidator(_png),
    WithJsonSchema(
        {"type": "string", "contentMediaType": "image/png", "contentEncoding": "base64"}
    ),
]
"""A picture in an answer: (H, W, 3) uint8, as a PNG in Base64."""

Number = Annotated[float, BeforeValidator(lambda value: round(float(value), _DIGITS))]

Span = Annotated[list[int], Field(min_length=2, max_length=2)]
"""Where a part of a text begins and ends, in an answer."""

Seed = Annotated[int, Field(ge=0, le=2**31 - 1, title="Seed")]
"""A setting; its description says what it decides."""


@dataclass(frozen=True, slots=True)
class NetworkName:
    """Marks a setting as the name of a network.

    The zoo's names, and where a task allows it the URL of a TF-Hub module or a folder.
    """


@dataclass(frozen=True, slots=True)
class Usual:
    """Marks a number with what a person chooses from, where that is less than what is possible.

    Attributes
    ----------
    low, high : the bounds themselves without them.
    step : from one number to the next.
    options : the numbers, where they are few.
    is_falling : whether the largest of these comes first.
    percent : of a share that is chosen in per cent, what stands behind its title, such as "%".
    """

    low: float | None = None
    high: float | None = None
    step: float | None = None
    options: tuple[float, ...] = ()
    is_falling: bool = False
    percent: str = ""


class Settings(BaseModel):
    """The settings of a task, each a field: its type, bounds and default, title and description."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    options: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    """Further names of fields on the command line."""

    def networks(self) -> list[str]:
        """The networks that are named, wherever a field is marked as `NetworkName`."""
        names: list[str] = []
        for name, described in type(self).model_fields.items():
            value, inner = getattr(self, name), get_args(described.annotation)
            marks = [*described.metadata, *(mark for part in inner for mark in get_args(part))]
            if any(isinstance(mark, NetworkName) for mark in marks):
                names += value if isinstance(value, list) else [value]
        return names

    def arguments(self) -> dict[str, Any]:
        """Keyword arguments of the task's function."""
        return {name: getattr(self, name) for name in type(self).model_fields}


class Answer(BaseModel):
    """What a task answers with, as JSON has it; each field is an attribute of the result."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    @classmethod
    def of(cls, result: object) -> Self:
        """The answer that says what the task's result says."""
        return cls.model_validate(result)


@dataclass(frozen=True, slots=True)
class Input:
    """Something that a task works on."""

    name: str
    kind: Kind
    title: str
    optional: bool = False

    @property
    def takes_many(self) -> bool:
        """Whether it is a sequence."""
        return self.kind in ("photos", "sounds", "texts")

    @property
    def is_text(self) -> bool:
        """Whether it is a string or several, and not bytes."""
        return self.kind in ("text", "texts")


@dataclass(frozen=True, slots=True)
class Task:
    """One thing that Graft can do.

    Attributes
    ----------
    name : what it is called in addresses and on the command line.
    title, about : in a few words, and in a sentence.
    inputs : in the order in which `function` takes them.
    settings : the other arguments of `function`.
    function : returns the result or, for a job, snapshots of it, of which the last is the result.
    answer : what a result is in JSON.
    picture : the result's picture, (H, W, 3) uint8, if it has one.
    files : from media types to functions that make a file of a result.
    share : of a job, from a snapshot to how much of the time is over, in [0, 1].
    resumes : whether snapshots have a `resume_point`, which `function` takes as `resume`.
    each_first : of a task on a data set, how that is done on a folder of any size.
    """

    name: str
    title: str
    about: str
    inputs: tuple[Input, ...]
    settings: type[Settings]
    function: Callable[..., Any]
    answer: type[Answer]
    picture: Callable[[Any], np.ndarray] | None = None
    files: Mapping[str, Callable[[Any], bytes]] = field(default_factory=dict)
    share: Callable[[Any], float | None] | None = None
    resumes: bool = False
    each_first: EachFirst | None = None

    @property
    def media_types(self) -> tuple[str, ...]:
        """What a result can be encoded as, the usual one first."""
        return (JSON, *([PNG] if self.picture is not None else []), *self.files)

    def encode(self, result: Any, media_type: str) -> bytes:
        """A result as one of `media_types`.

        Raises
        ------
        InvalidInputError
            If it is none of them.
        """
        if media_type == JSON:
            return self.answer.of(result).model_dump_json().encode()
        if media_type == PNG and self.picture is not None:
            return encode_png(self.picture(result))
        if media_type in self.files:
            return self.files[media_type](result)
        expected = " or ".join(self.media_types)
        raise InvalidInputError(f"Expected {expected}. Received: {media_type[:80]}.")

    @property
    def is_job(self) -> bool:
        """Whether it takes long and shows how far it is."""
        return self.share is not None

    def __call__(
        self, inputs: Mapping[str, Given], settings: Settings, resume: ResumePoint | None = None
    ) -> Any:
        """Run it.

        Parameters
        ----------
        resume : where the same was interrupted, to go on from there, of a task that `resumes`.

        Raises
        ------
        UnknownNameError
            If there is no input of a name.
        InvalidInputError
            If one is missing, or a single one stands for a list.
        """
        names = [each.name for each in self.inputs]
        for name in inputs:
            if name not in names:
                raise UnknownNameError.among("input", name, names)
        values = [inputs.get(name) for name in names]
        for each, value in zip(self.inputs, values, strict=True):
            if value is None and not each.optional:
                raise InvalidInputError(f"Expected {each.name}. Received: nothing of that name.")
            if each.takes_many and isinstance(value, (bytes, str)):
                raise InvalidInputError(f"Expected {each.name} as a list. Received: a single one.")
        point = {} if resume is None else {"resume": resume}
        return self.function(*values, **settings.arguments(), **point)


Columns = Mapping[str, "np.ndarray | Sequence[str] | Sequence[float] | Sequence[bool]"]
"""A table: its columns by name, all of one length."""


def table_files(columns: Callable[[Any], Columns]) -> dict[str, Callable[[Any], bytes]]:
    """`Task.files` of a result that is a table: of what it takes many of, a row for each."""

    def csv(result: Any) -> bytes:
        return _frame(columns(result)).to_csv(index=False).encode()

    def parquet(result: Any) -> bytes:
        return _frame(columns(result)).to_parquet(index=False)

    return {CSV: csv, PARQUET: parquet}


def listed(items: Iterable[object], *names: str) -> Columns:
    """A table of objects, a row for each: attributes by name."""
    rows = list(items)
    return {name: [getattr(row, name) for row in rows] for name in names}


def _frame(columns: Columns) -> pd.DataFrame:
    import pandas as pd  # takes a while

    return pd.DataFrame(dict(columns))
