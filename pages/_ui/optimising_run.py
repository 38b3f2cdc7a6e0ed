"""A picture by optimisation, as the job that makes it leaves it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np


@dataclass(slots=True)
class Run:
    """A picture under way; `losses` grow while it runs.

    `share` is how far it is; `losses` what each step said; `frames` pictures on the way.
    """

    image: np.ndarray = field(repr=False)
    share: float
    text: str
    losses: list[dict[str, float]]
    frames: list[np.ndarray] = field(repr=False)
    about: dict[str, Any] = field(repr=False)
