"""`python -m tests.bench.none_of_these`: how well a classifier of flowers refuses other photos.

Flowers of the test part are known; cats and dogs, textures and the photos of BSDS500 are not. The
score and its number of axes were chosen on other pairs; see `core/learning/novelty.py`. Intervals
are those of Student's t over the seeds, each of which draws another split.
"""

from __future__ import annotations

import argparse
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from scipy import stats

from core.learning.feature_cache import FeatureCache
from core.learning.logistic_regression import LinearLayer
from core.learning.metrics import roc_curve
from core.learning.novelty import NoveltyDetector
from core.vision.transfer import ImageDataset, TrainingSettings
from core.vision.transfer.trained_model import TrainedModel
from core.vision.transfer.training import evaluated, train
from pages._transfer.sample_sets import SAMPLE_SETS

_SHARE = 0.05


def main() -> None:
    """Print AUROC beside that of the largest probability, and both errors at 5 %."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--strategy", default="features")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--photos", type=int, default=300, help="at most, of each other set")
    parser.add_argument("--flowers", type=int, default=300, help="at most, of each class")
    given = parser.parse_args()
    dataset = _flowers(given.data, given.flowers)
    others = _others(given.data, given.photos)
    cache, known = FeatureCache(), dict[str, np.ndarray]()
    rows: dict[str, list[tuple[float, ...]]] = {name: [] for name in others}
    refused: list[float] = []
    for seed in range(given.seeds):
        settings = TrainingSettings(strategy=given.strategy, seed=seed)
        *_, step = train(dataset, settings, cache)
        step, probabilities = evaluated(dataset, step)
        if step.model is None or step.novelty is None:
            raise RuntimeError("Expected a classifier with a novelty detector. Received: none.")
        if not known or given.strategy not in ("features", "augment"):  # frozen: the same each time
            known = dict(_embedded(step.model, others))
        novelty, confidences = step.novelty, probabilities.max(axis=1)
        refused.append(novelty.refused(novelty.tested, _SHARE) / len(novelty.tested))
        for name, features in known.items():
            rows[name].append(_row(novelty, confidences, features))
        if step.evaluation is not None:
            print(f"seed {seed}: accuracy {step.evaluation.accuracy:.3f}", flush=True)
    tested, validation = len(step.split.test), len(step.split.validation)
    print(f"\n{tested} test and {validation} validation flowers, {given.seeds} seeds")
    print(f"known photos refused at {_SHARE:.0%}: {_interval(refused)}\n")
    for name, columns in rows.items():
        distance, probability, accepted, accepted_before = zip(*columns, strict=True)
        print(f"{name}, {len(known[name])} photos")
        print(
            f"  AUROC: {_interval(distance)}; by the largest probability {_interval(probability)}"
        )
        print(
            f"  accepted at {_SHARE:.0%}: {_interval(accepted)}; by a threshold on the largest "
            f"probability that refuses as many flowers {_interval(accepted_before)}"
        )


def _flowers(data: Path, most: int) -> ImageDataset:
    classes: dict[str, list[tuple[str, bytes]]] = {}
    for name, content in _photos(data / "flowers.zip"):
        classes.setdefault(name.split("/")[0], []).append((name, content))
    return ImageDataset.from_classes({name: photos[:most] for name, photos in classes.items()})


def _others(data: Path, most: int) -> dict[str, list[bytes]]:
    textures = SAMPLE_SETS["Textures"].dataset().photos
    sets = {
        "cats and dogs": [content for _, content in _photos(data / "cats_dogs.zip")],
        "textures": [photo.data for photo in textures],
        "BSDS500": [content for _, content in _photos(data / "bsds500.zip")],
    }
    return {name: _spread(photos, most) for name, photos in sets.items()}


def _spread(photos: list[bytes], most: int) -> list[bytes]:
    places = np.linspace(0, len(photos) - 1, min(most, len(photos)))
    return [photos[i] for i in places.astype(int)]


def _photos(path: Path) -> Iterator[tuple[str, bytes]]:
    with zipfile.ZipFile(path) as archive:
        for name in sorted(archive.namelist()):
            if name.endswith(".jpg"):
                yield name, archive.read(name)


def _embedded(
    model: TrainedModel, others: Mapping[str, Sequence[bytes]]
) -> Iterator[tuple[str, np.ndarray]]:
    for name, photos in others.items():
        yield name, np.concatenate([features for _, features in model.outputs(photos)])


def _row(
    novelty: NoveltyDetector, confidences: np.ndarray, features: np.ndarray
) -> tuple[float, ...]:
    """AUROC by distance and by probability, and what each accepts at the same loss."""
    sure = LinearLayer(novelty.kernel, novelty.bias).predict(features).max(axis=1)
    distances = novelty.distances(features)
    is_other = np.repeat([False, True], [len(confidences), len(features)])
    lost = novelty.refused(novelty.tested, _SHARE) / len(confidences)
    return (
        roc_curve(is_other, np.concatenate([novelty.tested, distances])).auc,
        roc_curve(is_other, -np.concatenate([confidences, sure])).auc,
        1 - novelty.refused(distances, _SHARE) / len(distances),
        float((sure >= np.quantile(confidences, lost)).mean()),
    )


def _interval(values: Sequence[float]) -> str:
    mean = float(np.mean(values))
    if len(values) < 2:
        return f"{mean:.3f}"
    half = stats.t.ppf(0.975, len(values) - 1) * stats.sem(values)
    return f"{mean:.3f} ({mean - half:.3f} to {mean + half:.3f})"


if __name__ == "__main__":
    main()
