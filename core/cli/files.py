"""What is named on the command line, as the inputs of a task."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from core.media import decode_text, plain_text, read_table
from core.tasks.folders.items import TABLES, expanded, is_there, printable, read_file
from core.tasks.task import Given, Input, Task

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
        files = (file for name in named[0] for file in expanded(each, name))
        if each.takes_many:
            names = list(files)
            if not names:
                return
            name = names[0] if len(names) == 1 else ""
            yield name, partial(_read_each, task, [names], more)
        else:
            for name in files:
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


def other_inputs(
    task: Task, named: Sequence[str | Sequence[str]], more: Mapping[str, Sequence[str]]
) -> dict[str, Given]:
    """All inputs of a task but the first, which stay the same where that one varies."""
    inputs = _read_each(task, [[], *named[1:]], more)
    del inputs[task.inputs[0].name]
    return inputs


def _contents(each: Input, name: str) -> list[bytes] | list[str]:
    """What a file holds: bytes, a text, or the texts of a table."""
    path = Path(name)
    if each.is_text and not is_there(name):
        return [name]
    if path.is_dir():
        return [_packed(path)]
    data = read_file(name)
    if each.kind == "archive" and path.suffix.lower() in TABLES:
        return [_archive([(name, path.name)])]
    if not each.is_text:
        return [data]
    if path.suffix.lower() in TABLES:
        return list(read_table(data).texts)
    return [plain_text(decode_text(data))]


def _packed(folder: Path) -> bytes:
    """The files of a folder as an archive, uncompressed."""
    files = (file for file in sorted(folder.rglob("*")) if file.is_file())
    return _archive((str(file), file.relative_to(folder).as_posix()) for file in files)


def _archive(files: Iterable[tuple[str, str]]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for file, name in files:
            # by its bytes alone: a file may be older than dates in a ZIP file can be
            archive.writestr(printable(name), read_file(file))
    return buffer.getvalue()
