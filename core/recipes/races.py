"""`python -m core.recipes.races --data DIR`: what transfer buys, measured on two data sets.

DIR holds `cats_dogs.zip` and `flowers.zip`, a folder for each class. Every strategy is trained on
the same split; then, on the first, frozen features and a network from scratch with more and more
photos. The figures go to `core/assets/races.json`; a race that is there already is not run again.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from core.vision.transfer import STRATEGIES, TrainingSettings
from core.vision.transfer.datasets import ImageDataset
from core.vision.transfer.race import race
from core.vision.transfer.race_record import RaceRecord, record, recorded, write_records

_SEED = 0
_SIZES = (5, 10, 20, 50, 100, None)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the races and write what came out."""
    parser = argparse.ArgumentParser(prog="python -m core.recipes.races", description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--anew", action="store_true", help="run again what is there already")
    options = parser.parse_args(arguments)
    strategies = [TrainingSettings(strategy=name, seed=_SEED) for name in STRATEGIES]
    curve = [
        TrainingSettings(strategy=name, seed=_SEED, photos_per_class=size)
        for name in ("scratch", "features")
        for size in _SIZES
    ]
    known = {} if options.anew else {one.data: one for one in _there()}
    for title, file, entrants in (
        ("Cats and dogs", "cats_dogs", strategies),
        ("Flowers", "flowers", strategies),
        ("Cats and dogs: learning curve", "cats_dogs", curve),
    ):
        if title not in known:
            known[title] = _run(options.data / f"{file}.zip", title, entrants)
            write_records(list(known.values()))
    return 0


def _run(archive: Path, title: str, entrants: Sequence[TrainingSettings]) -> RaceRecord:
    dataset = ImageDataset.from_zip(archive)
    for step in race(dataset, entrants):
        lane = step.lanes[step.running]
        sys.stderr.write(
            f"\r\033[K{title}: {lane.settings.strategy}, {lane.step.stage}, {step.share:.0%}"
        )
        if lane.evaluation is not None:
            sys.stderr.write(f" · {lane.evaluation.accuracy:.4f} in {lane.step.seconds:.0f} s\n")
    return record(step, dataset, title)


def _there() -> tuple[RaceRecord, ...]:
    try:
        return recorded()
    except (FileNotFoundError, json.JSONDecodeError):
        return ()


if __name__ == "__main__":
    sys.exit(main())
