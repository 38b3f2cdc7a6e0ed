"""The picture that stands for Colour where no visitor should wait for a network.

`python -m pages._colorize.opening` paints it anew, as is due when the network has changed.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from core.media import encode_jpeg
from core.vision.colorization import colorize
from pages._colorize.samples import CAMERA
from pages._ui import pictures

OPENING = Path(__file__).with_suffix(".jpg")
_ROWS = 320  # of 480 px in width


def picture() -> np.ndarray:
    """(H, W, 3) uint8: the photo, its left half grey and its right half painted."""
    painted = encode_jpeg(colorize(CAMERA.data), quality=95)
    halves = [pictures.photo_array(photo, 480) for photo in (CAMERA.data, painted)]
    return pictures.side_by_side(halves)[:_ROWS]


if __name__ == "__main__":
    OPENING.write_bytes(encode_jpeg(picture(), quality=88))
