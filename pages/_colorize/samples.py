"""Photos to start with: one that was always grey, those in colour, and one made to look old."""

from __future__ import annotations

from functools import cache

import numpy as np

from core.media import encode_jpeg, open_image
from core.vision.colorization.color_space import grey, lightness_of_grey, to_rgb
from pages._ui.inputs import SAMPLE_PHOTOS, NamedPhoto
from pages._ui.samples import CAMERAMAN, SAMPLES

CAMERA = NamedPhoto(CAMERAMAN.name, CAMERAMAN.photo, f"{CAMERAMAN.credit}; a grey original")
_SEPIA = (9.0, 24.0)
_PAPER, _BORDER_PX = 226, 18
_GRAIN = 7.0


@cache
def old_photo() -> bytes:
    """The palace as an old print: sepia, grain, and a border of paper."""
    levels = grey(np.asarray(open_image(SAMPLES["Palace"].photo)))
    grain = np.random.default_rng(0).normal(0, _GRAIN, levels.shape)
    faded = np.clip(30 + 0.78 * levels + grain, 0, 255).astype(np.uint8)
    light = lightness_of_grey(np.pad(faded, _BORDER_PX, constant_values=_PAPER))
    ab = np.array(_SEPIA, np.float32) * (1 - light / 200)[..., None]
    return encode_jpeg(to_rgb(light, ab), quality=92)


def samples() -> tuple[NamedPhoto, ...]:
    """All of them, the grey one first."""
    return (
        CAMERA,
        *SAMPLE_PHOTOS,
        NamedPhoto("Old print", old_photo(), f"{SAMPLES['Palace'].credit}, aged by this app"),
    )
