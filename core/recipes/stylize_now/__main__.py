"""`python -m core.recipes.stylize_now --data DIR`: what styles a photo at once.

DIR holds `imagenet_samples.zip`, `bsds500.zip` and `paintings.zip`. A decoder learns to draw
pictures from features of VGG16 whose statistics were exchanged for another picture's. It learns for
so many minutes, is kept in the cache from time to time, and goes on from there when it is started
again.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from core.engine.conversion import function_of, write_graph
from core.optvis.pictures import recolored
from core.recipes.common.command_line import Stopwatch, recipe_parser, show_progress, show_result
from core.recipes.common.files import assets_folder, cache_folder, made, ship, write_json
from core.recipes.common.training import mixed_precision
from core.recipes.stylize_now.network import ENCODER, FEATURES, decoder, moments, trainer
from core.recipes.stylize_now.pictures import Pictures, crops, read_pictures

_NAME = "style_decoder"
_CHECKPOINT_S = 60
_MEASURED_PX = 176
_LEARNING_RATE = 1e-3
_WARM_UP = 100  # steps until the learning rate is at its peak
_ALONE = 0.1  # share of the training in which every photo is its own style


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the training is."""

    steps: int = 0
    seconds: float = 0.0

    def share(self, options: argparse.Namespace) -> float:
        """Of the steps that were asked for, or else of the minutes."""
        if options.steps:
            return self.steps / options.steps
        return self.seconds / (60 * options.minutes)


def main(arguments: Sequence[str] | None = None) -> int:
    """Learn, measure, write."""
    parser = recipe_parser("stylize_now", __doc__, seed=0)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--steps", type=int, help="end after so many, not after some minutes")
    parser.add_argument("--size", type=int, default=128, help="side of the crops, px")
    parser.add_argument("--batch", type=int, default=6)
    parser.add_argument("--validation", type=int, default=40, help="photos to measure on")
    options = parser.parse_args(arguments)
    pictures = read_pictures(options.data, options.validation)
    with mixed_precision():
        model, progress = train(pictures, options)
        metrics = _measure(model, pictures)
    _ship(model, progress, metrics, options)
    return 0


def train(pictures: Pictures, options: argparse.Namespace) -> tuple[Any, Progress]:
    """Train a model, or go on where an earlier run was interrupted."""
    model = trainer(options.seed)
    stem = f"stylize_now-two-layers-{options.size}-{options.batch}-{options.seed}"
    weights = cache_folder() / f"{stem}.weights.h5"
    record = cache_folder() / f"{stem}.json"
    progress = Progress()
    blank = np.zeros((1, options.size, options.size, 3), np.float32)
    model((blank, blank))  # builds it
    if record.exists():
        progress = Progress(**json.loads(record.read_text("utf-8")))
        model.optimizer.build(model.trainable_variables)
        model.load_weights(weights)
    random = np.random.default_rng((options.seed, progress.steps))
    alone = crops(pictures, options.size, options.batch, random, itself=options.batch)
    styled = crops(pictures, options.size, options.batch, random)
    losses: list[float] = []
    stopwatch, checkpoint_s, before = Stopwatch(), 0.0, progress.seconds
    while (share := progress.share(options)) < 1:
        warm_up = min(1.0, (progress.steps + 1) / _WARM_UP)
        decay = 0.02 + 0.98 * (1 - share) ** 1.5
        model.optimizer.learning_rate = _LEARNING_RATE * warm_up * decay
        loss = model.train_on_batch(next(alone if share < _ALONE else styled))
        losses.append(float(np.ravel(loss)[0]))
        progress = Progress(progress.steps + 1, before + stopwatch.seconds)
        if progress.steps % 20 == 0:
            minutes, recent = progress.seconds / 60, np.mean(losses[-200:])
            show_progress(f"{progress.steps} steps, {minutes:.1f} min, loss {recent:.4f}")
        if stopwatch.seconds - checkpoint_s > _CHECKPOINT_S:
            checkpoint_s = stopwatch.seconds
            model.save_weights(weights)
            write_json(record, asdict(progress))
    if losses:
        model.save_weights(weights)
        write_json(record, asdict(progress))
    return model, progress


def _ship(
    model: Any, progress: Progress, metrics: dict[str, float], options: argparse.Namespace
) -> None:
    network = decoder()
    network.set_weights(model.decoder.get_weights())
    folder = assets_folder("optvis")
    parameters = write_graph(function_of(network), folder / f"{_NAME}.xml")
    spec = {
        "title": "Style decoder",
        "family": "AdaIN",
        "modality": "image",
        "parameters": parameters,
        "licence": "Apache-2.0",
        "reference": "https://arxiv.org/abs/1703.06868",
        "note": f"Draws pictures from features of {ENCODER} at {' and '.join(FEATURES)} whose mean "
        "and deviation were exchanged for those of a style.",
    }
    card = {
        "task": "A photo in the style of another picture, in one forward pass",
        "data": "photos of ImageNet (700) and BSDS500 (260); styles: 8 paintings in the public "
        "domain, 6 pictures drawn by this project, and photos",
        "split": f"measured on {options.validation} photos of BSDS500 that were not learned from, "
        "in the styles that were",
        "metrics": metrics,
        "recipe": f"python -m core.recipes.stylize_now --data DIR --minutes {options.minutes:g} "
        f"--size {options.size} --batch {options.batch}"
        + (f" --steps {options.steps}" if options.steps else ""),
        "seed": options.seed,
        "encoder": ENCODER,
        "features": list(FEATURES),
        "steps": progress.steps,
        "minutes": round(progress.seconds / 60, 1),
        "made": made("keras", "tensorflow"),
    }
    ship(folder, _NAME, spec, card)
    show_result(f"{_NAME}: {metrics}")


def _measure(model: Any, pictures: Pictures) -> dict[str, float]:
    """How far from the styles' statistics the results are, as a share of how far photos are."""

    def distance(picture: np.ndarray, style_features: list[Any]) -> float:
        return sum(
            float(np.mean((np.asarray(a) - np.asarray(b)) ** 2))
            for features, target in zip(model.encode(picture), style_features, strict=True)
            for a, b in zip(moments(features), moments(target), strict=True)
        )

    before = by_colors = after = 0.0
    corner = np.s_[:_MEASURED_PX, :_MEASURED_PX]
    for i, held_out in enumerate(pictures.held_out):
        style = pictures.styles[i % len(pictures.styles)][corner].astype(np.float32)
        photo = held_out[corner].astype(np.float32)
        colored = recolored(photo, style)[None]
        result = model((colored, style[None]))
        before += distance(photo[None], result["style"])
        by_colors += distance(colored, result["style"])
        after += distance(result["picture"], result["style"])
    return {
        "style_loss_left": round(after / before, 4),
        "left_by_colors_alone": round(by_colors / before, 4),
    }


if __name__ == "__main__":
    sys.exit(main())
