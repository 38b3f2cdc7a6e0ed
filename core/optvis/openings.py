"""Finished pictures that rooms open on, with the settings that made them."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from core.media import decode
from core.settings import settings


@dataclass(frozen=True, slots=True)
class Opening:
    """A picture that was made ahead of time.

    Attributes
    ----------
    image : (H, W, 3) uint8
    record : dict, what made it: `settings`, names of the samples, `made`, and figures.
    """

    image: np.ndarray = field(repr=False)
    record: dict[str, Any]


def openings_folder() -> Path:
    """Where the pictures and their records lie."""
    return settings().assets / "optvis"


@cache
def opening(name: str) -> Opening:
    """`style`, `nine`, `dream` or `filters` of `python -m core.recipes.opening_pictures`."""
    record = json.loads((openings_folder() / f"{name}.json").read_text("utf-8"))
    return Opening(decode(openings_folder() / f"{name}.jpg"), record)


def settings_record(chosen: Any) -> dict[str, Any]:
    """Settings as JSON has them, for comparison and to take along."""
    return json.loads(json.dumps(asdict(chosen)))
