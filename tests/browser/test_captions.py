"""The tree of a beam search in a real browser: it grows, and words tell their probabilities."""

from __future__ import annotations

import re

import pytest

pytestmark = pytest.mark.browser


def test_the_tree_grows_word_by_word_and_tells_probabilities(visit):
    page = visit("captions?widths=3")
    tree = page.locator(".search")
    step = tree.locator("output")
    step.get_by_text(re.compile(r"step (\d+) of \1")).wait_for()
    best = tree.locator(".tree span.best")
    whole = best.count()
    assert whole > 2
    best.first.hover()
    told = tree.get_by_role("tooltip").inner_text()
    assert re.match(r"“\w+” as the first word: \d+\.\d%; all of it -\d+\.\d\d; went on", told)
    slider = tree.get_by_role("slider", name="Step")
    slider.press("Home")
    step.get_by_text(re.compile(r"step 1 of")).wait_for()
    assert tree.locator(".tree span[data-place]:visible").count() == 6  # three and three more
    assert best.count() == 0
    tree.get_by_role("button", name="Watch it grow").click()
    step.get_by_text(re.compile(r"step 3 of")).wait_for()
    tree.get_by_role("button", name="Pause").click()
    assert tree.locator(".tree span.kept").count() >= 3
    slider.press("End")
    assert best.count() == whole
