"""A command for each task of the table: its inputs are files, its settings are options."""

from __future__ import annotations

import inspect
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import GenericAlias
from typing import Annotated, Any, get_args, get_origin

import typer
from pydantic import ValidationError

from core.cli.files import inputs_of
from core.cli.runners import Outcome, run_here, run_there
from core.errors import GraftError, InvalidInputError
from core.tasks.task import Given, Settings, Task

_USAGE = 2  # the exit code of click for options that do not fit


def add_commands(app: typer.Typer, tasks: dict[str, Task]) -> None:
    """Add a command for each of them."""
    for task in tasks.values():
        app.command(task.name, help=task.about, rich_help_panel="Tasks")(_command(task))


def _command(task: Task) -> Callable[..., None]:
    """A function with the signature that Typer makes arguments and options from."""

    def run(
        *, as_json: bool, server: str | None, output: Path | None = None, **values: Any
    ) -> None:
        paths = [values.pop(each.name) for each in task.inputs]
        settings = _settings(task, values)
        failed = False
        for name, read in inputs_of(task, paths):
            try:
                outcome = _outcome(task, name, read(), settings, server)
                _show(task, name, outcome, output, as_json)
            except GraftError as err:
                failed = True
                _refuse(name, err, as_json)
        if failed:
            raise typer.Exit(1)

    parameters = [*_arguments(task), *_options(task)]
    if task.picture is not None:
        parameters.append(_parameter("output", Path | None, _OUTPUT, None))
    parameters += [
        _parameter("as_json", bool, typer.Option("--json", help="One JSON object a line."), False),
        _parameter("server", str | None, typer.Option(help="Use a running server at URL."), None),
    ]
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {each.name: each.annotation for each in parameters}
    return run


_OUTPUT = typer.Option("--output", "-o", help="File of the picture; beside you by default.")


def _parameter(name: str, kind: Any, mark: Any, default: Any) -> inspect.Parameter:
    return inspect.Parameter(
        name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=Annotated[kind, mark]
    )


def _arguments(task: Task) -> Iterator[inspect.Parameter]:
    """A path for each of several inputs, any number of paths for a single one."""
    for each in task.inputs:
        kind = list[str] if len(task.inputs) == 1 else str
        argument = typer.Argument(help=each.title, show_default=False)
        yield _parameter(each.name, kind, argument, inspect.Parameter.empty)


def _options(task: Task) -> Iterator[inspect.Parameter]:
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


def _outcome(
    task: Task, name: str, inputs: dict[str, Given], settings: Settings, server: str | None
) -> Outcome:
    """What the task makes of it, with a bar in a terminal while that takes long."""
    steps = (
        run_there(server, task, inputs, settings) if server else run_here(task, inputs, settings)
    )
    outcome: Outcome | None = None
    is_shown = task.is_job and sys.stderr.isatty()
    with typer.progressbar(length=1000, label=name, file=sys.stderr, hidden=not is_shown) as bar:
        for outcome in steps:
            bar.update(max(0, int(1000 * outcome.share) - bar.pos))
    if outcome is None:
        raise InvalidInputError(f"Expected a result of {task.title}. Received: none.")
    return outcome


def _show(task: Task, name: str, outcome: Outcome, output: Path | None, as_json: bool) -> None:
    answer = outcome.answer()
    if task.picture is not None:
        path = output or Path(f"{Path(name).stem or task.name}-{task.name}.png")
        path.write_bytes(outcome.picture())
        answer = {"picture": str(path)}
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
        case {"picture": picture}:
            yield f"  {picture}"
        case _:
            yield from (
                f"  {key}: {json.dumps(value, ensure_ascii=False)}" for key, value in answer.items()
            )


def _refuse(name: str, err: GraftError, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps({"input": name, "error": str(err)}, ensure_ascii=False))
    else:
        typer.echo(f"{name}: {err}", err=True)
