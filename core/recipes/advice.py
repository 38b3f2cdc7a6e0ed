"""`python -m core.recipes.advice --data DIR --runs FILE`: what advice in the Train room rests on.

DIR holds `imagenet_samples.zip`, which says what EfficientNet-Lite0 makes of ImageNet's own photos.
FILE has a line for each training of `python -m tests.bench.advice`: every strategy on five data
sets of four sizes. A rule says which strategy is advised where. What is advised on one data set in
the record follows a rule that was chosen by the other four; the rule that ships was chosen by all.
Without FILE, the trials stay as they are. All goes to `core/assets/advice.json`.
"""

from __future__ import annotations

import itertools
import json
import math
import sys
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from core import engine
from core.media import read_zip
from core.recipes.common.command_line import recipe_parser, show_result
from core.recipes.common.files import assets_folder, made
from core.vision.classification import DEFAULT_BACKBONE
from core.vision.photos import batches, prepare_all
from core.vision.transfer.advice import LESSON, RACED, look_at
from core.vision.transfer.advice_record import (
    AdviceRecord,
    Quadrant,
    Reference,
    Rule,
    Trial,
    recorded,
    write_record,
)
from core.vision.transfer.training_run import Strategy

_NO_WORSE = 0.001
_NEVER = 1.01  # no accuracy is

_UNTRIED = Rule(many_from=100.0, similar_from=0.5, enough=0.95, strategies=LESSON)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure what is asked for, and write it."""
    parser = recipe_parser("advice", __doc__)
    parser.add_argument("--runs", type=Path, metavar="FILE", help="lines of tests.bench.advice")
    options = parser.parse_args(arguments)
    reference = measure_reference(options.data / "imagenet_samples.zip")
    show_result(
        f"{reference.photos} photos of ImageNet: confidence {reference.confidence:.3f}, "
        f"alignment {reference.alignment:.3f}"
    )
    trials = _kept() if options.runs is None else left_out(read_trials(options.runs))
    rule = choose_rule(trials) if trials else _UNTRIED
    assets_folder()
    record = AdviceRecord(
        reference=reference, rule=rule, trials=trials, made=made("keras", "tensorflow", "openvino")
    )
    write_record(record)
    for trial in trials:
        show_result(
            f"{trial.data}, {trial.photos_per_class} of each class: {trial.best} "
            f"{trial.accuracy[trial.best]:.3f}, advised {trial.advised}, "
            f"regret {100 * trial.regret:.1f} points"
        )
    return 0


def measure_reference(archive: Path) -> Reference:
    """What the backbone makes of ImageNet's own photos."""
    network = engine.predictor(DEFAULT_BACKBONE)
    photos = [member.data for member in read_zip(archive) if member.data]
    looks = [
        look_at(network, pixels)[:2]
        for pixels in batches(prepare_all(photos, network.info.input_size))
    ]
    confidence, alignment = (
        float(np.concatenate(part).mean()) for part in zip(*looks, strict=True)
    )
    return Reference(
        backbone=DEFAULT_BACKBONE,
        photos=len(photos),
        confidence=round(confidence, 4),
        alignment=round(alignment, 4),
    )


def read_trials(runs: Path) -> tuple[Trial, ...]:
    """The trials in a file of trainings, those in which every strategy was trained."""
    lines = [json.loads(line) for line in runs.read_text("utf-8").splitlines()]
    cells: dict[tuple[str, int], list[dict[str, Any]]] = defaultdict(list)
    for line in lines:
        cells[line["data"], line["size"]].append(line)
    return tuple(
        trial
        for (data, size), of_cell in sorted(cells.items())
        if (trial := _trial(data, size, of_cell)) is not None
    )


def _trial(data: str, size: int, lines: Sequence[dict[str, Any]]) -> Trial | None:
    seeds: dict[int, dict[str, dict[str, Any]]] = defaultdict(dict)
    for line in lines:
        seeds[line["seed"]][line.get("strategy", "similarity")] = line
    whole = [one for one in seeds.values() if {*one} >= {*RACED, "similarity"}]
    if not whole:
        return None
    return Trial(
        data=data,
        photos_per_class=size,
        seeds=len(whole),
        tested=sum(one["features"]["photos"] for one in whole),
        similarity=_mean([one["similarity"]["similarity"] for one in whole]),
        frozen_accuracy=_mean([one["similarity"]["frozen_accuracy"] for one in whole]),
        accuracy={
            name: _mean([one[name]["correct"] / one[name]["photos"] for one in whole])
            for name in RACED
        },
        advised="features",
    )


def _mean(values: Sequence[float]) -> float:
    return round(float(np.mean(values)), 4)


def _kept() -> tuple[Trial, ...]:
    try:
        return recorded().trials
    except (FileNotFoundError, json.JSONDecodeError):
        return ()


def choose_rule(trials: Sequence[Trial]) -> Rule:
    """Boundaries with the least mean regret on these trials; the strategies are the lesson's.

    Of those that differ from the least by no more than 0.1 points, which tests of some hundred
    photos cannot tell apart, the one with the widest gaps around it. For many photos that differ
    from ImageNet the lesson asks for every layer to learn; where the last blocks alone were more
    accurate, over all these trials, they are advised there too. Other strategies are not chosen:
    there are too few data sets for that.
    """
    every, last = (
        np.mean([trial.accuracy[name] for trial in trials]) for name in ("initialise", "fine_tune")
    )
    deep: Strategy = "initialise" if every >= last else "fine_tune"
    strategies: dict[Quadrant, Strategy] = {**LESSON, "many, different": deep}
    sizes = _between([math.log10(trial.photos_per_class) for trial in trials])
    similarities = _between([trial.similarity for trial in trials])
    accuracies = _between([trial.frozen_accuracy for trial in trials])
    if not sizes or not similarities:
        raise RuntimeError("Expected trials of several sizes and data sets. Received: too few.")
    candidates = []
    for (many_from, apart), (similar_from, gap), (enough, way) in itertools.product(
        sizes, similarities, [*accuracies, (_NEVER, 0.0)]
    ):
        rule = Rule(
            many_from=10**many_from,
            similar_from=similar_from,
            enough=enough,
            strategies=strategies,
        )
        candidates.append((mean_regret(rule, trials), apart * gap * way, rule))
    least = min(regret for regret, _, _ in candidates)
    as_good = [one for one in candidates if one[0] <= least + _NO_WORSE]
    _, _, rule = max(as_good, key=lambda one: one[1])
    return rule


def mean_regret(rule: Rule, trials: Sequence[Trial]) -> float:
    """What the rule's advice costs on average, in [0, 1]."""
    return float(np.mean([with_advice(rule, trial).regret for trial in trials]))


def with_advice(rule: Rule, trial: Trial) -> Trial:
    """The trial with what a rule advises."""
    strategy = rule.strategy(trial.photos_per_class, trial.similarity, trial.frozen_accuracy)
    return replace(trial, advised=strategy)


def left_out(trials: Sequence[Trial]) -> tuple[Trial, ...]:
    """Each trial with the advice of a rule that was chosen by those of the other data sets."""
    rules = {
        data: choose_rule([trial for trial in trials if trial.data != data])
        for data in {trial.data for trial in trials}
    }
    return tuple(with_advice(rules[trial.data], trial) for trial in trials)


def _between(values: Sequence[float]) -> list[tuple[float, float]]:
    """Middles of neighbours among the values, and half of how far these are apart."""
    known = sorted(set(values))
    return [((a + b) / 2, (b - a) / 2) for a, b in itertools.pairwise(known)]


if __name__ == "__main__":
    sys.exit(main())
