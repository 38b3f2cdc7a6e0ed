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


def tabulated(share: float, digits: int = 1) -> float:
    """The share for a column of a table, whose format would round it to 0 or 100 per cent.

    Parameters
    ----------
    share : float in [0, 1].
    digits : that the column's format has after the decimal point of the per cent.
    """
    step = 10.0 ** -(digits + 2)
    return share if share in (0, 1) else min(max(share, step), 1 - step)
