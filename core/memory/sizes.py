"""What takes how much memory."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from functools import partial

import numpy as np


def size_of(*values: object, seen: dict[int, object] | None = None) -> int:
    """About how many bytes the arrays, files and texts in some values take, each counted once.

    It looks into collections, dataclasses, partial functions and objects of this project's classes.

    Parameters
    ----------
    seen : what was counted before and does not count again, by its address; filled.
    """
    # with the objects, so that no address is that of another one
    seen = {} if seen is None else seen
    waiting, total = [*values], 0
    while waiting:
        value = waiting.pop()
        if id(value) in seen:
            continue
        seen[id(value)] = value
        if isinstance(value, np.ndarray):
            total += value.nbytes
        elif isinstance(value, (bytes, bytearray, str)):
            total += len(value)
        elif isinstance(value, io.BytesIO):
            total += value.getbuffer().nbytes
        else:
            waiting += _parts(value)
    return total


def _parts(value: object) -> Iterable[object]:
    if isinstance(value, Mapping):
        return [*value.values()]
    if isinstance(value, (list, tuple, set, frozenset)):
        return [*value]
    if isinstance(value, partial):
        return [*value.args, *value.keywords.values()]
    if isinstance(value, type):
        return []
    if is_dataclass(value):
        return [getattr(value, each.name, None) for each in fields(value)]
    if type(value).__module__.startswith(("core.", "pages.")):
        return [*getattr(value, "__dict__", {}).values()]
    return []


def resident_bytes() -> int | None:
    """What this process has in memory, libraries included; None where that cannot be known."""
    from prometheus_client import PROCESS_COLLECTOR  # which commands do without

    for family in PROCESS_COLLECTOR.collect():
        if family.name == "process_resident_memory_bytes":
            return int(family.samples[0].value)
    return None
