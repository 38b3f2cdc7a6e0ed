"""What every card says of its making."""

from __future__ import annotations

import datetime
from importlib import metadata

from core import engine


def made(*packages: str) -> dict[str, str]:
    """When, on what, and by which versions."""
    machine = engine.machine()
    return {
        "date": datetime.date.today().isoformat(),
        "processor": f"{machine.processor}, {machine.cores} cores",
        **{name: metadata.version(name) for name in packages},
    }
