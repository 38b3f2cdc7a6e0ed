"""What this machine has to compute with, found without importing TensorFlow."""

from __future__ import annotations

import contextlib
import ctypes
import os
import platform
import sys
import threading
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from core.settings import settings

# OpenVINO's converter would report its use over the network, and fork this process to do so,
# which can hang; without this package it does neither.
if "openvino_telemetry" not in sys.modules:
    sys.modules["openvino_telemetry"] = None  # type: ignore[assignment] # so an import of it fails

_opening = threading.Lock()
# oneDNN, which computes for OpenVINO, would keep 1,024 kernels beyond the networks they are of:
# 2 MiB for each network that is opened, of which no budget knows.
KERNELS_KEPT = "ONEDNN_PRIMITIVE_CACHE_CAPACITY"
# It would also keep what it has prepared for the last 5,000 lengths of texts, 0.1 to 0.4 MiB for
# each and each network. This many are as fast (random texts, two cores), and sixteen are not.
_LENGTHS_KEPT = {"CPU_RUNTIME_CACHE_CAPACITY": "32"}
# glibc puts blocks of up to 32 MiB, such as weights, among small ones, once some of that size have
# come and gone. What is free between them is not given back, and fits nothing of another size.
_M_MMAP_THRESHOLD, _APART_BYTES = -3, 1 << 20
_bounds: list[int] = []  # of cores
_NVIDIA_DRIVER = Path("/proc/driver/nvidia/version")  # pip's TensorFlow has CUDA on Linux only


@dataclass(frozen=True, slots=True)
class Machine:
    """The machine, in words for a page.

    Attributes
    ----------
    processor : str
    cores : int that this process may use.
    native : str, the type products are computed in by default, such as `bf16`.
    """

    processor: str
    cores: int
    native: str


def device() -> Literal["cpu", "gpu"]:
    """Where networks run: as the settings say, else on a GPU if a driver for one is loaded."""
    match settings().device:
        case "cpu" | "gpu" as wanted:
            return wanted
        case _:
            return "gpu" if has_driver() else "cpu"


def has_driver() -> bool:
    """Whether a driver for a GPU that TensorFlow can use is loaded."""
    return _NVIDIA_DRIVER.exists()


@cache
def machine() -> Machine:
    """The machine this process runs on."""
    core = openvino_core()
    return Machine(
        processor=core.get_property("CPU", "FULL_DEVICE_NAME") or platform.processor(),
        cores=_cores(),
        native=core.get_property("CPU", "INFERENCE_PRECISION_HINT").get_type_name(),
    )


def use_cores(count: int) -> None:
    """Let networks have so many cores at most, of a process that shares its machine with others.

    Before the first is opened.
    """
    _bounds.append(count)
    machine.cache_clear()


def _cores() -> int:
    there = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return min([*_bounds, there or 1])


def openvino_core() -> Any:
    """The one OpenVINO runtime of this process."""
    with _opening:
        return _open_core()


@cache
def _open_core() -> Any:
    import numpy as np
    import openvino as ov

    os.environ.setdefault(KERNELS_KEPT, "0")
    if sys.platform == "linux":
        with contextlib.suppress(AttributeError, OSError):  # of another C library
            ctypes.CDLL("libc.so.6").mallopt(_M_MMAP_THRESHOLD, _APART_BYTES)
    # The first array that becomes a tensor sets up what all later ones need. Two threads at once
    # would wait for each other for ever: one holds the lock of that, the other Python's.
    ov.Tensor(np.zeros(1, np.float32))
    core = ov.Core()
    core.set_property("CPU", _LENGTHS_KEPT)
    return core
