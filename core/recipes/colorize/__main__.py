"""`python -m core.recipes.colorize --data DIR`: what colours grey photos.

DIR holds `flickr8k.zip`, `flowers.zip`, `cats_dogs.zip`, `bsds500.zip` and
`imagenet_samples.zip`. Photos are read once and kept small in the cache; the network learns
from so many steps, an hour beside other work, and goes on where it was if it is interrupted.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from core.recipes.colorize import measuring, shipping
from core.recipes.colorize.photos import members, read_photos
from core.recipes.colorize.training import train
from core.settings import settings
from core.vision.colorization.network import colorizing_network
from core.zoo.keras_runtime import keras

SEED = 0
_CHOOSING = 150  # photos that are left out, to choose the temperature by
_STEPS, _RATE, _AT_ONCE = 2_800, 1e-3, 16


def main(arguments: Sequence[str] | None = None) -> int:
    """Learn, choose, measure, write."""
    parser = argparse.ArgumentParser(prog="python -m core.recipes.colorize", description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=_STEPS)
    options = parser.parse_args(arguments)
    listed, held_out = members(options.data)
    order = np.random.default_rng(SEED).permutation(len(listed))
    choosing = tuple(listed[i] for i in sorted(order[:_CHOOSING]))
    photos = read_photos(tuple(listed[i] for i in sorted(order[_CHOOSING:])))
    kept = settings().cache / "recipes" / f"colorize-{options.steps}.weights.h5"
    if not kept.exists():
        keras().utils.set_random_seed(SEED)
        keras().mixed_precision.set_global_policy("mixed_bfloat16")  # a third less time a step
        train(
            colorizing_network(),
            photos,
            steps=options.steps,
            rate=_RATE,
            photos_at_once=_AT_ONCE,
            seed=SEED,
            kept=kept,
        )
        keras().mixed_precision.set_global_policy("float32")
    network = colorizing_network()
    network.load_weights(kept)
    about = {
        "taught": len(photos.greys),
        "chosen_on": len(choosing),
        "held_out": len(held_out),
        "seed": SEED,
        "steps": options.steps,
        "photos_at_once": _AT_ONCE,
    }
    shipping.write(network, photos, temperature=0.5, metrics={}, **about)
    chosen = measuring.choose(choosing)
    shipping.write(network, photos, metrics={}, **chosen, **about)
    metrics = measuring.measure(held_out)
    shipping.write(network, photos, metrics=metrics, **chosen, **about)
    sys.stderr.write(f"{metrics}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
