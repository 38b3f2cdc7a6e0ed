"""What a process has to compute with."""

from __future__ import annotations


def test_a_process_takes_no_more_cores_than_it_is_told(python):
    code = """
from core import engine
before = engine.machine().cores
engine.use_cores(1)
print(engine.machine().cores)
engine.use_cores(before + 1)  # a bound that is wider lifts none
print(engine.machine().cores)
"""
    assert python(code).split() == ["1", "1"]
