"""The command line of a recipe: its options, and the line that says how far it is."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path


def recipe_parser(
    name: str, description: str | None, *, data: bool = True, seed: int | None = None
) -> argparse.ArgumentParser:
    """The parser of `python -m core.recipes.NAME`.

    Parameters
    ----------
    description : the recipe's docstring.
    data : whether it reads data sets: `--data DIR`.
    seed : default of `--seed`; None for a recipe that has no such option.
    """
    parser = argparse.ArgumentParser(
        prog=f"python -m core.recipes.{name}",
        description=description,
        epilog="Results go to core/assets, or to the folder that GRAFT_ASSETS names.",
    )
    if data:
        parser.add_argument("--data", type=Path, required=True, metavar="DIR")
    if seed is not None:
        parser.add_argument("--seed", type=int, default=seed)
    return parser


def add_training_options(
    parser: argparse.ArgumentParser, *, batch_size: int, choosing: int, chosen: str
) -> None:
    """Options of a training on photos, with their defaults.

    Parameters
    ----------
    choosing : so many photos are left out to choose the setting `chosen` by.
    """
    parser.add_argument("--batch-size", type=int, default=batch_size, help="photos of a step")
    parser.add_argument(
        "--choosing", type=int, default=choosing, help=f"photos to choose the {chosen} by"
    )


def show_progress(text: str) -> None:
    """Write over the line that says how far it is."""
    sys.stderr.write(f"\r\033[K{text}")
    sys.stderr.flush()


def show_result(text: str) -> None:
    """Write a line that stays, in place of the one that says how far it is."""
    show_progress(f"{text}\n")


class Stopwatch:
    """Estimates how long the rest of a loop takes, from its beginning in this run."""

    def __init__(self) -> None:
        self._start = time.monotonic()

    @property
    def seconds(self) -> float:
        """Since the beginning."""
        return time.monotonic() - self._start

    def remaining(self, done: float, total: float) -> float:
        """Seconds that are left after `done` of `total` > 0 steps of this run."""
        return self.seconds * (total - done) / max(done, 1e-3)
