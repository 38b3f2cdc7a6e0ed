"""Widgets for settings of tasks: bounds, steps, defaults and words are those of the table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import streamlit as st

from core.tasks import TASKS
from core.tasks.task import Usual

_PERCENT, _HUNDREDTH = 100, 0.01


@dataclass(frozen=True, slots=True)
class Described:
    """A setting as the table describes it.

    Attributes
    ----------
    low, high, step : of a number, what a person chooses from.
    """

    label: str
    help: str | None
    default: Any
    low: float
    high: float
    usual: Usual


def described(task: str, name: str) -> Described:
    """The setting of that name of a task."""
    field = TASKS[task].settings.model_fields[name]
    usual = next((mark for mark in field.metadata if isinstance(mark, Usual)), Usual())
    low = _bound(usual.low, field.metadata, "ge", "gt")
    high = _bound(usual.high, field.metadata, "le", "lt")
    return Described(field.title or name, field.description, field.default, low, high, usual)


def _bound(usual: float | None, marks: list[Any], *kinds: str) -> float:
    """The usual one, or what the values are checked against; 0 of what has none."""
    bounds = [getattr(mark, kind) for mark in marks for kind in kinds if hasattr(mark, kind)]
    return next((float(bound) for bound in (usual, *bounds) if bound is not None), 0.0)


def slider(task: str, name: str, *, key: str, default: float | None = None) -> float:
    """A slider for a number; of a share in per cent, where the table says so.

    Parameters
    ----------
    default : where it isn't the table's; the slider reaches to it.
    """
    setting = described(task, name)
    first = float(setting.default if default is None else default)
    low, high = min(setting.low, first), max(setting.high, first)
    if setting.usual.percent:
        whole = st.slider(
            f"{setting.label}, {setting.usual.percent}",
            round(_PERCENT * low),
            round(_PERCENT * high),
            round(_PERCENT * first),
            round(_PERCENT * (setting.usual.step or _HUNDREDTH)),
            key=key,
            bind="query-params",
            help=setting.help,
        )
        return whole / _PERCENT
    step = setting.usual.step
    value = st.slider(
        setting.label,
        low,
        high,
        first,
        step,
        format="%.3f" if step is not None and step < _HUNDREDTH else None,
        key=key,
        bind="query-params",
        help=setting.help,
    )
    return float(value)


def count_slider(task: str, name: str, *, key: str, default: int | None = None) -> int:
    """A slider for a whole number."""
    setting = described(task, name)
    first = int(setting.default if default is None else default)
    return st.slider(
        setting.label,
        min(int(setting.low), first),
        max(int(setting.high), first),
        first,
        int(setting.usual.step or 1),
        key=key,
        bind="query-params",
        help=setting.help,
    )


def select_slider(task: str, name: str, *, key: str, default: float | None = None) -> float:
    """A slider for one of the numbers that the table lists; the default is among them."""
    setting = described(task, name)
    first = setting.default if default is None else default
    options = sorted({*setting.usual.options, first}, reverse=setting.usual.is_falling)
    value = st.select_slider(
        setting.label, options, first, key=key, bind="query-params", help=setting.help
    )
    return first if value is None else value  # an empty value in the URL is None


def optional_select_slider(
    task: str, name: str, *, key: str, unset: str = "not set"
) -> float | None:
    """A slider for one of the numbers that the table lists, or for none of them, which is first.

    Parameters
    ----------
    unset : what none of them is called.
    """
    setting = described(task, name)
    value: float | None = st.select_slider(
        setting.label,
        [None, *setting.usual.options],
        None,
        format_func=lambda number: unset if number is None else f"{number:g}",
        key=key,
        bind="query-params",
        help=setting.help,
    )
    return value


def toggle(task: str, name: str, *, key: str) -> bool:
    """A toggle."""
    setting = described(task, name)
    value = st.toggle(
        setting.label, setting.default, key=key, bind="query-params", help=setting.help
    )
    return bool(value)


def count_input(task: str, name: str, *, key: str, default: int | None = None) -> int:
    """A whole number to write."""
    setting = described(task, name)
    first = int(setting.default if default is None else default)
    value = st.number_input(
        setting.label,
        int(setting.low),
        int(setting.high),
        first,
        key=key,
        bind="query-params",
        help=setting.help,
    )
    return first if value is None else int(value)


def optional_input(task: str, name: str, *, key: str, default: float | None = None) -> float | None:
    """A number to write, of the type of `default`; 0 for one that is not set."""
    setting = described(task, name)
    first = default or 0
    value = st.number_input(
        setting.label,
        type(first)(0),
        type(first)(setting.high),
        first,
        key=key,
        bind="query-params",
        help=f"{setting.help} 0: not set.",
    )
    return value or None
