"""`python -m core.recipes.style_tiles`: small pictures in six styles, a data set to train on.

Each is a piece of a picture of its own, drawn by `core.optvis.style_samples` with another seed, so
that no two photos of the data set show the same picture. They go to `core/assets/style_tiles.zip`,
a folder for each style.
"""

from __future__ import annotations

import io
import sys
import zipfile
from collections.abc import Sequence

import numpy as np
from PIL import Image

from core.media import encode_jpeg
from core.optvis.style_samples import STYLE_SAMPLES
from core.recipes.common.command_line import recipe_parser, show_result
from core.recipes.common.files import assets_folder

_PIECE_PX, _SIDE_PX = 288, 96
_QUALITY = 80


def main(arguments: Sequence[str] | None = None) -> int:
    """Draw them all."""
    parser = recipe_parser("style_tiles", __doc__, data=False, seed=0)
    parser.add_argument("--each", type=int, default=24, help="pictures of each style")
    options = parser.parse_args(arguments)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, draw in STYLE_SAMPLES.items():
            for number in range(1, options.each + 1):
                rng = np.random.default_rng((options.seed, number))
                tile = zipfile.ZipInfo(f"{name}/{name.lower()} {number:02}.jpg")
                archive.writestr(tile, encode_jpeg(_piece(draw(rng)), _QUALITY))
            show_result(f"{name}: {options.each} pictures")
    (assets_folder() / "style_tiles.zip").write_bytes(buffer.getvalue())
    return 0


def _piece(picture: np.ndarray) -> np.ndarray:
    """The middle of a picture, made small."""
    top, left = ((side - _PIECE_PX) // 2 for side in picture.shape[:2])
    piece = Image.fromarray(picture[top : top + _PIECE_PX, left : left + _PIECE_PX])
    return np.asarray(piece.resize((_SIDE_PX, _SIDE_PX), Image.Resampling.LANCZOS))


if __name__ == "__main__":
    sys.exit(main())
