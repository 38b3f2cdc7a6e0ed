"""`python -m core.recipes.opening_pictures [NAME...]`: the pictures that rooms open on.

Each is made of samples that come with packages, or are drawn by code, in the settings a room
opens with.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from core.media import encode_jpeg
from core.optvis.deep_dream import DreamSettings, dream
from core.optvis.filters import image_grid, visualize
from core.optvis.nine import SCALES, WEIGHTS, nine
from core.optvis.openings import OPENINGS, settings_record
from core.optvis.style_samples import style_sample
from core.optvis.style_transfer import StyleSettings, stylize
from core.recipes.made import made

_MOST_BYTES = 100_000
_PHOTOS = {"Palace": ("sklearn", "datasets/images/china.jpg")}
FILTERS = {"network": "hed_vgg16", "layer": "block4_conv2", "first": 0, "count": 8, "size": 128}


def main(arguments: Sequence[str] | None = None) -> int:
    """Make those that are named, or all."""
    parser = argparse.ArgumentParser(
        prog="python -m core.recipes.opening_pictures", description=__doc__
    )
    parser.add_argument("names", nargs="*", choices=[*_MAKERS, []])
    for name in parser.parse_args(arguments).names or _MAKERS:
        begun = time.monotonic()
        image, record = _MAKERS[name]()
        record |= {"seconds": round(time.monotonic() - begun, 1), "made": made("openvino", "scipy")}
        quality = next(q for q in range(92, 20, -4) if len(encode_jpeg(image, q)) < _MOST_BYTES)
        OPENINGS.mkdir(exist_ok=True)
        (OPENINGS / f"{name}.jpg").write_bytes(encode_jpeg(image, quality))
        (OPENINGS / f"{name}.json").write_text(json.dumps(record, indent=1) + "\n", "utf-8")
        sys.stderr.write(f"{name}: {image.shape[1]} x {image.shape[0]} px\n")
    return 0


def _style() -> tuple[np.ndarray, dict[str, Any]]:
    settings = StyleSettings()
    steps = list(stylize(_photo("Palace"), style_sample("Swirls"), settings))
    curve = [
        {"iteration": s.iteration, **{k: float(f"{v:.4g}") for k, v in s.losses.items()}}
        for s in steps
    ]
    return steps[-1].image, {
        "photo": "Palace",
        "styles": ["Swirls"],
        "settings": settings_record(settings),
        "losses": curve,
    }


def _nine() -> tuple[np.ndarray, dict[str, Any]]:
    *_, last = nine(_photo("Palace"), style_sample("Swirls"))
    return image_grid(np.stack(last.images), columns=3), {
        "photo": "Palace",
        "styles": ["Swirls"],
        "weights": WEIGHTS,
        "scales": SCALES,
    }


def _dream() -> tuple[np.ndarray, dict[str, Any]]:
    settings = DreamSettings()
    *_, last = dream(_photo("Palace"), settings)
    return last.image, {"photo": "Palace", "settings": settings_record(settings)}


def _filters() -> tuple[np.ndarray, dict[str, Any]]:
    channels = range(FILTERS["first"], FILTERS["first"] + FILTERS["count"])
    how = {name: FILTERS[name] for name in ("network", "size")}
    *_, last = visualize(FILTERS["layer"], channels, **how)
    return image_grid(last.images), {"settings": {**FILTERS, "steps": last.steps, "seed": 0}}


def _photo(name: str) -> bytes:
    package, member = _PHOTOS[name]
    spec = importlib.util.find_spec(package)
    return (Path(spec.submodule_search_locations[0]) / member).read_bytes()


_MAKERS: dict[str, Callable[[], tuple[np.ndarray, dict[str, Any]]]] = {
    "style": _style,
    "nine": _nine,
    "dream": _dream,
    "filters": _filters,
}

if __name__ == "__main__":
    sys.exit(main())
