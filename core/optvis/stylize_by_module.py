"""Style transfer by a TF-Hub module: a URL, or the folder of a SavedModel."""

from __future__ import annotations

import numpy as np
from PIL import Image

from core import engine
from core.engine.hub.styles import STYLE_PX
from core.media import Source, open_image
from core.optvis.pictures import read_picture, rounded

MAGENTA = "https://tfhub.dev/google/magenta/arbitrary-image-stylization-v1-256/2"


def stylize_by_module(
    content: Source, style: Source, *, module: str = MAGENTA, size: int = 384
) -> np.ndarray:
    """The content of one photo in the style of another, as a module draws it.

    Parameters
    ----------
    content, style : encoded photos; the module gets the style as a square of 256 px.
    module : the URL of a TF-Hub module, or the path of a SavedModel folder.
    size : of the longer side [px].

    Returns
    -------
    (H, W, 3) uint8, RGB

    Raises
    ------
    WeightsUnavailableError
        The module is not on this machine, with the command that fetches it.
    InvalidInputError, UnknownNameError, MemoryBudgetError
        It is no photo, the module is of another kind, or it does not fit.
    """
    run = engine.style_module(module)
    photo = read_picture(content, size) / 255
    square = open_image(style, size_hint=STYLE_PX).resize(
        (STYLE_PX, STYLE_PX), Image.Resampling.BICUBIC
    )
    return rounded(255 * run(photo, np.asarray(square, np.float32) / 255))
