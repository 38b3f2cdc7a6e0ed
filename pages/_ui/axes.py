"""The axes of charts: all are made here, so that no number on one misleads.

Each function sets the range, too: Plotly guesses one from the values, and with none or one of them
its guess is from -1 to 6, or from minus to plus the double.
"""

from __future__ import annotations

import math
import textwrap
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, Literal

import numpy as np
import plotly.graph_objects as go

Which = Literal["x", "y"]
_TICKS = 6  # about so many numbers on an axis
_LONGEST = 40  # letters of a name beside a chart
_WRAPPED, _LINE, _LINES = 8, 18, 3  # names below a chart: how many, letters, lines
_PLACES = 40  # names that find room
_NEAREST = 0.06  # of the axis, between two numbers on it


def label(name: object, longest: int = _LONGEST) -> str:
    """A name as Plotly's text: on one line, not too long, with no tags in it."""
    text = " ".join(str(name).split())
    if len(text) > longest:
        text = f"{text[: longest - 1].rstrip()}…"
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def shares(
    figure: go.Figure, which: Which, title: str = "", *, room: float = 0.03, hidden: bool = False
) -> None:
    """From 0 to 100 %, whatever the values.

    Parameters
    ----------
    room : beyond 100 %, for what is written behind a bar, or half a point.
    hidden : whether the numbers are written in the chart instead.
    """
    low = 0.0 if hidden else -0.01
    ticks = [0, 0.2, 0.4, 0.6, 0.8, 1]
    texts = [f"{tick:.0%}" for tick in ticks]
    _set(
        figure, which, title, [low, 1 + room],
        type="linear", tickvals=ticks, ticktext=texts, visible=not hidden, zeroline=False,
    )  # fmt: skip


def numbers(
    figure: go.Figure,
    which: Which,
    values: Iterable[float],
    title: str = "",
    *,
    room: float = 0.05,
    hidden: bool = False,
    **more: Any,
) -> None:
    """From 0 to a little beyond the largest value; below 0 if there are such values."""
    low, high = _ends(values)
    high = max(high, 0.0)
    low = min(low, 0.0)
    span = (high - low) or 1.0
    step = _nice(span / _TICKS)
    end = [low - room * span * (low < 0), (high or low + span) + room * span]
    places = np.arange(math.ceil(end[0] / step - 1e-9), math.floor(end[1] / step + 1e-9) + 1)
    ticks = (places * step).tolist()
    digits = max(0, -math.floor(math.log10(step) + 1e-9))
    texts = [f"{tick:,.{digits}f}" for tick in ticks]
    _set(
        figure, which, title, end,
        type="linear", tickvals=ticks, ticktext=texts, visible=not hidden, **more,
    )  # fmt: skip


def counts(
    figure: go.Figure,
    which: Which,
    values: Iterable[float],
    title: str = "",
    *,
    room: float = 0.05,
    hidden: bool = False,
) -> None:
    """From 0 to a little beyond the largest number of things; only whole numbers are written."""
    high = max(1.0, _ends(values)[1])
    step = max(1.0, _nice(high / _TICKS))
    ticks = np.arange(0, high + 1e-9, step).tolist()
    _set(
        figure, which, title, [-0.02 * high * (not hidden), (1 + room) * high],
        type="linear", tickvals=ticks, ticktext=[f"{tick:,.0f}" for tick in ticks],
        visible=not hidden, zeroline=False,
    )  # fmt: skip


def logarithmic(
    figure: go.Figure,
    which: Which,
    values: Iterable[float],
    title: str = "",
    *,
    written: Sequence[tuple[float, str]] = (),
) -> None:
    """Logarithmic, around the positive values; each number on it is written in full.

    Parameters
    ----------
    written : what to write on it and where; at most those that find room, the last for certain.
    """
    low, high = _ends(value for value in values if value > 0)
    low, high = (1.0, 10.0) if high <= 0 else (low, high)
    pad = 0.06 * math.log10(high / low) or 0.3
    ends = [math.log10(low) - pad, math.log10(high) + pad]
    pairs = list(written) or [(tick, _in_full(tick)) for tick in _log_ticks(*ends)]
    pairs = _apart([pair for pair in pairs if pair[0] > 0], ends)
    _set(
        figure, which, title, ends,
        type="log", tickvals=[value for value, _ in pairs], ticktext=[text for _, text in pairs],
        showgrid=True,
    )  # fmt: skip


def categories(
    figure: go.Figure, which: Which, names: Sequence[object], title: str = "", **more: Any
) -> list[str]:
    """One place for each name, whatever it is, the first at the top or at the left.

    Without this, Plotly takes names such as 3, 1e3 or 2021-01-01 for numbers and dates, and puts
    things of one name in one place.

    Returns
    -------
    What stands for each name as a coordinate.
    """
    keys, times = [], Counter[str]()
    for name in map(str, names):
        keys.append(name + "\N{ZERO WIDTH SPACE}" * times[name])
        times[name] += 1
    ends = [-0.5, max(0.5, len(keys) - 0.5)]
    _set(
        figure, which, title, ends[::-1] if which == "y" else ends,
        type="category", categoryorder="array", categoryarray=keys,
        tickvals=keys, ticktext=_beside(which, names),  # 2 would mean "2"
        ticklabelstandoff=6, showgrid=False, zeroline=False, **more,
    )  # fmt: skip
    return keys


def places(figure: go.Figure, which: Which, names: Sequence[object], title: str = "") -> None:
    """As `categories`, for data that give the number of a place, from 0."""
    ends = [-0.5, max(0.5, len(names) - 0.5)]
    every = max(1, -(-len(names) // _PLACES))
    _set(
        figure, which, title, ends[::-1] if which == "y" else ends,
        type="linear", tickvals=list(range(0, len(names), every)),
        ticktext=_beside(which, names[::every]), showgrid=False, zeroline=False,
    )  # fmt: skip


def hidden(figure: go.Figure, which: Which, **more: Any) -> None:
    """Without lines or numbers: places on it have no meaning of their own."""
    settings = {"visible": False, "showgrid": False, "zeroline": False, **more}
    _update(figure, which, settings)


def _beside(which: Which, names: Sequence[object]) -> list[str]:
    """Names as text beside a chart; on several lines below it, where they have a place of width."""
    if which == "y" or len(names) > _WRAPPED:
        return [label(name, _LONGEST if which == "y" else _LINE) for name in names]
    lines = (textwrap.wrap(str(name), _LINE, max_lines=_LINES, placeholder="…") for name in names)
    return ["<br>".join(map(label, every)) for every in lines]


def _set(
    figure: go.Figure, which: Which, title: str, ends: Sequence[float], **settings: Any
) -> None:
    title_text = {"title": title} if title else {}
    _update(figure, which, {"range": list(ends), "tickmode": "array", **title_text, **settings})


def _update(figure: go.Figure, which: Which, settings: dict[str, Any]) -> None:
    update = figure.update_xaxes if which == "x" else figure.update_yaxes
    update(**settings)


def _ends(values: Iterable[float]) -> tuple[float, float]:
    """The least and the greatest of those that are numbers; zeros if there are none."""
    known = [float(value) for value in values if value is not None and math.isfinite(value)]
    return (min(known), max(known)) if known else (0.0, 0.0)


def _nice(step: float) -> float:
    """The next of 1, 2, 5, 10, 20, ..."""
    decade = 10.0 ** math.floor(math.log10(step))
    return next(factor * decade for factor in (1, 2, 5, 10) if factor * decade >= step * (1 - 1e-9))


def _log_ticks(low: float, high: float) -> list[float]:
    """Between 10**low and 10**high: decades, with 2 and 5 of each, with all between."""
    decades = range(math.floor(low), math.ceil(high) + 1)
    every = -(-len(decades) // (_TICKS + 2))
    few = [10.0**decade for decade in decades if decade % every == 0]
    for factors in ((1,), (1, 2, 5), (1, 1.5, 2, 3, 4, 5, 6, 7, 8, 9)):
        fine = [factor * 10.0**decade for decade in decades for factor in factors]
        candidates = few if factors == (1,) else fine
        ticks = [tick for tick in candidates if low <= math.log10(tick) <= high]
        if len(ticks) >= 3:
            return ticks
    middle = 10.0 ** ((low + high) / 2)
    return ticks if len(ticks) > 1 else [float(f"{middle:.2g}")]


def _apart(pairs: list[tuple[float, str]], ends: Sequence[float]) -> list[tuple[float, str]]:
    """Those that are not on top of each other, counted from the largest."""
    kept: list[tuple[float, str]] = []
    for value, text in sorted(pairs, reverse=True):
        if not kept or math.log10(kept[-1][0] / value) >= _NEAREST * (ends[1] - ends[0]):
            kept.append((value, text))
    return kept[::-1]


def _in_full(value: float) -> str:
    """Such as 0.05, 2,000 or 2·10⁻⁶."""
    if 1e-3 <= value < 1e6:
        return f"{value:,.10g}"
    exponent = math.floor(math.log10(value) + 1e-9)
    factor = value / 10.0**exponent
    power = f"10<sup>{exponent}</sup>"
    return power if math.isclose(factor, 1) else f"{factor:.2g}·{power}"
