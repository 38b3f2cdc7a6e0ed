"""Figures in words that say no more than is true."""

from __future__ import annotations

import math


def percent(share: float, digits: int = 1) -> str:
    """A share in per cent; nothing but 0 is written as 0, and nothing but all as 100.

    Parameters
    ----------
    share : float, in [0, 1] or not; nan is a hyphen.
    digits : after the decimal point.
    """
    if math.isnan(share):
        return "-"
    text, step = f"{share:.{digits}%}", 10.0**-digits
    written = float(text.removesuffix("%"))
    if share < 1 and written >= 100:
        return f">{100 - step:.{digits}f}%"
    if share > 0 and written <= 0:
        return f"<{step:.{digits}f}%"
    return text
