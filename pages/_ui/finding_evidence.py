"""How right findings were where faults had been planted: figures that a recipe has measured."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from core.settings import settings
from pages._ui.numbers import percent

_FILE = "findings.json"
_FLIPPED = 0.05


def of_labels() -> str:
    """Of flipped labels, in a sentence; nothing where it was not measured."""
    found = [
        f"{percent(each['precision'][0], 0)} on {_in_sentence(name)}"
        for name, each in _record().get("labels", {}).items()
    ]
    if not found:
        return ""
    return (
        f"Measured with {percent(_FLIPPED, 0)} of the labels flipped: of the worst labels, as many "
        f"as were flipped, so many were flipped ones: {'; '.join(found)}."
    )


def of_outliers() -> str:
    """Of planted examples, in a sentence; nothing where it was not measured."""
    found = [
        f"{_in_sentence(name)}: {percent(each['precision'][0], 0)}"
        for name, each in _record().get("outliers", {}).items()
    ]
    if not found:
        return ""
    return (
        "Measured with 50 other photos planted, how many of the first 50 odd ones these were: "
        f"{'; '.join(found)}."
    )


def of_drift() -> str:
    """How often differences are noticed, in a sentence; nothing where it was not measured."""
    found = _record().get("drift")
    if not found:
        return ""
    alarms, halves = found["false_alarms"]
    noticed, mixed = found["noticed"]
    return (
        f"Measured on flowers: a tenth of other photos mixed in was noticed (p < 0.05) in "
        f"{noticed} of {mixed} cases; two halves of one set were said to differ in {alarms} of "
        f"{halves}."
    )


def of_labelling() -> str:
    """How many labels are needed, in a sentence; nothing where it was not measured."""
    found = [
        f"{_in_sentence(name)} {each['chosen'][0]:.0f} chosen like this, "
        f"{each['random'][0]:.0f} at random"
        for name, each in _record().get("labelling", {}).items()
    ]
    if not found:
        return ""
    return f"Labels measured until 95% of the accuracy with all of them: {'; '.join(found)}."


def _in_sentence(name: str) -> str:
    """As it is within a sentence: with a small letter, unless it begins with an abbreviation."""
    return name if name[1:2].isupper() else f"{name[:1].lower()}{name[1:]}"


@cache
def _record() -> dict[str, Any]:
    path = settings().assets / _FILE
    return json.loads(path.read_text("utf-8")) if path.exists() else {}
