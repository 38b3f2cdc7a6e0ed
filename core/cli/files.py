"""What is named on the command line, as the inputs of a task."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from core.errors import InvalidInputError
from core.media import (
    AUDIO_SUFFIXES,
    IMAGE_SUFFIXES,
    TABLE_SUFFIXES,
    decode_text,
    plain_text,
    read_table,
)
from core.tasks.task import Given, Input, Task

_SUFFIXES = {"photo": IMAGE_SUFFIXES, "sound": AUDIO_SUFFIXES}


Read = Callable[[], dict[str, Given]]


def inputs_of(
    task: Task, named: Sequence[str | Sequence[str]], more: Mapping[str, Sequence[str]]
) -> Iterator[tuple[str, Read]]:
    """What to call each run of a task, and a function that reads its inputs.

    A task of one file runs once for each; a folder stands for the files in it. One that takes
    many takes all at once. Whatever is no file is taken for a text where the task reads texts.

    Parameters
    ----------
    named : files for each input of the task that cannot be left out.
    more : files for the others.
    """
    if not named:
        yield "", partial(_read_each, task, [], more)
    elif len(named) > 1:
        yield str(named[0]), partial(_read_each, task, named, more)
    else:
        each = next(each for each in task.inputs if not each.optional)
        names = [file for name in named[0] for file in _expanded(each, name)]
        if each.takes_many:
            name = names[0] if len(names) == 1 else ""
            yield name, partial(_read_each, task, [names], more)
        else:
            for name in names:
                yield name, partial(_read_each, task, [name], more)


def _read_each(
    task: Task, named: Sequence[str | Sequence[str]], more: Mapping[str, Sequence[str]]
) -> dict[str, Given]:
    inputs: dict[str, Given] = {}
    required = [each for each in task.inputs if not each.optional]
    optional = [each for each in task.inputs if more.get(each.name)]
    names_of = [*named, *(more[each.name] for each in optional)]
    for each, names in zip([*required, *optional], names_of, strict=True):
        files = [names] if isinstance(names, str) else names
        contents: list[Any] = [content for name in files for content in _contents(each, name)]
        inputs[each.name] = contents if each.takes_many else (contents or [""])[0]
    return inputs


def _expanded(each: Input, name: str) -> Iterator[str]:
    """The files of a folder in order, and anything else as it is."""
    path = Path(name)
    if each.kind == "archive" or not _exists(path) or not path.is_dir():
        yield name
        return
    suffixes = _SUFFIXES.get(each.kind.removesuffix("s"), (".txt", *TABLE_SUFFIXES))
    for file in sorted(path.rglob("*")):
        if file.suffix.lower() in suffixes and file.is_file():
            yield str(file)


def _contents(each: Input, name: str) -> list[bytes] | list[str]:
    """What a file holds: bytes, a text, or the texts of a table."""
    path = Path(name)
    reads_text = each.kind in ("text", "texts")
    if not _exists(path):
        if reads_text:
            return [name]
        raise InvalidInputError(f"Expected a file. Received: {name}, which is not there.")
    if path.is_dir():
        return [_packed(path)]
    data = path.read_bytes()
    if not reads_text:
        return [data]
    if path.suffix.lower() in TABLE_SUFFIXES:
        return list(read_table(data).texts)
    return [plain_text(decode_text(data))]


def _packed(folder: Path) -> bytes:
    """The files of a folder as an archive, uncompressed."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for file in sorted(folder.rglob("*")):
            if file.is_file():
                archive.write(file, file.relative_to(folder).as_posix())
    return buffer.getvalue()


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # a text may be too long for a name
        return False
