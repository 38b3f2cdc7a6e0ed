"""Many small pictures in one: what a page can show thousands of photos with at once."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from core.media import encode_jpeg

_LARGE_PX, _SMALL_PX = 96, 48
MOST_TILES = 4000
"""Photos in one sheet: 3,072 pixels a side. Of more a page asks for the thumbnails it shows."""
_MOST_LARGE = 1000  # photos; beyond, the sheet would be slow to send and to decode
_QUALITY = 75


@dataclass(frozen=True, slots=True)
class ContactSheet:
    """Photos as squares, row by row in one picture.

    Photo `i` is the tile in column `i % columns` of row `i // columns`.

    Attributes
    ----------
    jpeg : the picture, encoded.
    tile_px : side of a tile in pixels.
    columns : tiles in a row.
    """

    jpeg: bytes = field(repr=False)
    tile_px: int
    columns: int


def tile_size(photos: int) -> int:
    """The side in pixels that suits so many photos: 96 or 48."""
    return _LARGE_PX if photos <= _MOST_LARGE else _SMALL_PX


def contact_sheet(tiles: np.ndarray) -> ContactSheet:
    """Lay out squares of one size.

    Parameters
    ----------
    tiles : (N, S, S, 3) uint8, N >= 1
    """
    count, side = tiles.shape[:2]
    columns = math.ceil(math.sqrt(count))
    rows = math.ceil(count / columns)
    sheet = np.zeros((rows * columns, *tiles.shape[1:]), np.uint8)
    sheet[:count] = tiles
    picture = sheet.reshape(rows, columns, side, side, 3).swapaxes(1, 2)
    jpeg = encode_jpeg(picture.reshape(rows * side, columns * side, 3), _QUALITY)
    return ContactSheet(jpeg, side, columns)
