"""Exported classifiers, run by their own scripts in clean processes before they are handed out.

Such a script takes files as arguments, and prints for each of them a line for each class: a
probability of six digits, two spaces, and the name.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.errors import InvalidInputError

_POLL_S = 0.1
_QUIET = {"CUDA_VISIBLE_DEVICES": "-1", "TF_CPP_MIN_LOG_LEVEL": "3"}
_CLEAN = ("-I", "-X", "utf8")  # without the user's packages and PYTHON variables
# and without this project, which may be installed beside what the script needs
_ALONE = """\
import runpy, sys
sys.modules |= dict.fromkeys(("core", "pages", "app"))
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportCheck:
    """How far exported files are from the classifier that they were made of.

    Attributes
    ----------
    examples : int, of which both have said what they are.
    differences : by script, the largest difference of a probability.
    """

    examples: int
    differences: Mapping[str, float]

    @property
    def largest(self) -> float:
        """The largest of them; NaN if one of them is."""
        return float(np.max([*self.differences.values()]))


def write_zip(archive: bytes, path: str | os.PathLike[str]) -> None:
    """Write a classifier that is exported as a zip.

    Raises
    ------
    InvalidInputError
        If the name of the file does not end in `.zip`.
    """
    path = Path(path)
    if path.suffix != ".zip":
        raise InvalidInputError(f"Expected a path to .zip. Received: {path}.")
    path.write_bytes(archive)


def check_export(
    write: Callable[[Path], None],
    scripts: Sequence[str],
    inputs: Sequence[bytes],
    classes: Sequence[str],
    probabilities: np.ndarray,
) -> Iterator[ExportCheck | None]:
    """Compare what scripts print with the (N, C) `probabilities` of the classifier itself.

    Parameters
    ----------
    write : writes the exported files and the scripts into a folder.
    scripts : their names.
    inputs : N files' contents, that scripts and classifier take alike.

    Yields
    ------
    None several times a second, so that the caller can leave, then an ExportCheck.

    Raises
    ------
    RuntimeError
        If a script fails.
    """
    yield None
    with tempfile.TemporaryDirectory(prefix="graft-") as scratch:
        folder = Path(scratch)
        write(folder)
        names = [f"example_{i}" for i in range(len(inputs))]
        for name, content in zip(names, inputs, strict=True):
            (folder / name).write_bytes(content)
        differences = {}
        for script in scripts:
            printed = yield from run_script(folder, script, names)
            others = read_probabilities(printed, classes)
            differences[script] = float(np.abs(others - probabilities).max())
    yield ExportCheck(examples=len(inputs), differences=differences)


def run_script(folder: Path, script: str, arguments: Sequence[str]) -> Generator[None, None, str]:
    """What a script in a folder prints, run there by an interpreter that knows no project.

    Raises
    ------
    RuntimeError
        If it fails.
    """
    output, errors = folder / f"{script}.out", folder / f"{script}.err"
    with output.open("wb") as out, errors.open("wb") as err:
        process = subprocess.Popen(
            [sys.executable, *_CLEAN, "-c", _ALONE, script, *arguments],
            cwd=folder,
            env={**os.environ, **_QUIET},
            stdout=out,
            stderr=err,
        )
        try:
            while process.poll() is None:
                yield None
                time.sleep(_POLL_S)
        finally:
            process.kill()
            process.wait()
    if process.returncode:
        raise RuntimeError(errors.read_text("utf-8", errors="replace")[-500:])
    return output.read_bytes().decode()


def read_probabilities(printed: str, classes: Sequence[str]) -> np.ndarray:
    """(N, C): what a script has printed of N files, in the order of `classes`.

    Raises
    ------
    RuntimeError
        If it is something else.
    """
    names = "|".join(map(re.escape, sorted(classes, key=len, reverse=True)))
    lines = re.findall(rf"^(\d\.\d+|nan)  ({names})\r?$", printed, re.MULTILINE)
    width = len(classes)
    rows = [
        {name: float(share) for share, name in lines[start : start + width]}
        for start in range(0, len(lines), width)
    ]
    if not rows or any(len(row) != width for row in rows):
        raise RuntimeError(f"Expected each class once for each file. Received: {printed[-500:]}")
    return np.array([[row[name] for name in classes] for row in rows])
