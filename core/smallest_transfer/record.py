"""The result that comes with the app."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

from core.smallest_transfer.learning import IrisLayer, IrisPoint, IrisStep
from core.smallest_transfer.tasks import IrisSettings
from core.zoo.sources import ASSETS

_RECORDED = ASSETS / "smallest_transfer.json"


@dataclass(frozen=True, slots=True)
class IrisRecord:
    """What `python -m core.recipes.smallest_transfer` has found.

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


def write_record(record: IrisRecord, path: Path = _RECORDED) -> None:
    """Keep a result for `recorded`."""
    path.write_text(json.dumps(asdict(record), indent=1) + "\n", "utf-8")


@cache
def recorded(path: Path = _RECORDED) -> IrisRecord:
    """What `write_record` has kept."""
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
