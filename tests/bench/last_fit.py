"""What training once more on all photos buys: `python -m tests.bench.last_fit FLOWERS.zip`.

Of each class a share is kept back for good. On the rest, classifiers are trained as the Transfer
lab does it, with a test part and a validation part of their own, and then once more on all of the
rest; both are read on what was kept back, over several seeds of that split.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from pathlib import Path

import numpy as np

from core.learning.feature_cache import FeatureCache
from core.vision.transfer import ImageDataset, TrainingSettings, evaluated, train
from core.vision.transfer.training import train_on_all
from core.zoo.joined import SEPARATOR

_LITES = [f"efficientnet_lite{i}" for i in range(3)]
_BACKBONES = (_LITES[0], SEPARATOR.join(_LITES), SEPARATOR.join([*_LITES, "hed_vgg16"]))


def main() -> None:
    """Print, for each backbone, the accuracy on kept-back photos before and after the last fit."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("archive", type=Path)
    parser.add_argument("--kept-back", type=float, default=0.4, help="share of each class")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--strategy", default="features")
    parser.add_argument("--backbones", nargs="+", default=_BACKBONES)
    options = parser.parse_args()
    photos, cache = ImageDataset.from_zip(options.archive), FeatureCache()
    read: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for seed in range(options.seeds):
        rest, kept_back = photos.split(options.kept_back, 1000 + seed)
        dataset, held = photos.at(rest), [photos.photos[i].data for i in kept_back]
        for backbone in options.backbones:
            settings = TrainingSettings(strategy=options.strategy, backbone=backbone, seed=seed)
            *_, last = train(dataset, settings, cache)
            last, _ = evaluated(dataset, last)
            *_, again = train_on_all(dataset, settings, last.epochs, last.card, cache=cache)
            right = [
                float((step.model.predict(held).argmax(1) == photos.labels[kept_back]).mean())
                for step in (last, again)
            ]
            read[backbone].append((right[0], right[1]))
            print(
                f"seed {seed}, {backbone}: {last.evaluation.accuracy:.3f} on "
                f"{len(last.split.test)} test photos; of {len(held)} kept back {right[0]:.3f}, "
                f"after the last fit {right[1]:.3f}",
                flush=True,
            )
    for backbone, pairs in read.items():
        before, after = np.mean(pairs, axis=0)
        low, high = np.min(pairs, axis=0)[1], np.max(pairs, axis=0)[1]
        print(f"{backbone}: {before:.4f}, after {after:.4f} ({low:.3f} to {high:.3f})")


if __name__ == "__main__":
    main()
