"""`python -m core.recipes.ladder --data DIR`: six classifiers of one split, rung by rung.

DIR holds `cats_dogs.zip` and `flowers.zip`, a folder for each class. On each, a small network is
trained plain, with dropout and with augmentation; then a dense layer on a frozen backbone, without
and with augmentation; then the backbone's last blocks. What came out goes to `core/assets/ladder`.
A run that was interrupted goes on after its last epoch; what is there is not trained again.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from core import zoo
from core.learning.metrics import evaluate
from core.learning.resuming import ResumePoint
from core.learning.training import split_of
from core.recipes.common.command_line import recipe_parser, show_progress, show_result
from core.recipes.common.files import assets_folder, cache_folder, made, ship
from core.vision.transfer import Strategy, TrainingSettings
from core.vision.transfer.classifiers import transfer_classifier
from core.vision.transfer.datasets import ImageDataset
from core.vision.transfer.ladder import (
    FOLDER,
    LADDER,
    RUNGS,
    Ladder,
    Rung,
    card_name,
    ladder,
    ladders,
    pack_graph,
    pack_layer,
    unpacked,
    write,
)
from core.vision.transfer.race import Lane, race
from core.zoo.sources import digest

_TITLES = {"cats_dogs": "Cats and dogs", "flowers": "Flowers"}
_ORIGINS = {
    "cats_dogs": "1,500 cats and 1,500 dogs of the Kaggle set",
    "flowers": "TensorFlow flower photos, 300 of each of five classes, CC BY by each photographer",
}
_TEST, _VALIDATION = 0.25, 0.2
_PHOTOS_PER_CLASS = {"cats_dogs": 450}  # 900 to train on, as of the flowers
# Networks from random weights train for as long, so that their curves can be compared
_EPOCHS = 30


def main(arguments: Sequence[str] | None = None) -> int:
    """Train the ladders that are not there yet, and write them."""
    parser = recipe_parser("ladder", __doc__, seed=0)
    parser.add_argument("--sets", nargs="+", choices=_TITLES, default=[*_TITLES])
    parser.add_argument("--epochs", type=int, help="at most, on every rung")
    parser.add_argument("--anew", action="store_true", help="train again what is there already")
    options = parser.parse_args(arguments)
    for name in options.sets:
        if options.anew or name not in ladders():
            dataset = ImageDataset.from_zip(options.data / f"{name}.zip")
            common = TrainingSettings(
                seed=options.seed,
                test_share=_TEST,
                validation_share=_VALIDATION,
                photos_per_class=_PHOTOS_PER_CLASS.get(name),
                epochs=options.epochs,
            )
            entrants = [_entrant(common, rung) for rung in RUNGS]
            point = _point_file(name, dataset, entrants)
            _ship(name, dataset, _trained(name, dataset, entrants, point))
            point.unlink(missing_ok=True)
        show_result(_summary(ladder(name)))
    return 0


def _entrant(common: TrainingSettings, strategy: Strategy) -> TrainingSettings:
    settings = replace(common, strategy=strategy)
    if settings.network is not None:
        return settings
    epochs = common.epochs or _EPOCHS
    return replace(settings, epochs=epochs, patience=epochs)


def _point_file(name: str, dataset: ImageDataset, entrants: Sequence[TrainingSettings]) -> Path:
    """Where a run that was interrupted is to go on."""
    key = hashlib.blake2b(repr((dataset.digest, entrants)).encode(), digest_size=8).hexdigest()
    return cache_folder(FOLDER) / f"{name}-{key}.point"


def _trained(
    name: str, dataset: ImageDataset, entrants: Sequence[TrainingSettings], file: Path
) -> tuple[Lane, ...]:
    """The rungs after a race on one split, which goes on where it was interrupted."""
    point = ResumePoint.from_bytes(file.read_bytes()) if file.exists() else None
    kept = point
    for step in race(dataset, entrants, point):
        lane = step.lanes[step.running]
        if step.resume_point is not None and step.resume_point is not kept:
            kept = step.resume_point
            partial_file = file.with_suffix(".part")
            partial_file.write_bytes(kept.to_bytes())
            partial_file.rename(file)
        if lane.step is None:
            continue
        text = f"{_TITLES[name]}: {lane.settings.strategy}, {lane.step.stage}, {step.share:.0%}"
        show_progress(text)
        if lane.evaluation is not None:
            accuracy = lane.evaluation.accuracy
            show_result(f"{text} · {accuracy:.4f} in {lane.step.seconds:.0f} s")
    return step.lanes


def _ship(name: str, dataset: ImageDataset, lanes: Sequence[Lane]) -> None:
    """Pack the classifiers, measure what was packed, and write it with its card."""
    folder = assets_folder(FOLDER)
    split = split_of(dataset, lanes[0].settings)
    parts = {"training": split.train, "validation": split.validation, "test": split.test}
    rungs, packed, probabilities, lost = [], {}, [], 0.0
    for lane in lanes:
        settings = lane.settings
        show_progress(f"{_TITLES[name]}: {settings.strategy}, measuring")
        packed[settings.strategy], learned = _packed(lane)
        model = unpacked(packed[settings.strategy], settings.network, dataset.classes)
        answers = {
            part: model.predict([dataset.photos[i].data for i in positions])
            for part, positions in parts.items()
        }
        rungs.append(_rung(lane, dataset, parts, answers, learned))
        probabilities.append(answers["test"])
        lost = max(lost, float(np.abs(answers["test"] - lane.probabilities).max()))
    known = Ladder(
        name=name,
        title=_TITLES[name],
        classes=dataset.classes,
        parts={part: len(positions) for part, positions in parts.items()},
        rungs=tuple(rungs),
        labels=dataset.labels[split.test],
        probabilities=np.stack(probabilities),
        made=made("keras", "tensorflow", "openvino"),
    )
    write(folder / f"{card_name(name)}.zip", known, packed)
    ship(folder, card_name(name), _spec(known), _card(known, lost))


def _packed(lane: Lane) -> tuple[bytes, int]:
    """A classifier as it is shipped, and how many weights training has set."""
    step = lane.step
    if step is None or step.model is None or step.best is None:
        raise RuntimeError("Expected a training that has ended. Received: one under way.")
    weights = step.best.weights
    if lane.settings.network is None:
        return pack_graph(step.model), sum(w.size for ws in weights.values() for w in ws)
    kernel, bias = weights["predictions"]
    changes = {}
    if len(weights) > 1:
        backbone = zoo.image_network(lane.settings.network)
        before = transfer_classifier(backbone, len(step.best.classes))
        for layer in weights.keys() - {"predictions"}:
            pairs = zip(weights[layer], before.get_layer(layer).get_weights(), strict=True)
            differences = [after - first for after, first in pairs]
            if any(np.any(difference) for difference in differences):
                (changes[layer],) = differences  # batch normalisation stays as it was
    learned = kernel.size + bias.size + sum(change.size for change in changes.values())
    return pack_layer(kernel, bias, dict(sorted(changes.items()))), learned


def _rung(
    lane: Lane,
    dataset: ImageDataset,
    parts: Mapping[str, np.ndarray],
    answers: Mapping[str, np.ndarray],
    learned: int,
) -> Rung:
    if lane.step is None:
        raise RuntimeError("Expected a training that has ended. Received: none.")
    training, validation = (
        float((answers[part].argmax(axis=1) == dataset.labels[parts[part]]).mean())
        for part in ("training", "validation")
    )
    return Rung(
        lane.settings,
        lane.step.epochs,
        round(lane.step.seconds, 2),
        learned,
        training,
        validation,
    )


def _spec(known: Ladder) -> dict[str, Any]:
    network = known.rungs[-1].settings.backbone
    return {
        "title": f"{LADDER}{known.title}",
        "family": "Small convolutional network; EfficientNet-Lite",
        "modality": "image",
        "parameters": sum(rung.learned for rung in known.rungs),
        "licence": "Apache-2.0; trained on photos for research and education",
        "reference": zoo.image_network(network).reference,
        "note": f"Six classifiers. Three stand on {zoo.image_network(network).title}, of which the "
        "file has only what training has changed.",
    }


def _card(known: Ladder, lost: float) -> dict[str, Any]:
    network = known.rungs[-1].settings.backbone
    parts = ", ".join(f"{count:,} for {part}" for part, count in known.parts.items())
    metrics = {}
    for rung, probabilities in zip(known.rungs, known.probabilities, strict=True):
        evaluation = evaluate(known.labels, probabilities, known.classes)
        metrics[rung.settings.strategy] = {
            "accuracy": round(evaluation.accuracy, 4),
            "macro_f1": round(evaluation.macro_f1, 4),
            "auc": round(evaluation.macro_auc, 4),
            "training": round(rung.training, 4),
            "validation": round(rung.validation, 4),
        }
    return {
        "task": f"which of {len(known.classes)} classes a photo shows: {', '.join(known.classes)}",
        "data": _ORIGINS[known.name],
        "split": f"{parts}; within each class, by the seed",
        "seed": known.rungs[0].settings.seed,
        "metrics": metrics,
        "recipe": "python -m core.recipes.ladder --data DIR",
        "backbone": network,
        "backbone_sha256": digest(zoo.image_network(network).weights),
        "packing": "Small networks and dense layers in float16; changes of kernels as 255 steps a "
        f"channel. Probabilities of test photos moved by {lost:.1g} at most.",
        "made": known.made,
    }


def _summary(known: Ladder) -> str:
    lines = [f"{known.title}:"]
    for rung, probabilities in zip(known.rungs, known.probabilities, strict=True):
        accuracy = (probabilities.argmax(axis=1) == known.labels).mean()
        lines.append(
            f"  {rung.settings.strategy:10} test {accuracy:.4f}, training {rung.training:.4f}, "
            f"validation {rung.validation:.4f}, {rung.bytes:,} bytes, {rung.seconds:.0f} s"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
