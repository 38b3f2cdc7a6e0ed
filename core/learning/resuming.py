"""Where a training that was interrupted can go on, as a file: JSON and arrays. No pickle."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from core.learning.stored import checked

FORMAT = "graft resume point 1"
_ABOUT = "about.json"


@dataclass(frozen=True, slots=True)
class ResumePoint:
    """What a training has done by the end of a round, for one with the same data and settings.

    Attributes
    ----------
    number : int
        Of this point in its training; a later one has a higher number.
    about : what JSON can hold.
    arrays : by name, of numbers.
    """

    number: int
    about: dict[str, Any]
    arrays: dict[str, np.ndarray] = field(repr=False)

    def to_bytes(self) -> bytes:
        """The content of a file."""
        about = {"format": FORMAT, "number": self.number, "about": self.about}
        file = io.BytesIO()
        np.savez(file, allow_pickle=False, **self.arrays)
        with zipfile.ZipFile(file, "a") as archive:
            archive.writestr(_ABOUT, json.dumps(about))
        return file.getvalue()

    @classmethod
    def from_bytes(cls, data: bytes) -> ResumePoint:
        """What `to_bytes` has made.

        Raises
        ------
        InvalidInputError
            If it is something else.
        """

        def read() -> ResumePoint:
            try:
                with zipfile.ZipFile(io.BytesIO(data)) as archive:
                    stored = json.loads(archive.read(_ABOUT))
                    names = [n for n in archive.namelist() if n.endswith(".npy")]
                    arrays = {}
                    for name in names:
                        with archive.open(name) as member:
                            arrays[name.removesuffix(".npy")] = np.lib.format.read_array(
                                member, allow_pickle=False
                            )
            except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError) as err:
                raise ValueError from err
            if stored["format"] != FORMAT:
                raise ValueError
            return cls(int(stored["number"]), dict(stored["about"]), arrays)

        return checked(read)
