"""`python -m core.recipes.findings --data DIR`: how right the findings of a first look are.

DIR holds `flowers.zip`, `cats_dogs.zip`, `bsds500.zip`, `newsgroups_train.jsonl.xz` and
`esc10.zip`. Labels are flipped, other photos are planted or mixed in, examples are labelled in
turn, by seeds on which nothing was chosen. The figures go to `core/assets/findings.json` part by
part; what is not measured this time stays there as it was.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from typing import Any

from core.recipes.common.command_line import recipe_parser, show_progress, show_result
from core.recipes.common.files import assets_folder, made, write_json
from core.recipes.findings import measuring
from core.recipes.findings.measuring import VectorSet, mean_with_interval
from core.recipes.findings.sets import BACKBONES, photo_set, photos_of, post_set, sound_set

PARTS = ("labels", "outliers", "drift", "labelling")
_HALVES = 200


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print and write down."""
    parser = recipe_parser("findings", __doc__, seed=5)
    parser.add_argument("--seeds", type=int, default=5, help="how many, from --seed on")
    parser.add_argument("--halves", type=int, default=_HALVES, help="for false alarms of drift")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS, help="what to measure")
    options = parser.parse_args(arguments)
    folder, data = assets_folder(), options.data
    seeds = range(options.seed, options.seed + options.seeds)
    flowers, cats = (photo_set(data / f"{name}.zip") for name in ("flowers", "cats_dogs"))
    sets = {
        "Flowers": flowers,
        "Flowers, three networks": photo_set(data / "flowers.zip", BACKBONES),
        "Cats and dogs": cats,
        "Cats and dogs, three networks": photo_set(data / "cats_dogs.zip", BACKBONES),
        "Newsgroups": post_set(data / "newsgroups_train.jsonl.xz"),
        "ESC-10": sound_set(data / "esc10.zip"),
    }
    parts: dict[str, Callable[[], dict[str, Any]]] = {
        "labels": lambda: {name: labels_of(data, seeds) for name, data in sets.items()},
        "outliers": lambda: {
            name: outliers_of(flowers, others, seeds)
            for name, others in (
                ("Flowers with cats and dogs", cats.vectors),
                ("Flowers with BSDS500", photos_of(data / "bsds500.zip")),
            )
        },
        "drift": lambda: drift_of(flowers, cats, options.halves, seeds[0]),
        "labelling": lambda: {
            name: labelling_of(sets[name], seeds)
            for name in ("Flowers", "Cats and dogs", "Newsgroups", "ESC-10")
        },
    }
    path = folder / "findings.json"
    figures = json.loads(path.read_text("utf-8")) if path.exists() else {}
    about = {"seeds": [seeds[0], seeds[-1]], "made": made("scikit-learn", "numpy")}
    for name in options.parts:
        figures |= about | {name: parts[name]()}
        write_json(path, figures)
    return 0


def labels_of(data: VectorSet, seeds: Sequence[int]) -> dict[str, Any]:
    """Of flipped labels, each a mean with its interval."""
    rows = []
    for seed in seeds:
        show_progress(f"labels of {len(data.labels)} examples, seed {seed}")
        rows.append(measuring.measure_labels(data, seed))
    found = {
        name: mean_with_interval(getattr(row, name) for row in rows)
        for name in ("precision", "recall_listed", "length_listed", "precision_listed")
    }
    show_result(f"labels, {len(data.labels)} examples: {found}")
    return found


def outliers_of(data: VectorSet, others: Any, seeds: Sequence[int]) -> dict[str, Any]:
    """Of planted photos."""
    show_progress("outliers")
    rows = [measuring.measure_outliers(data, others, seed) for seed in seeds]
    found = {
        name: mean_with_interval(row[place] for row in rows)
        for place, name in enumerate(("precision", "auroc"))
    }
    show_result(f"outliers: {found}")
    return found


def drift_of(data: VectorSet, others: VectorSet, halves: int, first_seed: int) -> dict[str, Any]:
    """False alarms between halves of a set, and how often a tenth of others is noticed."""
    seeds = range(first_seed, first_seed + halves)
    show_progress("drift")
    alarms = [measuring.measure_drift(data.vectors, None, seed)[0] for seed in seeds]
    noticed = [
        measuring.measure_drift(data.vectors, others.vectors, seed)[0] for seed in seeds[:50]
    ]
    found = {
        "false_alarms": [int(sum(alarms)), len(alarms)],
        "noticed": [int(sum(noticed)), len(noticed)],
    }
    show_result(f"drift: {found}")
    return found


def labelling_of(data: VectorSet, seeds: Sequence[int]) -> dict[str, Any]:
    """Labels until 95 % of the accuracy with all of them is reached."""
    show_progress("labelling")
    found = {
        name: mean_with_interval(
            measuring.measure_labelling(data, seed, is_random=is_random) for seed in seeds
        )
        for name, is_random in (("chosen", False), ("random", True))
    }
    show_result(f"labelling, {len(data.labels)} examples: {found}")
    return found


if __name__ == "__main__":
    sys.exit(main())
