"""A command for each task of the table: its inputs are files, its settings are options."""

from __future__ import annotations

import inspect
import json
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from types import GenericAlias
from typing import Annotated, Any, get_args, get_origin

import typer
from pydantic import ValidationError

from core.cli.display import refuse, show
from core.cli.files import Read, inputs_of, other_inputs
from core.cli.many import last_of
from core.cli.runners import Outcome, run_here
from core.cluster.folders import cluster_folder_steps
from core.errors import GraftError, InvalidInputError
from core.tasks.folders.buckets import BucketError
from core.tasks.folders.provenance import provenance
from core.tasks.folders.steps import (
    FolderStep,
    command_of,
    folder_steps,
    is_folder,
    is_one_by_one,
)
from core.tasks.folders.together import parts
from core.tasks.misfits import misfit
from core.tasks.task import CSV, JSON, PARQUET, PNG, ZIP, Given, Settings, Task

_REFUSED = 1  # some input, or all of it
_USAGE = 2  # the exit code of click for options that do not fit
_INTERRUPTED = 130  # as shells have it: 128 and the number of SIGINT
_EMPTY = inspect.Parameter.empty
_TICKS = 1000  # of a progress bar
_KEY = "GRAFT_API_KEY"
_FOLDER = "a folder"  # in place of a media type
_SUFFIXES = {".json": JSON, ".png": PNG, ".csv": CSV, ".parquet": PARQUET, ".zip": ZIP}


@dataclass(frozen=True, slots=True)
class _Work:
    """A task with its settings, where it runs, and how its answers are shown."""

    task: Task
    settings: Settings
    where: Callable[..., Iterator[Outcome]]
    as_json: bool
    server: str | None
    on_cluster: bool


def add_commands(app: typer.Typer, tasks: dict[str, Task]) -> None:
    """Add a command for each of them."""
    for task in tasks.values():
        app.command(task.name, help=task.about, rich_help_panel="Tasks")(_command(task))


def _command(task: Task) -> Callable[..., None]:
    """A function with the signature that Typer makes arguments and options from."""

    takes_folders = task.each_first is not None or (
        is_one_by_one(task)
        and task.inputs[0].kind != "archive"
        and (CSV in task.files or task.picture is not None)
    )

    def run(
        *,
        output: Path | None,
        as_json: bool,
        server: str | None,
        key: str | None,
        cluster: bool = False,
        **values: Any,
    ) -> None:
        paths = [values.pop(each.name) for each in task.inputs if not each.optional]
        more = {each.name: values.pop(each.name) for each in task.inputs if each.optional}
        settings = _settings(task, values)
        media_type = _media_type(task, output)
        work = _Work(task, settings, _where(server, key), as_json, server, cluster)
        is_table = media_type in (CSV, PARQUET, _FOLDER)
        is_whole = task.each_first is not None and any(map(_is_archive, paths[0]))
        if output and takes_folders and is_table and not is_whole:
            code = _run_many(work, paths, more, output)
        elif cluster:
            beside = "a folder or bucket" if is_whole else "--output with a table or a folder"
            typer.echo(f"--cluster: Expected {beside}.", err=True)
            code = _USAGE
        else:
            try:
                code = _run_each(work, inputs_of(task, paths, more), media_type, output)
            except BucketError as err:  # of a list of its files
                refuse("", err, as_json)
                code = _REFUSED
        if code:
            raise typer.Exit(code)

    parameters = [*_arguments(task), *_options(task)]
    suffixes = [suffix for suffix, kind in _SUFFIXES.items() if kind in task.media_types]
    about = f"Write to a file: {', '.join(suffixes)}."
    if task.picture is not None and is_one_by_one(task):
        about += " Or to a folder, a picture for each input."
    if task.each_first is not None:
        about += (
            " With a table, folders and buckets may be of any size: files are read a few at a "
            "time, and only what is known of each, about 40 kB, is in memory at the end."
        )
    output = typer.Option("--output", "-o", help=about)
    parameters += [
        _parameter("output", Path | None, output, None),
        _parameter("as_json", bool, typer.Option("--json", help="One JSON object a line."), False),
        _parameter("server", str | None, typer.Option(help="Use a running server at URL."), None),
        _parameter("key", str | None, typer.Option(help="Key of that server.", envvar=_KEY), None),
    ]
    if takes_folders:
        about = (
            "Spread a folder, bucket or table over the cluster of GRAFT_CLUSTER, or this machine."
        )
        parameters.append(_parameter("cluster", bool, typer.Option("--cluster", help=about), False))
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {each.name: each.annotation for each in parameters}
    return run


def _is_archive(name: str) -> bool:
    """Whether it is no folder or bucket of examples, but one file with all of them."""
    return name.lower().endswith(".zip") or Path(name).is_file()


def _where(server: str | None, key: str | None) -> Callable[..., Iterator[Outcome]]:
    if server is None:
        return run_here
    from core.cli.server import Server, run_there  # brings an HTTP client

    return partial(run_there, Server(server, key))


def _parameter(name: str, kind: Any, mark: Any, default: Any) -> inspect.Parameter:
    return inspect.Parameter(
        name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=Annotated[kind, mark]
    )


def _arguments(task: Task) -> Iterator[inspect.Parameter]:
    """A path for each input; any number for a single one, and for one that takes many.

    What may be left out is an option.
    """
    required = [each for each in task.inputs if not each.optional]
    for each in required:
        is_open = len(required) == 1 or each.takes_many
        argument = typer.Argument(help=each.title, show_default=False)
        yield _parameter(each.name, list[str] if is_open else str, argument, _EMPTY)


def _options(task: Task) -> Iterator[inspect.Parameter]:
    for each in task.inputs:
        if each.optional:
            option = typer.Option(f"--{each.name}", help=each.title, show_default=False)
            yield _parameter(each.name, list[str], option, [])
    for name, field in task.settings.model_fields.items():
        long = f"--{name.replace('_', '-')}"
        further = [f"--{other}" for other in task.settings.options.get(name, ())]
        about = ". ".join(filter(None, [field.title, field.description]))
        option = typer.Option(long, *further, help=about)
        yield _parameter(name, _plain(field.annotation), option, field.get_default())


def _plain(kind: Any) -> Any:
    """A type without what Pydantic knows besides: list[int] of list[Annotated[int, ...]]."""
    inner = [_plain(part) for part in get_args(kind)]
    if get_origin(kind) is Annotated:
        return inner[0]
    return GenericAlias(list, tuple(inner)) if get_origin(kind) is list else kind


def _settings(task: Task, values: dict[str, Any]) -> Settings:
    try:
        return task.settings(**values)
    except ValidationError as err:
        first = err.errors()[0]
        name = str(first["loc"][0]).replace("_", "-")
        typer.echo(misfit(first, task.settings, f"--{name}"), err=True)
        raise typer.Exit(_USAGE) from None


def _media_type(task: Task, output: Path | None) -> str:
    """What to make of a result: by the suffix of the file that is named, a picture if it is one."""
    if output is None:
        return PNG if task.picture is not None else JSON
    if task.picture is not None and is_one_by_one(task) and is_folder(output):
        if output.exists() and not output.is_dir():
            typer.echo(f"--output: Expected a folder. Received: {output}, a file.", err=True)
            raise typer.Exit(_USAGE)
        return _FOLDER
    media_type = _SUFFIXES.get(output.suffix.lower(), "")
    if media_type not in task.media_types:
        possible = [suffix for suffix, kind in _SUFFIXES.items() if kind in task.media_types]
        typer.echo(f"--output: Expected {', '.join(possible)}. Received: {output.name}.", err=True)
        raise typer.Exit(_USAGE)
    if output.is_dir() or not output.parent.is_dir():  # now and not after hours of work
        typer.echo(f"--output: Expected a file in a folder. Received: {output}.", err=True)
        raise typer.Exit(_USAGE)
    return media_type


def _run_each(
    work: _Work, runs: Iterable[tuple[str, Read]], media_type: str, output: Path | None
) -> int:
    """Run a task on what is named, one answer after the other; the exit code."""
    code, is_any = 0, False
    if output is not None:
        runs = list(islice(runs, 2))
        if len(runs) > 1:
            typer.echo("--output: Expected a table or a folder for several inputs.", err=True)
            return _USAGE
    for name, read in runs:
        is_any = is_whole = True
        try:
            steps = work.where(work.task, read(), work.settings, media_type)
            outcome, is_whole = _last(work.task, name, steps)
            content = outcome.content()
        except GraftError as err:
            refuse(name, err, work.as_json)
            if not is_whole:
                return _INTERRUPTED
            code = _REFUSED
            continue
        if output is None and media_type == JSON:
            show(name, json.loads(content), work.as_json)
        else:
            path = output or Path(f"{Path(name).stem or work.task.name}-{work.task.name}.png")
            try:
                path.write_bytes(content)
            except OSError as err:
                refuse(name, f"Expected to write {path}. Received: {err.strerror}.", work.as_json)
                return _REFUSED
            show(name, {"file": str(path)}, work.as_json)
        if not is_whole:
            return _INTERRUPTED
    if not is_any:
        refuse("", "Expected files to work on. Received: none.", work.as_json)
        return _REFUSED
    return code


def _run_many(
    work: _Work, paths: Sequence[Any], more: Mapping[str, Sequence[str]], output: Path
) -> int:
    """Run a task on what is named, with one table or folder for all of it; the exit code."""
    task, named = work.task, paths[0] if isinstance(paths[0], list) else [paths[0]]
    if work.on_cluster and work.server is not None:
        typer.echo("--cluster: Expected no --server beside it.", err=True)
        return _USAGE

    each, settings, then = parts(task, work.settings, named)

    def call(inputs: dict[str, Given], media_type: str) -> bytes:
        (last,) = deque(work.where(each, inputs, settings, media_type), maxlen=1)
        return last.content()

    start: Callable[..., Iterator[FolderStep]]
    if work.on_cluster:
        start = partial(cluster_folder_steps, task, work.settings)
    else:
        about = partial(provenance, task, work.settings, work.server)
        start = partial(
            folder_steps, each, call, about=about, then=then, counts=sys.stderr.isatty()
        )
    command = command_of(task, paths, more, work.settings)
    refused = partial(refuse, as_json=work.as_json)
    try:
        last = last_of(start(named, other_inputs(task, paths, more), output, command, refused))
    except GraftError as err:
        refuse(str(output), err, work.as_json)
        return _REFUSED
    except KeyboardInterrupt:
        typer.echo("\nInterrupted. Run the same command again to continue.", err=True)
        return _INTERRUPTED
    show(str(output), {"written": last.written, "refused": last.refused}, work.as_json)
    return _REFUSED if last.refused else 0


def _last(task: Task, name: str, steps: Iterable[Outcome]) -> tuple[Outcome, bool]:
    """The last of them, with a bar in a terminal while they come, and whether they all came.

    Whoever interrupts it has the one before.
    """
    outcome: Outcome | None = None
    is_whole = True
    is_hidden = not (task.is_job and sys.stderr.isatty())
    with typer.progressbar(length=_TICKS, label=name, file=sys.stderr, hidden=is_hidden) as bar:
        try:
            for outcome in steps:
                bar.update(max(0, int(_TICKS * outcome.share) - bar.pos))
        except KeyboardInterrupt:
            is_whole = False
            if outcome is None:
                raise
    if outcome is None:
        raise InvalidInputError(f"Expected a result of {task.title}. Received: none.")
    return outcome, is_whole
