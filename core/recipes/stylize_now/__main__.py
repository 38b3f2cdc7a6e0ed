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
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from core.optvis.pictures import recolored
from core.recipes.made import made
from core.recipes.stylize_now.pictures import Pictures, crops, read_pictures
from core.settings import settings
from core.zoo.assets import write_card
from core.zoo.sources import ASSETS

_NAME = "style_decoder"
_SAVED_EVERY_S = 60
_MEASURED_PX = 176
_PEAK_RATE = 1e-3
_WARM_UP = 100  # steps until the rate is at its peak
_ALONE = 0.1  # share of the time in which every photo is its own style


def main(arguments: Sequence[str] | None = None) -> int:
    """Learn, measure, write."""
    parser = argparse.ArgumentParser(prog="python -m core.recipes.stylize_now", description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--size", type=int, default=128, help="side of the crops, px")
    parser.add_argument("--batch", type=int, default=6)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    pictures = read_pictures(options.data)
    model, state = _train(pictures, options)
    _ship(model, pictures, state, options)
    return 0


def _train(pictures: Pictures, options: argparse.Namespace) -> tuple[Any, dict]:
    from core.zoo.keras_runtime import keras

    keras().config.set_dtype_policy("mixed_bfloat16")
    from core.recipes.stylize_now.network import trainer

    model = trainer(options.seed)
    folder = settings().cache / "recipes"
    folder.mkdir(parents=True, exist_ok=True)
    stem = f"stylize_now-two-layers-{options.size}-{options.batch}-{options.seed}"
    weights, record = folder / f"{stem}.weights.h5", folder / f"{stem}.json"
    state = {"steps": 0, "seconds": 0.0}
    blank = np.zeros((1, options.size, options.size, 3), np.float32)
    model((blank, blank))  # builds it
    if record.exists():
        state = json.loads(record.read_text("utf-8"))
        model.optimizer.build(model.trainable_variables)
        model.load_weights(weights)
    random = np.random.default_rng((options.seed, state["steps"]))
    alone = crops(pictures, options.size, options.batch, random, itself=options.batch)
    styled = crops(pictures, options.size, options.batch, random)
    losses: list[float] = []
    begun = saved = time.monotonic()
    before = state["seconds"]
    while (spent := before + time.monotonic() - begun) < 60 * options.minutes:
        share = spent / (60 * options.minutes)
        warm = min(1.0, (state["steps"] + 1) / _WARM_UP)
        model.optimizer.learning_rate = _PEAK_RATE * warm * (0.02 + 0.98 * (1 - share) ** 1.5)
        loss = model.train_on_batch(next(alone if share < _ALONE else styled))
        losses.append(float(np.ravel(loss)[0]))
        state = {"steps": state["steps"] + 1, "seconds": spent}
        if state["steps"] % 20 == 0:
            recent = np.mean(losses[-200:])
            print(
                f"\r{state['steps']} steps, {spent / 60:.1f} min, loss {recent:.4f}",
                end="",
                file=sys.stderr,
            )
        if time.monotonic() - saved > _SAVED_EVERY_S:
            saved = time.monotonic()
            model.save_weights(weights)
            record.write_text(json.dumps(state), "utf-8")
    if losses:
        model.save_weights(weights)
        record.write_text(json.dumps(state), "utf-8")
    return model, state


def _ship(model: Any, pictures: Pictures, state: dict, options: argparse.Namespace) -> None:
    from core.engine.conversion import function_of, write_graph
    from core.recipes.stylize_now.network import ENCODER, FEATURES, decoder
    from core.zoo.keras_runtime import keras

    metrics = _measure(model, pictures)
    keras().config.set_dtype_policy("float32")
    network = decoder()
    network.set_weights(model.decoder.get_weights())
    folder = ASSETS / "optvis"
    folder.mkdir(exist_ok=True)
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
        "split": "measured on 40 photos of BSDS500 that were not learned from, in the styles that "
        "were",
        "metrics": metrics,
        "recipe": f"python -m core.recipes.stylize_now --data DIR --minutes {options.minutes:g} "
        f"--size {options.size} --batch {options.batch}",
        "seed": options.seed,
        "encoder": ENCODER,
        "features": list(FEATURES),
        "steps": state["steps"],
        "minutes": round(state["seconds"] / 60, 1),
        "made": made("keras", "tensorflow"),
    }
    write_card(folder, _NAME, spec, card)
    print(f"\n{_NAME}: {metrics}", file=sys.stderr)


def _measure(model: Any, pictures: Pictures) -> dict[str, float]:
    """How far from the styles' statistics the results are, as a share of how far photos are."""
    from core.recipes.stylize_now.network import moments

    def distance(picture: np.ndarray, wanted: list[Any]) -> float:
        pairs = zip(model.encode(picture), wanted, strict=True)
        return sum(
            float(np.mean((np.asarray(a) - np.asarray(b)) ** 2))
            for have, want in pairs
            for a, b in zip(moments(have), moments(want), strict=True)
        )

    before = by_colors = after = 0.0
    corner = np.s_[:_MEASURED_PX, :_MEASURED_PX]
    for i, held_out in enumerate(pictures.held_out):
        style = pictures.styles[i % len(pictures.styles)][corner].astype(np.float32)
        photo = held_out[corner].astype(np.float32)
        colored = recolored(photo, style)[None]
        found = model((colored, style[None]))
        before += distance(photo[None], found["wanted"])
        by_colors += distance(colored, found["wanted"])
        after += distance(found["picture"], found["wanted"])
    return {
        "style_loss_left": round(after / before, 4),
        "left_by_colors_alone": round(by_colors / before, 4),
    }


if __name__ == "__main__":
    sys.exit(main())
