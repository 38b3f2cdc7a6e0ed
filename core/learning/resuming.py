"""Where a training that was interrupted can go on, as a file: JSON and arrays. No pickle."""

from __future__ import annotations

import io
import json
import math
import time
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from core.errors import InvalidInputError
from core.learning.stored import checked

FORMAT = "graft resume point 1"
EVERY_S = 10.0
"""Between two points at least, while what a frozen network makes of examples is computed."""
_ABOUT = "about.json"
_DTYPES = ("|u1", "<u4", "<f4", "<f8", "<i8")
_MOST_NUMBER = 1 << 53


@dataclass(frozen=True, slots=True, eq=False)
class ResumePoint:
    """What a training has done by the end of a round, for one with the same data and settings.

    Attributes
    ----------
    number : int
        Of this point in its training; a later one has a higher number.
    about : what JSON can hold.
    arrays : by name, of uint8, uint32, float32, float64 or int64.
    """

    number: int
    about: dict[str, Any]
    arrays: dict[str, np.ndarray] = field(repr=False)

    def to_bytes(self) -> bytes:
        """The content of a file."""
        arrays = {name: np.ascontiguousarray(array) for name, array in self.arrays.items()}
        about = {
            "format": FORMAT,
            "number": self.number,
            "about": self.about,
            "arrays": [[name, a.dtype.str, list(a.shape)] for name, a in arrays.items()],
        }
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w") as archive:  # not packed: weights hardly get smaller
            archive.writestr(_ABOUT, json.dumps(about))
            for i, array in enumerate(arrays.values()):
                archive.writestr(str(i), array.reshape(-1).view(np.uint8).data)
        return file.getvalue()

    @classmethod
    def from_bytes(cls, data: bytes) -> ResumePoint:
        """What `to_bytes` has made; its arrays cannot be written to.

        Raises
        ------
        InvalidInputError
            If it is something else.
        """

        def read() -> ResumePoint:
            try:
                with zipfile.ZipFile(io.BytesIO(data)) as archive:
                    members = archive.infolist()
                    is_packed = any(m.compress_type != zipfile.ZIP_STORED for m in members)
                    if is_packed or sum(m.file_size for m in members) > len(data):
                        raise ValueError
                    stored = json.loads(archive.read(_ABOUT))
                    arrays = {
                        name: _array(archive.read(str(i)), dtype, shape)
                        for i, (name, dtype, shape) in enumerate(stored["arrays"])
                    }
            except (zipfile.BadZipFile, OSError, EOFError, RuntimeError) as err:
                raise ValueError from err
            number, about = stored["number"], stored["about"]
            if stored["format"] != FORMAT or not isinstance(about, dict):
                raise ValueError
            if type(number) is not int or not 0 < number < _MOST_NUMBER:
                raise ValueError
            return cls(number, about, arrays)

        return checked(read)


def _set(settings: Any) -> Any:
    """Settings without those that are not set, which points of earlier versions may not have."""
    if isinstance(settings, list):
        return [_set(one) for one in settings]
    if isinstance(settings, dict):
        return {name: value for name, value in settings.items() if value is not None}
    return settings


def _array(data: bytes, dtype: str, shape: list[int]) -> np.ndarray:
    if dtype not in _DTYPES or not all(type(n) is int and n >= 0 for n in shape):
        raise ValueError
    return np.frombuffer(data, dtype).reshape(shape)


class ResumePoints:
    """The points of a training as it goes on, and its clock. One that is resumed counts on.

    Parameters
    ----------
    noun : what the examples are, in the plural.
    digest : of the data set.
    settings : of the training, as JSON can hold them.
    resume : the point that it goes on from; the latest one until there is another.

    Raises
    ------
    InvalidInputError
        If `resume` is of another training, or damaged.
    """

    def __init__(
        self, noun: str, digest: str, settings: Any, resume: ResumePoint | None = None
    ) -> None:
        self._of = {"noun": noun, "digest": digest, "settings": settings}
        self.latest = resume
        seconds = 0.0 if resume is None else self._fitting(resume)
        self._made = time.perf_counter()
        self._started = self._made - seconds

    @property
    def seconds(self) -> float:
        """Since the beginning, without the pause before it was resumed."""
        return time.perf_counter() - self._started

    @property
    def is_due(self) -> bool:
        """Whether the last point was made so long ago that work since is worth another."""
        return time.perf_counter() - self._made >= EVERY_S

    def count(self, seconds: float) -> None:
        """Let `seconds` that others have spent for it count."""
        self._started -= seconds

    def make(self, about: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> ResumePoint:
        """The next point, which is the latest from now on."""
        number = 1 if self.latest is None else self.latest.number + 1
        described = {"of": self._of, "seconds": self.seconds, **about}
        self.latest = ResumePoint(number, described, dict(arrays))
        self._made = time.perf_counter()
        return self.latest

    def _fitting(self, point: ResumePoint) -> float:
        """The seconds that a point of this training says were spent."""

        def read() -> tuple[list[bool], float]:
            of, seconds = point.about["of"], float(point.about["seconds"])
            if not (math.isfinite(seconds) and seconds >= 0):
                raise ValueError
            same = [of[name] == self._of[name] for name in ("noun", "digest")]
            return [*same, _set(of["settings"]) == _set(self._of["settings"])], seconds

        (same_kind, same_data, same_settings), seconds = checked(read)
        noun = self._of["noun"]
        if not same_kind:
            raise InvalidInputError(
                f"Expected a training on {noun} to go on with. Received: one on something else."
            )
        if not same_data:
            raise InvalidInputError(
                f"Expected a training on the same {noun} with the same classes to go on with. "
                "Received: one on others."
            )
        if not same_settings:
            raise InvalidInputError(
                "Expected a training with the same settings to go on with. Received: one with "
                "others."
            )
        return seconds
