"""Finished pictures that rooms open on, with the settings that made them."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from functools import cache
from typing import Any

import numpy as np

from core.media import decode
from core.zoo.sources import ASSETS

OPENINGS = ASSETS / "optvis"


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


@cache
def opening(name: str) -> Opening:
    """`style`, `nine`, `dream` or `filters` of `python -m core.recipes.opening_pictures`."""
    record = json.loads((OPENINGS / f"{name}.json").read_text("utf-8"))
    return Opening(decode(OPENINGS / f"{name}.jpg"), record)


def settings_record(settings: Any) -> dict[str, Any]:
    """Settings as JSON has them, for comparison and to take along."""
    return json.loads(json.dumps(asdict(settings)))
