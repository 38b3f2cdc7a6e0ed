"""A command for each task of the table: its inputs are files, its settings are options."""

from __future__ import annotations

import inspect
import json
import sys
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from types import GenericAlias
from typing import Annotated, Any, get_args, get_origin

import typer
from pydantic import ValidationError

from core.cli.files import inputs_of
from core.cli.runners import Outcome, run_here, run_there
from core.errors import GraftError, InvalidInputError
from core.tasks.task import CSV, JSON, PARQUET, PNG, ZIP, Settings, Task

_USAGE = 2  # the exit code of click for options that do not fit
_INTERRUPTED = 130  # as shells have it: 128 and the number of SIGINT
_EMPTY = inspect.Parameter.empty
_TICKS = 1000  # of a progress bar
_SUFFIXES = {".json": JSON, ".png": PNG, ".csv": CSV, ".parquet": PARQUET, ".zip": ZIP}


def add_commands(app: typer.Typer, tasks: dict[str, Task]) -> None:
    """Add a command for each of them."""
    for task in tasks.values():
        app.command(task.name, help=task.about, rich_help_panel="Tasks")(_command(task))


def _command(task: Task) -> Callable[..., None]:
    """A function with the signature that Typer makes arguments and options from."""

    def run(*, output: Path | None, as_json: bool, server: str | None, **values: Any) -> None:
        paths = [values.pop(each.name) for each in task.inputs if not each.optional]
        more = {each.name: values.pop(each.name) for each in task.inputs if each.optional}
        settings = _settings(task, values)
        media_type = _media_type(task, output)
        where = partial(run_there, server) if server else run_here
        failed = False
        for name, read in inputs_of(task, paths, more):
            try:
                steps = where(task, read(), settings, media_type)
                outcome = _last(task, name, steps)
                content = outcome.content()
            except GraftError as err:
                failed = True
                _refuse(name, err, as_json)
                continue
            if media_type == JSON:
                _show(name, json.loads(content), as_json)
            else:
                path = output or Path(f"{Path(name).stem or task.name}-{task.name}.png")
                path.write_bytes(content)
                _show(name, {"file": str(path)}, as_json)
            if outcome.share < 1:
                raise typer.Exit(_INTERRUPTED)
        if failed:
            raise typer.Exit(1)

    parameters = [*_arguments(task), *_options(task)]
    suffixes = [suffix for suffix, kind in _SUFFIXES.items() if kind in task.media_types]
    about = f"Write to a file: {', '.join(suffixes)}."
    output = typer.Option("--output", "-o", help=about)
    parameters += [
        _parameter("output", Path | None, output, None),
        _parameter("as_json", bool, typer.Option("--json", help="One JSON object a line."), False),
        _parameter("server", str | None, typer.Option(help="Use a running server at URL."), None),
    ]
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {each.name: each.annotation for each in parameters}
    return run


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
        typer.echo(f"--{name}: {first['msg']}. Received: {first['input']}.", err=True)
        raise typer.Exit(_USAGE) from None


def _media_type(task: Task, output: Path | None) -> str:
    """What to make of a result: by the suffix of the file that is named, a picture if it is one."""
    if output is None:
        return PNG if task.picture is not None else JSON
    media_type = _SUFFIXES.get(output.suffix.lower(), "")
    if media_type not in task.media_types:
        possible = [suffix for suffix, kind in _SUFFIXES.items() if kind in task.media_types]
        typer.echo(f"--output: Expected {', '.join(possible)}. Received: {output.name}.", err=True)
        raise typer.Exit(_USAGE)
    return media_type


def _last(task: Task, name: str, steps: Iterable[Outcome]) -> Outcome:
    """The last of them, with a bar in a terminal while they come.

    Whoever interrupts it has the one before.
    """
    outcome: Outcome | None = None
    is_hidden = not (task.is_job and sys.stderr.isatty())
    with typer.progressbar(length=_TICKS, label=name, file=sys.stderr, hidden=is_hidden) as bar:
        try:
            for outcome in steps:
                bar.update(max(0, int(_TICKS * outcome.share) - bar.pos))
        except KeyboardInterrupt:
            if outcome is None:
                raise
    if outcome is None:
        raise InvalidInputError(f"Expected a result of {task.title}. Received: none.")
    return outcome


def _show(name: str, answer: dict[str, Any], as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps({"input": name, **answer}, ensure_ascii=False))
    else:
        typer.echo("\n".join(_lines(name, answer)))


def _lines(name: str, answer: dict[str, Any]) -> Iterator[str]:
    """For a person: the likeliest first, and whatever else there is by name."""
    if name:
        yield f"{name}:"
    match answer:
        case {"labels": labels, "scores": scores}:
            yield from (
                f"  {score:6.1%}  {label}" for label, score in zip(labels, scores, strict=True)
            )
        case {"captions": captions}:
            yield from (f"  {caption['text']}" for caption in captions)
        case {"file": file}:
            yield f"  {file}"
        case _:
            yield from (
                f"  {key}: {json.dumps(value, ensure_ascii=False)}" for key, value in answer.items()
            )


def _refuse(name: str, err: GraftError, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps({"input": name, "error": str(err)}, ensure_ascii=False))
    else:
        typer.echo(f"{name}: {err}", err=True)
