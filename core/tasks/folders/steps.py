"""A task on any number of inputs: rows of a table or pictures in a folder, resumed if interrupted.

Inputs are read a few at a time and what comes of them goes into a part file, so that few are in
memory and the same command goes on where it was interrupted. What is found among all of them then
(`core.tasks.folders.together`) has their rows from there.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from core.errors import InvalidInputError
from core.tasks.folders.buckets import is_in_bucket
from core.tasks.folders.items import Item, is_there, items_of, printable
from core.tasks.folders.part_file import PartFile, write_table
from core.tasks.folders.work import Call, Piece, Work, in_this_process
from core.tasks.task import Given, Input, Settings, Task

_ADDED_S = 2.0  # between two additions to the part file
_ADDED_ITEMS = 64

Run = Callable[[Work, Iterable[Item]], Generator[list[Piece]]]
"""Does the work on all items; a list may be empty, so that whoever waits can leave."""


@dataclass(frozen=True, slots=True)
class FolderStep:
    """How far the work on many inputs is.

    Attributes
    ----------
    done : inputs that are worked on, refused ones too, and those of an interrupted run before.
    total : inputs there are, None as long as it is not known.
    refused : inputs that cannot be used.
    written : rows or pictures that there are, None before the last step.
    stage : what is found among all inputs now; then `done` and `total` are of this stage.
    """

    done: int
    total: int | None
    refused: int
    written: int | None = None
    stage: str = ""


class Refusals:
    """Says which inputs cannot be used, and counts them."""

    def __init__(self, refuse: Callable[[str, str], None]) -> None:
        self._refuse = refuse
        self.count = 0

    def __call__(self, name: str, why: str) -> None:
        self._refuse(name, why)
        self.count += 1


About = Callable[[], Mapping[str, Any]]
Then = Callable[[PartFile, Path, Refusals, About], Generator[FolderStep, None, int]]
"""Makes the output of the rows of all inputs, in steps of some `stage`; how many rows it has."""


def is_folder(output: Path) -> bool:
    """Whether pictures go into it, each as a file."""
    return output.is_dir() or not output.suffix


def is_one_by_one(task: Task) -> bool:
    """Whether its inputs may be worked on a few at a time: not those of a job on all of them."""
    return bool(task.inputs) and not (task.is_job and task.inputs[0].takes_many)


def command_of(
    task: Task,
    named: Sequence[str | Sequence[str]],
    more: Mapping[str, Sequence[str]],
    settings: Settings,
) -> str:
    """What tells this work from any other on the same output; see `folder_steps`.

    Parameters
    ----------
    named, more : files for the inputs of the task that cannot be left out, and for the others.
    """
    return json.dumps([task.name, named, more, settings.model_dump()])


def folder_steps(
    task: Task,
    call: Call,
    named: Sequence[str],
    others: Mapping[str, Given],
    output: Path,
    command: str,
    refuse: Callable[[str, str], None],
    *,
    about: About = dict,
    run: Run = in_this_process,
    then: Then | None = None,
    counts: bool = False,
) -> Iterator[FolderStep]:
    """Run a task on every input and write one table, or a folder of pictures.

    Parameters
    ----------
    call : runs the task.
    named : files, folders and URLs of buckets of the task's first input.
    others : its other inputs.
    output : a file that ends in .csv or .parquet, or a folder.
    command : what has been asked for; a part file of something else is refused.
    refuse : is called after all others with each input that cannot be used, and why.
    about : returns what a Parquet file says of how it was made.
    run : where the work is done.
    then : makes the output, in place of a table of the rows.
    counts : whether inputs are counted beforehand, for `total`.

    Raises
    ------
    GraftError
        If no input can be worked on. The part file stays if there is anything in it.
    KeyboardInterrupt
        As it came; the part file stays, as it does if whoever asks leaves.
    """
    first = task.inputs[0]
    work = Work(task, others, is_folder(output), call)
    if work.makes_pictures:
        _check_outside(output, named)
        _make(output)
    with PartFile(output, command) as part:
        try:
            total = sum(1 for _ in items_of(first, named)) if counts else None
            items = _Listed(first, named, part, total)
            placed = (replace(each, place=_place(part, each)) for each in items)
            results = run(work, placed if work.makes_pictures else items)
            yield from _collected(results, part, items, output)
        except BaseException:
            if not len(part):  # nothing to go on with, and it may have been mistyped
                part.delete()
            raise
        if not len(part):
            part.delete()
            raise InvalidInputError(f"Expected {first.title.lower()}. Received: no such files.")
        refusals = Refusals(refuse)
        for name, error in part.refused():
            refusals(name, error)
        done = len(part)
        if work.makes_pictures:
            written = done - refusals.count
        elif then is None:
            written = write_table(output, part.tables(), about())
        else:
            written = yield from then(part, output, refusals, about)
        part.delete()
    yield FolderStep(done, done, refusals.count, written)


def _check_outside(output: Path, named: Sequence[str]) -> None:
    """Pictures of files have their names: in the same folder they would take their place.

    Below it they would be worked on themselves, the next time.
    """
    for name in named:
        if is_in_bucket(name) or not is_there(name):
            continue
        path, target = Path(name).resolve(), output.resolve()
        if target.is_relative_to(path) if path.is_dir() else target == path.parent:
            raise InvalidInputError(
                "Expected a folder for the pictures outside of the one with the originals, whose "
                f"place they would take. Received: {printable(str(output))}."
            )


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as err:
        raise InvalidInputError(
            f"Expected a folder that can be made. Received: {printable(str(folder))}, "
            f"{err.strerror}."
        ) from err


class _Listed:
    """Items that are not done yet; how many there are in all, once that is known."""

    def __init__(
        self, first: Input, named: Sequence[str], part: PartFile, total: int | None
    ) -> None:
        self._items = items_of(first, named)
        self._part = part
        self.total = total

    def __iter__(self) -> Iterator[Item]:
        seen = 0
        for item in self._items:
            seen += 1
            if item.key not in self._part:
                yield item
        self.total = seen


def _place(part: PartFile, item: Item) -> Path:
    return part.place(item.key, item.place.with_suffix(".png"))


def _collected(
    results: Generator[list[Piece]], part: PartFile, items: _Listed, output: Path
) -> Iterator[FolderStep]:
    """Add pieces to a part file as they come, several at a time."""
    waiting: list[Piece] = []
    added = time.monotonic()
    done, refused = len(part), sum(1 for _ in part.refused())
    yield FolderStep(done, items.total, refused)
    try:
        with closing(results):
            for pieces in results:
                waiting += [_kept(piece, output) for piece in pieces]
                done += sum(len(piece.items) for piece in pieces)
                refused += sum(piece.error is not None for piece in pieces)
                is_due = time.monotonic() - added > _ADDED_S
                if is_due or sum(len(piece.items) for piece in waiting) >= _ADDED_ITEMS:
                    _add(part, waiting)
                    waiting, added = [], time.monotonic()
                yield FolderStep(done, items.total, refused)
    finally:
        # an interrupt may have come when they were in the file already
        _add(part, [piece for piece in waiting if piece.items[0] not in part])


def _add(part: PartFile, pieces: Sequence[Piece]) -> None:
    import pyarrow as pa

    tables = [piece.rows for piece in pieces if piece.rows is not None]
    rows = pa.concat_tables(tables, promote_options="permissive") if tables else None
    done = [item for piece in pieces if piece.error is None for item in piece.items]
    part.add(rows, done, {piece.items[0]: piece.error for piece in pieces if piece.error})


def _kept(piece: Piece, output: Path) -> Piece:
    """Without its picture, which is a file of the folder then, at once in its place."""
    if piece.picture is None or piece.place is None:
        return piece
    path = output / piece.place
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".new")
    draft.write_bytes(piece.picture)
    os.replace(draft, path)
    return replace(piece, picture=None)
