"""Scripts that go with exported classifiers: run in clean processes, read, compared."""

from __future__ import annotations

import time

import numpy as np
import pytest

from core.learning.export import ExportCheck, check_export, read_probabilities

CLASSES = ("sea", "sky  high", "deep\nblue")
SCRIPT = """\
import sys
for path in sys.argv[1:]:
    share = float(open(path).read())
    print(path)
    for name, value in (("sky  high", share), ("deep\\nblue", 0.25), ("sea", 0.75 - share)):
        print(f"{value:.6f}  {name}")
"""


def writer(script):
    def write(folder):
        (folder / "classify.py").write_text(script)

    return write


def check(script, inputs=(b"0.5", b"0.25"), probabilities=((0.25, 0.5, 0.25), (0.5, 0.25, 0.25))):
    *waits, last = check_export(
        writer(script), ["classify.py"], inputs, CLASSES, np.array(probabilities)
    )
    assert waits and not any(waits)
    assert isinstance(last, ExportCheck)
    return last


def test_a_script_that_says_the_same_differs_in_nothing():
    assert check(SCRIPT) == ExportCheck(examples=2, differences={"classify.py": 0.0})


def test_the_largest_difference_is_found():
    assert check(SCRIPT, [b"0.5"], [(0.26, 0.5, 0.24)]).largest == pytest.approx(0.01)
    both = ExportCheck(examples=1, differences={"a": 0.1, "b": 0.2})
    assert both.largest == 0.2


def test_nan_is_no_agreement():
    nan = SCRIPT.replace("float(open(path).read())", "float('nan')")
    assert np.isnan(check(nan).largest)


def test_a_script_knows_nothing_of_this_project(monkeypatch, tmp_path):
    (tmp_path / "lurking.py").write_text("")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(RuntimeError, match="No module named 'lurking'"):
        check(f"import lurking\n{SCRIPT}")
    with pytest.raises(RuntimeError, match="import of core halted"):
        check(f"import core\n{SCRIPT}")


@pytest.mark.parametrize("script", ["print('hello')", SCRIPT.replace('("sea", 0.75 - share)', "")])
def test_a_script_that_prints_something_else_is_named(script):
    with pytest.raises(RuntimeError, match="Expected each class once for each file"):
        check(script)


def test_leaving_ends_the_script(tmp_path):
    note = tmp_path / "note"
    script = f"import time\nopen({str(note)!r}, 'w').close()\ntime.sleep(60)\n"
    steps = check_export(writer(script), ["classify.py"], [b"0"], CLASSES, np.zeros((1, 3)))
    until = time.monotonic() + 20
    while not note.exists():
        next(steps)
        assert time.monotonic() < until
    left = time.monotonic()
    steps.close()
    assert time.monotonic() - left < 2


def test_line_ends_of_windows_are_read_too():
    printed = "photo\r\n0.750000  a\r\n0.250000  b\r\n"
    np.testing.assert_array_equal(read_probabilities(printed, ["b", "a"]), [[0.25, 0.75]])
