"""Where recipes write what they make, and where they keep what they have done so far."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable, Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

from core import engine, zoo
from core.settings import settings
from core.zoo.assets import write_card


def assets_folder(name: str = "") -> Path:
    """A folder of the assets, made if it is missing."""
    folder = settings().assets / name
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def cache_folder(name: str = "") -> Path:
    """A folder of the cache for what a run that is interrupted goes on from."""
    folder = settings().cache / "recipes" / name
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def cached_array(path: Path, compute: Callable[[], np.ndarray]) -> np.ndarray:
    """The array in the `.npy` file at `path`, which is computed first if it is missing."""
    if not path.exists():
        partial = path.with_suffix(".part.npy")
        np.save(partial, compute())
        partial.rename(path)
    return np.load(path, mmap_mode="r")


def save_arrays(path: Path, arrays: Mapping[str, np.ndarray]) -> None:
    """Write an `.npz` file of arrays with any names."""
    np.savez(path, allow_pickle=False, **arrays)


def write_json(path: Path, content: Any) -> None:
    """Write `content` as people read it."""
    path.write_text(json.dumps(content, indent=1) + "\n", "utf-8")


def ship(folder: Path, name: str, spec: dict[str, Any], card: dict[str, Any]) -> None:
    """Write the card of a network whose files are in `folder`; from now on the zoo has it.

    Parameters
    ----------
    spec, card : as for `core.zoo.assets.write_card`.
    """
    write_card(folder, name, spec, card)
    zoo.read_again()


def made(*packages: str, processor: bool = True) -> dict[str, str]:
    """What every card says of its making: when, on which processor, and by which versions."""
    facts = {"date": datetime.date.today().isoformat()}
    if processor:
        machine = engine.machine()
        facts["processor"] = f"{machine.processor}, {machine.cores} cores"
    return facts | {name: metadata.version(name) for name in packages}
