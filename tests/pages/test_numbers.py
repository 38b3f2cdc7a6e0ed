"""Figures in words: nothing looks like all, or like nothing, unless it is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pages._ui.numbers import percent, tabulated
from tests.listed_pages import NAVIGATION

_PAGES = Path(NAVIGATION).parent
_OWN = {"numbers.py", "axes.py"}  # the place for shares, and the axes with their even numbers


@pytest.mark.parametrize(
    ("share", "digits", "text"),
    [
        (1.0, 1, "100.0%"),
        (0.9999, 1, ">99.9%"),
        (0.9994, 1, "99.9%"),
        (0.999, 0, ">99%"),
        (0.0, 1, "0.0%"),
        (0.0004, 1, "<0.1%"),
        (0.001, 1, "0.1%"),
        (0.004, 0, "<1%"),
        (0.5, 0, "50%"),
        (float("nan"), 1, "-"),
    ],
)
def test_nothing_but_all_is_written_as_100_per_cent(share, digits, text):
    assert percent(share, digits) == text


def test_pages_write_shares_in_that_place_alone():
    """Both Python's and Plotly's formats round 99.96 % to 100 %."""
    others = {
        f"{path.name}:{number}"
        for path in _PAGES.rglob("*.py")
        if path.name not in _OWN
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if re.search(r":[\d.,]*%\}", line)
    }
    assert others == set()


@pytest.mark.parametrize("digits", [1, 2])
def test_a_table_rounds_nothing_but_all_to_100_per_cent(digits):
    assert (tabulated(0.0, digits), tabulated(1.0, digits)) == (0.0, 1.0)
    assert tabulated(0.123456, digits) == 0.123456
    for share in (1e-7, 1 - 1e-7):
        written = f"{tabulated(share, digits):.{digits}%}"
        assert 0 < float(written.removesuffix("%")) < 100
