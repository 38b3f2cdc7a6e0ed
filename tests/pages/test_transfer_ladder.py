"""The ladder: one photo answered by six classifiers, their figures, curves and origin."""

from __future__ import annotations

import numpy as np
import pytest

from core.learning.metrics import evaluate
from core.vision.transfer.ladder import RUNGS, ladder, ladders
from pages._transfer import ladder as page
from pages._ui.numbers import percent


@pytest.fixture
def enter(visit):
    """A function that opens the room."""
    return lambda **settings: visit("transfer.py", room="The ladder", **settings)


def tiles(app):
    """What stands below the map of each rung."""
    below = [f":small[{title}]" for title in page.TITLES.values()]
    return [text.value for text in app.markdown if text.value.endswith(tuple(below))]


def test_all_rungs_answer_one_photo(enter):
    app = enter(ladder_photo="Cat")
    classes = ladder(next(iter(ladders()))).classes
    assert len(tiles(app)) == len(RUNGS)
    assert all(text.startswith(tuple(f"**{name}** " for name in classes)) for text in tiles(app))
    assert not app.error


@pytest.mark.parametrize("name", ladders())
def test_figures_are_computed_from_the_predictions_that_ship(enter, name):
    known = ladder(name)
    app = enter(ladder_set=known.title)
    table = app.dataframe[0].value
    assert table["Rung"].tolist() == [page.TITLES[rung] for rung in RUNGS]
    for row, probabilities in zip(table.to_dict("records"), known.probabilities, strict=True):
        evaluation = evaluate(known.labels, probabilities, known.classes)
        for title, value in (
            ("Accuracy", evaluation.accuracy),
            ("Precision", evaluation.macro_precision),
            ("F1", evaluation.macro_f1),
            ("AUC", evaluation.macro_auc),
        ):
            assert row[title].startswith(f"{percent(value)} (")
    gaps = dict(zip(RUNGS, table["Gap"], strict=True))
    assert gaps["plain"] > gaps["scratch"]
    (finding,) = [text.value for text in app.markdown if text.value.startswith("##### ")]
    plain = (known.probabilities[0].argmax(axis=1) == known.labels).mean()
    assert f"classifies {percent(plain)} correctly" in finding
    assert f"{100 * known.rungs[0].gap:.1f} points" in finding


def test_curves_and_roc_are_drawn_for_every_rung(enter):
    app = enter(ladder_set="Flowers", ladder_class="roses", ladder_measure="Loss")
    assert len(app.get("plotly_chart")) == len(RUNGS) + 1
    assert not app.exception


def test_another_data_set_begins_with_its_own_sample_and_its_first_class(enter):
    app = enter(ladder_class="dogs")
    app.button_group(key="ladder_set").set_value("flowers").run()
    assert not app.exception
    assert app.session_state["ladder_photo"] == "Flower"
    assert app.session_state["ladder_class"] == "mean"


def test_a_classifier_without_an_interval_has_its_figure_alone():
    assert page._with_interval(1.0, (np.nan, np.nan)) == "100.0%"
    assert page._with_interval(0.9, (0.85, 0.93)) == "90.0% (85.0 to 93.0)"


def test_the_server_opens_what_the_room_begins_with_by_itself(visit, monkeypatch):
    prepared = list(page.prepare())
    assert prepared == [1, 2, 3, 4, 5, 6]
    monkeypatch.setattr(page, "explain_rung", lambda *_: pytest.fail("it is computed again"))
    app = visit("transfer.py", room="The ladder")
    assert not app.exception
    assert not app.error
