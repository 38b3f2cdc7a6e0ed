"""What is kept of a race when its classifiers are gone: settings, curves, figures."""

from __future__ import annotations

import datetime
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cache
from importlib import metadata
from pathlib import Path

from core import engine
from core.settings import settings
from core.vision.transfer.datasets import ImageDataset
from core.vision.transfer.race import RaceStep
from core.vision.transfer.training import Epoch, TrainingSettings
from core.wording import counted


@dataclass(frozen=True, slots=True)
class LaneRecord:
    """What is kept of one training.

    Attributes
    ----------
    settings : TrainingSettings
    stage : what it does or did last, in words; empty before it began.
    epochs : tuple of Epoch
    seconds : float, from its beginning, features that others had computed included.
    trained, tested, correct : int
        Photos it learnt from; photos of the test, and how many of them it named correctly. Both
        0 before it was tested.
    """

    settings: TrainingSettings
    stage: str
    epochs: tuple[Epoch, ...]
    seconds: float
    trained: int
    tested: int
    correct: int


@dataclass(frozen=True, slots=True)
class RaceRecord:
    """What is kept of a race on the data set of that name, with the photos of each class."""

    data: str
    counts: dict[str, int]
    lanes: tuple[LaneRecord, ...]
    made: dict[str, str]
    """When, on what, and by which versions."""

    def to_json(self) -> str:
        """For a file."""
        return json.dumps(asdict(self), indent=1)

    @classmethod
    def from_json(cls, text: str) -> RaceRecord:
        """What `to_json` wrote."""
        return cls._from_dict(json.loads(text))

    @classmethod
    def _from_dict(cls, stored: dict) -> RaceRecord:
        lanes = tuple(
            LaneRecord(
                **{
                    **lane,
                    "settings": TrainingSettings(**lane["settings"]),
                    "epochs": tuple(Epoch(**epoch) for epoch in lane["epochs"]),
                }
            )
            for lane in stored["lanes"]
        )
        return cls(**{**stored, "lanes": lanes})


def record(step: RaceStep, dataset: ImageDataset, name: str) -> RaceRecord:
    """What is worth keeping of a race on `dataset`, which is called `name`."""
    lanes = []
    for lane in step.lanes:
        correct = 0
        if lane.evaluation is not None:
            correct = int((lane.evaluation.labels == lane.evaluation.predictions).sum())
        lanes.append(
            LaneRecord(
                settings=lane.settings,
                stage=lane.step.stage if lane.step else "",
                epochs=lane.step.epochs if lane.step else (),
                seconds=round(lane.step.seconds, 2) if lane.step else 0.0,
                trained=len(lane.step.split.train) if lane.step else 0,
                tested=len(lane.evaluation.labels) if lane.evaluation else 0,
                correct=correct,
            )
        )
    return RaceRecord(name, dataset.counts(), tuple(lanes), _made())


def write_records(records: Sequence[RaceRecord]) -> None:
    """Keep races for `recorded`."""
    _recorded_path().write_text(
        json.dumps([asdict(race) for race in records], indent=1) + "\n", "utf-8"
    )
    _read.cache_clear()


def recorded() -> tuple[RaceRecord, ...]:
    """Races that come with the app: `python -m core.recipes.races` has run them."""
    return _read(_recorded_path())


def _recorded_path() -> Path:
    return settings().assets / "races.json"


@cache
def _read(path: Path) -> tuple[RaceRecord, ...]:
    stored = json.loads(path.read_text("utf-8"))
    return tuple(RaceRecord._from_dict(race) for race in stored)


def _made() -> dict[str, str]:
    machine = engine.machine()
    return {
        "date": datetime.date.today().isoformat(),
        "processor": f"{machine.processor}, {counted(machine.cores, 'core')}",
        **_versions(),
    }


@cache
def _versions() -> dict[str, str]:
    return {name: metadata.version(name) for name in ("keras", "tensorflow", "openvino")}
