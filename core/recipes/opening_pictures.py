"""`python -m core.recipes.opening_pictures [NAME...]`: the pictures that rooms open on.

Each is made of samples that come with packages, or are drawn by code, in the settings a room
opens with.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from importlib import resources
from typing import Any

import numpy as np

from core.media import encode_jpeg
from core.optvis.deep_dream import DreamSettings, dream
from core.optvis.filters import image_grid, visualize
from core.optvis.nine import SCALES, WEIGHTS, nine
from core.optvis.openings import openings_folder, settings_record
from core.optvis.style_samples import style_sample
from core.optvis.style_transfer import StyleSettings, stylize
from core.recipes.common.command_line import Stopwatch, recipe_parser, show_result
from core.recipes.common.files import made, write_json

_MAX_BYTES = 100_000
_PHOTOS = {"Palace": ("sklearn", "datasets/images/china.jpg")}
_LAYER, _FIRST_CHANNEL, _CHANNELS = "block4_conv2", 0, 8
_FILTERS_OF, _FILTER_SIZE = "hed_vgg16", 128

Opening = tuple[np.ndarray, dict[str, Any]]


def main(arguments: Sequence[str] | None = None) -> int:
    """Make those that are named, or all."""
    parser = recipe_parser("opening_pictures", __doc__, data=False)
    parser.add_argument("names", nargs="*", choices=[*_MAKERS, []])
    parser.add_argument(
        "--steps", type=int, help="of a picture, in place of its room's; the nine keep theirs"
    )
    options = parser.parse_args(arguments)
    openings_folder().mkdir(parents=True, exist_ok=True)
    for name in options.names or _MAKERS:
        stopwatch = Stopwatch()
        image, record = _MAKERS[name](options.steps)
        record |= {"seconds": round(stopwatch.seconds, 1), "made": made("openvino", "scipy")}
        quality = next(q for q in range(92, 20, -4) if len(encode_jpeg(image, q)) < _MAX_BYTES)
        (openings_folder() / f"{name}.jpg").write_bytes(encode_jpeg(image, quality))
        write_json(openings_folder() / f"{name}.json", record)
        show_result(f"{name}: {image.shape[1]} x {image.shape[0]} px")
    return 0


def _style(steps: int | None) -> Opening:
    settings = StyleSettings()
    settings = replace(settings, steps=steps) if steps else settings
    snapshots = list(stylize(_photo("Palace"), style_sample("Swirls"), settings))
    curve = [
        {"iteration": s.iteration, **{k: float(f"{v:.4g}") for k, v in s.losses.items()}}
        for s in snapshots
    ]
    return snapshots[-1].image, {
        "photo": "Palace",
        "styles": ["Swirls"],
        "settings": settings_record(settings),
        "losses": curve,
    }


def _nine(_steps: int | None) -> Opening:
    *_, last = nine(_photo("Palace"), style_sample("Swirls"))
    return image_grid(np.stack(last.images), columns=3), {
        "photo": "Palace",
        "styles": ["Swirls"],
        "weights": WEIGHTS,
        "scales": SCALES,
    }


def _dream(steps: int | None) -> Opening:
    settings = DreamSettings()
    settings = replace(settings, steps=steps) if steps else settings
    *_, last = dream(_photo("Palace"), settings)
    return last.image, {"photo": "Palace", "settings": settings_record(settings)}


def _filters(steps: int | None) -> Opening:
    channels = range(_FIRST_CHANNEL, _FIRST_CHANNEL + _CHANNELS)
    settings: dict[str, int] = {"size": _FILTER_SIZE} | ({"steps": steps} if steps else {})
    *_, last = visualize(_LAYER, channels, network=_FILTERS_OF, **settings)
    return image_grid(last.images), {
        "settings": {
            "network": _FILTERS_OF,
            "layer": _LAYER,
            "first": _FIRST_CHANNEL,
            "count": _CHANNELS,
            "size": _FILTER_SIZE,
            "steps": last.steps,
            "seed": 0,
        }
    }


def _photo(name: str) -> bytes:
    package, member = _PHOTOS[name]
    return (resources.files(package) / member).read_bytes()


_MAKERS: dict[str, Callable[[int | None], Opening]] = {
    "style": _style,
    "nine": _nine,
    "dream": _dream,
    "filters": _filters,
}

if __name__ == "__main__":
    sys.exit(main())
