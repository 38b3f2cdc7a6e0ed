"""Whether the advice of the Train room holds: `python -m tests.bench.advice --runs FILE`.

Every strategy is trained on cats and dogs, flowers, textures, digits and faces, with four sizes
each, as the Train room would train on so many photos of each class: 20 % of them are its test part,
10 % of the rest its validation part. They are compared on other photos, the same for all sizes. The
first seed comes first. Each training is a line of FILE; those
that are there are not run again. The largest size of cats and dogs and of flowers is the whole
data set, in the races that ship. Then `python -m core.recipes.advice --runs FILE` makes the record
of the page. The table says of each data set and size what is best, and what is advised by a rule
that was chosen by the other data sets.
"""

from __future__ import annotations

import argparse
import gzip
import io
import json
from collections import deque
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from core.learning.feature_cache import FeatureCache
from core.recipes.advice import left_out, read_trials
from core.vision.classification import DEFAULT_BACKBONE, embed
from core.vision.transfer import TrainingSettings, train
from core.vision.transfer.advice import LITTLE, RACED, advise
from core.vision.transfer.advice_record import Trial
from core.vision.transfer.datasets import ImageDataset
from core.vision.transfer.race_record import recorded
from pages._transfer import sample_sets

SIZES = {
    "Textures": (24, (5, 10, 20, 40)),
    "Faces": (40, (5, 10, 25, 60)),
    "Cats and dogs": (200, (5, 15, 50)),
    "Flowers": (80, (5, 15, 40)),
    "Digits": (50, (5, 10, 20, 40)),
}
"""By data set: photos of each class in the test part, and in the sets that are trained on."""
ARCHIVES = {"Cats and dogs": "cats_dogs.zip", "Flowers": "flowers.zip"}
MOST_TRAINED = max(size for _, sizes in SIZES.values() for size in sizes)
DIGITS = 110  # of each; the sample set has 60


@dataclass(frozen=True, slots=True)
class Cell:
    """So many photos of each class of a data set; the seed draws them and trains."""

    data: str
    size: int
    seed: int


def cells(seeds: int) -> Iterator[Cell]:
    """All with the first seed before any with the second: the smallest first, then the largest."""
    for seed in range(seeds):
        for place in (0, 1, 3, 2):
            for data, (_, sizes) in SIZES.items():
                if place < len(sizes):
                    yield Cell(data, sizes[place], seed)


def dataset_of(name: str, folder: Path) -> ImageDataset:
    """One of `SIZES`."""
    if name in ARCHIVES:
        return ImageDataset.from_zip(folder / ARCHIVES[name])
    if name != "Digits":
        return sample_sets.SAMPLE_SETS[name].dataset()
    table = gzip.decompress(sample_sets.packaged_file("sklearn", "datasets/data/digits.csv.gz"))
    rows = np.loadtxt(io.BytesIO(table), delimiter=",", dtype=np.int64)
    pictures = (255 - rows[:, :-1] * 255 // 16).reshape(-1, 8, 8)
    return ImageDataset.from_classes(
        {
            f"{digit}": sample_sets._enlarged(pictures[rows[:, -1] == digit][:DIGITS], 64, "digit")
            for digit in range(10)
        }
    )


def parts(dataset: ImageDataset, cell: Cell) -> tuple[ImageDataset, ImageDataset]:
    """What a visitor would have, and other photos to test on."""
    rng = np.random.default_rng(cell.seed)
    tested, _ = SIZES[cell.data]
    own: list[int] = []
    test: list[int] = []
    for label in range(len(dataset.classes)):
        order = rng.permutation(np.flatnonzero(dataset.labels == label)).tolist()
        test += order[:tested]
        own += order[tested : tested + cell.size]
    return dataset.at(own), dataset.at(test)


def trained(
    own: ImageDataset, test: ImageDataset, settings: TrainingSettings, cache: FeatureCache
) -> dict[str, Any]:
    """What comes of a training."""
    (step,) = deque(train(own, settings, cache), maxlen=1)
    if step.model is None:
        raise RuntimeError("Expected a training that has ended. Received: one under way.")
    if step.best is not None and settings.strategy in ("features", "augment"):
        kernel, bias = step.best.weights["predictions"]
        predictions = (_features(test, cache) @ kernel + bias).argmax(axis=1)
    else:
        predictions = step.model.predict([photo.data for photo in test.photos]).argmax(axis=1)
    return {
        "strategy": settings.strategy,
        "trained": len(step.split.train),
        "photos": len(test.photos),
        "correct": int((predictions == test.labels).sum()),
        "seconds": round(step.seconds, 1),
    }


def _features(test: ImageDataset, cache: FeatureCache) -> np.ndarray:
    """(N, D): what the frozen backbone makes of the test photos, once for all sizes."""
    missing = cache.missing(DEFAULT_BACKBONE, test.digests)
    if missing:
        rows = embed([test.photos[i].data for i in missing])
        cache.add(DEFAULT_BACKBONE, [test.digests[i] for i in missing], rows, 0.0)
    return cache.stack(DEFAULT_BACKBONE, test.digests)


def similarity(own: ImageDataset) -> dict[str, Any]:
    """To ImageNet."""
    (step,) = deque(advise(own), maxlen=1)
    if step.advice is None:
        raise RuntimeError("Expected advice. Received: none.")
    measured = step.advice.similarity
    return {
        "similarity": round(measured.value, 4),
        "confidence": round(measured.confidence, 4),
        "alignment": round(measured.alignment, 4),
        "frozen_accuracy": step.advice.frozen_accuracy,
    }


def shipped(folder: Path) -> Iterator[tuple[Cell, dict[str, Any]]]:
    """The races on whole data sets that ship with the app."""
    for race in recorded():
        if race.data not in ARCHIVES:
            continue
        cell = Cell(race.data, min(race.counts.values()), race.lanes[0].settings.seed)
        yield cell, similarity(dataset_of(race.data, folder))
        for lane in race.lanes:
            result = {"trained": lane.trained, "photos": lane.tested, "correct": lane.correct}
            strategy = {"strategy": lane.settings.strategy}
            yield cell, {**strategy, **result, "seconds": lane.seconds}


def run(options: argparse.Namespace) -> None:
    """Train what is missing in the file."""
    done: set[tuple[Cell, str]] = set()
    if options.runs.exists():
        for line in map(json.loads, options.runs.read_text("utf-8").splitlines()):
            cell = Cell(line["data"], line["size"], line["seed"])
            done.add((cell, line.get("strategy", "similarity")))

    def note(cell: Cell, result: dict[str, Any]) -> None:
        with options.runs.open("a", encoding="utf-8") as file:
            file.write(json.dumps({**asdict(cell), **result}) + "\n")
        print(cell, result, flush=True)

    if not {cell.data for cell, _ in done if cell.size > MOST_TRAINED} >= {*ARCHIVES}:
        for cell, result in shipped(options.data):
            note(cell, result)
    cache, sets = FeatureCache(), {}
    for cell in cells(options.seeds):
        wanted = [name for name in (*options.strategies, "similarity") if (cell, name) not in done]
        if not wanted:
            continue
        if cell.data not in sets:
            sets[cell.data] = dataset_of(cell.data, options.data)
        own, test = parts(sets[cell.data], cell)
        if len(own.photos) > options.most:
            continue
        for name in wanted:
            if name == "similarity":
                result = similarity(own)
            else:
                settings = TrainingSettings(strategy=name, seed=cell.seed)
                result = trained(own, test, settings, cache)
            note(cell, result)


def show(trials: tuple[Trial, ...]) -> None:
    """Print what was best and what was advised."""
    print(f"{'data':14}{'photos':>7}{'seeds':>6}{'similar':>8}", end="")
    print("".join(f"{name:>12}" for name in RACED), f"{'advised':>12}{'regret':>8}")
    for trial in trials:
        print(
            f"{trial.data:14}{trial.photos_per_class:7}{trial.seeds:6}{trial.similarity:8.2f}"
            + "".join(f"{100 * trial.accuracy[name]:12.1f}" for name in RACED)
            + f" {trial.advised:>12}{100 * trial.regret:8.1f}"
        )
    regrets = [100 * trial.regret for trial in trials]
    print(f"{len(trials)} races, mean regret {np.mean(regrets):.2f} points")
    for name in RACED:
        always = [trial.accuracy[trial.best] - trial.accuracy[name] for trial in trials]
        print(f"  {name} everywhere: {100 * np.mean(always):.2f} points")
    worse = [trial for trial in trials if trial.regret > LITTLE]
    for trial in sorted(worse, key=lambda trial: -trial.regret):
        print(
            f"  fails by {100 * trial.regret:.1f} points: {trial.data}, "
            f"{trial.photos_per_class} photos of each class: {trial.best}, advised {trial.advised}"
        )


def main() -> None:
    """Run what is missing, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), metavar="DIR")
    parser.add_argument("--runs", type=Path, required=True, metavar="FILE")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--strategies", nargs="*", default=RACED, metavar="NAME")
    parser.add_argument("--most", type=int, default=10**6, help="photos of a set to train on")
    options = parser.parse_args()
    run(options)
    show(left_out(read_trials(options.runs)))


if __name__ == "__main__":
    main()
