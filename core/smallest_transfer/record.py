"""The result that comes with the app."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

from core.settings import settings
from core.smallest_transfer.learning import IrisLayer, IrisPoint, IrisStep
from core.smallest_transfer.tasks import IrisSettings


@dataclass(frozen=True, slots=True)
class IrisRecord:
    """The results of `python -m core.recipes.smallest_transfer`.

    Attributes
    ----------
    step : the last one with the default settings.
    over_seeds : how transfer does with other seeds: `runs`, of which it `won`, `tied` and `lost`
        by test accuracy; means `transferred` and `scratch` of both accuracies.
    made : the date, and the versions of what made it.
    """

    step: IrisStep
    over_seeds: dict[str, float]
    made: dict[str, str]


def write_record(record: IrisRecord, path: Path | None = None) -> None:
    """Keep a result for `recorded`."""
    path = path or _recorded_path()
    path.write_text(json.dumps(asdict(record), indent=1) + "\n", "utf-8")
    _read.cache_clear()


def recorded(path: Path | None = None) -> IrisRecord:
    """What `write_record` has kept."""
    return _read(path or _recorded_path())


def _recorded_path() -> Path:
    return settings().assets / "smallest_transfer.json"


@cache
def _read(path: Path) -> IrisRecord:
    stored = json.loads(path.read_text("utf-8"))
    step = stored["step"]
    hidden = tuple(step["settings"]["hidden"])
    step["settings"] = IrisSettings(**{**step["settings"], "hidden": hidden})
    for curve in ("source", "transferred", "scratch"):
        step[curve] = tuple(IrisPoint(**point) for point in step[curve])
    step["layers"] = tuple(
        IrisLayer(**{**layer, "shape": tuple(layer["shape"])}) for layer in step["layers"]
    )
    return IrisRecord(**{**stored, "step": IrisStep(**step)})
