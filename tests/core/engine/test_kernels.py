"""What OpenVINO, oneDNN and glibc would keep of networks and of inputs that are gone."""

from __future__ import annotations

import platform

import pytest

from core.engine.child_process import child_environment

_OPEN_MANY = """
import numpy as np
import psutil
from core.engine.devices import openvino_core

core = openvino_core()
import openvino as ov
from openvino import opset13 as ops

def run(side):
    photo = values = ops.parameter([1, 64, side, side], np.float32)
    for _ in range(8):
        weights = ops.constant(np.full((64, 64, 3, 3), 0.01, np.float32))
        values = ops.relu(ops.convolution(values, weights, [1, 1], [1, 1], [1, 1], [1, 1]))
    network = core.compile_model(ov.Model([values], [photo], "open"), "CPU")
    network.create_infer_request().infer([np.zeros((1, 64, side, side), np.float32)])

for side in range(8, 18):
    run(side)
before = psutil.Process().memory_info().rss
for side in range(18, 68):
    run(side)
print(psutil.Process().memory_info().rss - before)
"""


def test_networks_that_are_gone_leave_nothing_behind(python):
    assert int(python(_OPEN_MANY)) < 10 << 20


_READ_MANY = """
import psutil
from core import engine
from core.text import sentiment

def read(words):
    sentiment.explain(" ".join(f"film{i} story" for i in range(words)) + ".")

for words in range(250, 1, -2):  # the longest first, which takes most
    read(words)
before = psutil.Process().memory_info().rss
for words in range(249, 1, -2):
    read(words)
print(psutil.Process().memory_info().rss - before)
"""


def test_texts_of_many_lengths_leave_little_behind(python):
    assert int(python(_READ_MANY)) < 8 << 20


def test_processes_for_tensorflow_keep_theirs(monkeypatch):
    monkeypatch.setenv("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "0")
    assert "ONEDNN_PRIMITIVE_CACHE_CAPACITY" not in child_environment()


_FREE_AND_TAKE = """
import ctypes
from core.engine.devices import openvino_core

class Figures(ctypes.Structure):
    _fields_ = [(name, ctypes.c_size_t) for name in "abcdefghij"]  # the fourth: blocks apart

openvino_core()
libc = ctypes.CDLL("libc.so.6")
libc.malloc.restype = ctypes.c_void_p
libc.free.argtypes = [ctypes.c_void_p]
libc.mallinfo2.restype = Figures
libc.free(libc.malloc(16 << 20))
before = libc.mallinfo2().d
libc.malloc(4 << 20)
print(libc.mallinfo2().d - before)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="needs glibc")
def test_large_blocks_stay_apart_from_small_ones_also_once_some_were_freed(python):
    assert python(_FREE_AND_TAKE).strip() == "1"
