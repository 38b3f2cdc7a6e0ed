"""What the recipe has recorded of sounds."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from core.errors import WeightsUnavailableError
from core.settings import settings

INPUTS = {
    "photos": "Photos",
    "book": "Photos, three channels",
    "birds": "Birdsong",
    "both": "Photos and birdsong",
}
"""What heads were given in the recipe."""


@cache
def figures() -> dict[str, Any]:
    """By data set: `title`, `clips`, `by_fold`, `by_clips`, `leaking`.

    Raises
    ------
    WeightsUnavailableError
        If the recipe has not run.
    """
    path = settings().assets / "sounds" / "figures.json"
    if not path.exists():
        raise WeightsUnavailableError(
            "There are no recorded metrics for sounds on this machine. `python -m "
            "core.recipes.sounds --data DIR` records them."
        )
    return json.loads(path.read_text("utf-8"))
