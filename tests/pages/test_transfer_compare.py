"""The room Compare two: who is right where, whether that is chance, and maps side by side."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.learning.comparison import compare


@pytest.fixture
def apart(lab):
    """The lab, where the second classifier is wrong on three photos that it had right."""
    lanes = list(lab.race.lanes)
    first, second = (lane.evaluation for lane in lanes)
    predictions = second.predictions.copy()
    right = np.flatnonzero((first.predictions == first.labels) & (predictions == first.labels))
    predictions[right[:3]] = (predictions[right[:3]] + 1) % 3
    lanes[1] = replace(lanes[1], evaluation=replace(second, predictions=predictions))
    lab.race = replace(lab.race, lanes=tuple(lanes))
    return lab


def alts(app) -> list[str]:
    return [image.proto.imgs[0].alt for image in app.get("image")]


def test_before_two_are_trained_the_room_says_so_and_leads_to_it(visit):
    app = visit("transfer.py", room="Compare two")
    assert "two strategies or more" in app.info[0].value
    assert [b.label for b in app.button if b.label.startswith("Go to")] == ["Go to the Train room"]


def test_photos_that_only_one_gets_right_are_counted_and_shown(apart, enter):
    app = enter("Compare two")
    first, second = (lane.evaluation for lane in apart.ready())
    expected = compare(first.labels, first.predictions, second.predictions)
    counts = [len(expected.only_first), len(expected.only_second), len(expected.neither)]
    (chosen,) = [group for group in app.button_group if group.key == "compare_part"]
    shown = [option.content for option in chosen.proto.options]
    assert [int(text.rsplit(": ", 1)[1]) for text in shown[:3]] == counts
    assert counts[0] >= 3
    assert len(alts(app)) == counts[0]
    text = " ".join(each.value for each in (*app.markdown, *app.caption))
    assert f"{100 * expected.difference:+.1f} points" in text
    assert f"in {expected.p_value:.1%} of such tests (McNemar's exact test)" in text
    assert "chance alone may be why they differ" in text  # three photos are few
    other = enter("Compare two", compare_part=shown[3])
    assert len(alts(other)) == min(12, len(expected.both)) or len(expected.both) <= 18


def test_a_photo_is_explained_by_both_side_by_side(apart, enter):
    app = enter("Compare two")
    look = next(b for b in app.button if b.key and b.key.startswith("compare_first_look_"))
    look.click().run()
    assert not app.exception
    evidence = [alt for alt in alts(app) if "with the evidence for" in alt]
    assert len(evidence) == 2
    assert len({alt.partition(" with ")[2] for alt in evidence}) == 1  # of one class


def test_two_that_agree_are_not_said_to_differ(lab, enter):
    lanes = list(lab.race.lanes)
    lanes[1] = replace(lanes[1], evaluation=lanes[0].evaluation)
    lab.race = replace(lab.race, lanes=tuple(lanes))
    app = enter("Compare two")
    text = " ".join(each.value for each in (*app.markdown, *app.caption))
    assert "right and wrong on the same photos" in text
    assert "too few to tell them apart" in text
    assert "McNemar" not in text
    assert alts(app)  # the first part that has photos


def test_one_and_the_same_is_nothing_to_compare(apart, enter):
    app = enter("Compare two")
    second = app.selectbox(key="compare_second")
    second.set_value(app.selectbox(key="compare_first").value).run()
    assert "two different" in app.info[0].value
    assert not app.exception
