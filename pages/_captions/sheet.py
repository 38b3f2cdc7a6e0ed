"""Photos with their captions below them, as one picture."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from core.media import open_image

_MOST_COLUMNS = 6
_TILE_PX, _GAP_PX = 240, 12
_FONT_PX, _LINE_PX = 15, 20
_CHARACTERS, _LINES = 32, 4  # that fit below a tile
_PAPER, _INK = (251, 251, 248), (31, 42, 36)


def captioned_sheet(photos: Sequence[bytes], captions: Sequence[str]) -> np.ndarray:
    """(H, W, 3) uint8: each photo whole, in a square of its own, with its caption below.

    Parameters
    ----------
    photos : N >= 1, encoded.
    captions : N; what does not fit in four lines ends in dots.

    Raises
    ------
    InvalidInputError
        If a photo cannot be used.
    """
    columns = min(len(photos), _MOST_COLUMNS, max(1, math.ceil(math.sqrt(len(photos)))))
    rows = math.ceil(len(photos) / columns)
    across = _TILE_PX + _GAP_PX
    down = _TILE_PX + _LINES * _LINE_PX + 2 * _GAP_PX
    sheet = Image.new("RGB", (columns * across + _GAP_PX, rows * down + _GAP_PX), _PAPER)
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(_FONT_PX)
    for i, (photo, caption) in enumerate(zip(photos, captions, strict=True)):
        left, top = _GAP_PX + i % columns * across, _GAP_PX + i // columns * down
        tile = open_image(photo, size_hint=_TILE_PX)
        tile.thumbnail((_TILE_PX, _TILE_PX), Image.Resampling.LANCZOS)
        beside, above = (_TILE_PX - tile.width) // 2, _TILE_PX - tile.height
        sheet.paste(tile, (left + beside, top + above))
        lines = textwrap.wrap(caption, _CHARACTERS, max_lines=_LINES, placeholder=" …")
        for number, line in enumerate(lines):
            place = (left, top + _TILE_PX + 6 + number * _LINE_PX)
            draw.text(place, line, fill=_INK, font=font)
    return np.asarray(sheet)
