"""`python -m core.recipes.colorize --data DIR`: what colours grey photos.

DIR holds `flickr8k.zip`, `flowers.zip`, `cats_dogs.zip`, `bsds500.zip` and
`imagenet_samples.zip`. Photos are read once and kept small in the cache; the network learns
from so many steps, an hour beside other work, and goes on where it was if it is interrupted.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

import numpy as np

from core.recipes.colorize import measuring, shipping
from core.recipes.colorize.photos import members, read_photos
from core.recipes.colorize.training import train
from core.recipes.common.command_line import add_training_options, recipe_parser, show_result
from core.recipes.common.files import cache_folder
from core.recipes.common.training import TrainingPlan, mixed_precision
from core.vision.colorization.network import colorizing_network
from core.zoo.keras_runtime import keras

_STEPS, _CHOOSING, _BATCH = 2_800, 150, 16
_LEARNING_RATE, _EMA_MOMENTUM = 1e-3, 0.998


def main(arguments: Sequence[str] | None = None) -> int:
    """Learn, choose, measure, write."""
    parser = recipe_parser("colorize", __doc__, seed=0)
    parser.add_argument("--steps", type=int, default=_STEPS)
    add_training_options(parser, batch_size=_BATCH, choosing=_CHOOSING, chosen="temperature")
    options = parser.parse_args(arguments)
    listed, held_out = members(options.data)
    order = np.random.default_rng(options.seed).permutation(len(listed))
    choosing = tuple(listed[i] for i in sorted(order[: options.choosing]))
    photos = read_photos(tuple(listed[i] for i in sorted(order[options.choosing :])))
    plan = TrainingPlan(
        learning_rate=_LEARNING_RATE,
        ema_momentum=_EMA_MOMENTUM,
        batch_size=options.batch_size,
        seed=options.seed,
        weights=cache_folder() / f"colorize-{options.steps}.weights.h5",
    )
    if not plan.weights.exists():
        with mixed_precision():
            keras().utils.set_random_seed(plan.seed)
            train(colorizing_network(), photos, plan, steps=options.steps)
    network = colorizing_network()
    network.load_weights(plan.weights)
    about = {
        "taught": len(photos.greys),
        "chosen_on": len(choosing),
        "held_out": len(held_out),
        "seed": options.seed,
        "steps": options.steps,
        "photos_at_once": options.batch_size,
    }
    shipping.write(network, photos, temperature=0.5, metrics={}, **about)
    chosen = measuring.choose(choosing)
    shipping.write(network, photos, metrics={}, **chosen, **about)
    metrics = measuring.measure(held_out)
    shipping.write(network, photos, metrics=metrics, **chosen, **about)
    show_result(f"{metrics}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
