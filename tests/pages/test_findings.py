"""The lists of what was found in a data set, and what can be done with what is on them."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.learning.findings.pairs import DuplicatePair
from core.learning.findings.quality import QualityFinding
from core.learning.findings.review import review
from core.text.transfer.dataset import TextDataset
from pages._ui import finding_evidence, finding_groups, finding_lists, finding_tabs
from pages._ui.finding_lists import label_rows, quality_rows
from pages._ui.findings import Findings, unjudged
from pages._ui.workspace import LEFT_OUT, Workspace
from tests.pages.conftest import open_tab

CLASSES = ("ash", "birch", "cedar")
WRONG = (6, 40, 77)


@pytest.fixture(scope="module")
def looked_at():
    """Texts of three classes, of which three have the class after their own; and the review."""
    rng = np.random.default_rng(0)
    true = np.arange(150) % 3
    labels = true.copy()
    labels[list(WRONG)] = (true[list(WRONG)] + 1) % 3
    vectors = (3 * np.eye(16)[true] + rng.normal(0, 0.5, (150, 16))).astype(np.float32)
    named = {
        name: [(f"{i:03}", f"text {i}") for i in range(150) if CLASSES[labels[i]] == name]
        for name in CLASSES
    }
    dataset = TextDataset.from_classes(named)
    places = [int(member.name) for member in dataset.members]
    *_, last = review(vectors[places], labels[places], 3)
    return dataset, last


@pytest.fixture
def findings(looked_at):
    dataset, last = looked_at
    quality = (
        QualityFinding(3, "short", 1.0, "1 word"),
        QualityFinding(5, "short", 2.0, "2 words"),
    )
    return Findings(
        work=Workspace(dataset, "Trees"),
        review=last,
        quality=quality,
        noun="text",
        prefix="x_",
        draw=lambda _: None,
        as_html=str,
        network="none",
        card_px=200,
    )


def place_of(findings, name):
    return next(
        i for i, member in enumerate(findings.work.original.members) if member.name == f"{name:03}"
    )


@pytest.fixture
def app(findings):
    def script():
        import streamlit as st

        from pages._ui import finding_tabs

        known = st.session_state["known"]
        st.markdown(finding_tabs.in_short(known))
        finding_tabs.show(known)

    app = AppTest.from_function(script, default_timeout=30)
    app.session_state["known"] = findings
    return app.run()


def menu_of(app, key):
    return next(menu for menu in app.get("menu_button") if menu.key == key)


def test_the_first_tab_lists_wrong_labels_each_with_the_true_class_first(app, findings):
    assert not app.exception
    said = " ".join(each.value for each in app.markdown)
    assert "**3 labels** to look at, of which about 3 are wrong" in said
    assert "**2 texts** of poor quality" in said
    for name in WRONG:
        place = place_of(findings, name)
        assert findings.suggestions[place] == CLASSES[name % 3]
        menu = menu_of(app, f"x_labels_correct_{place}")
        assert next(iter(menu.options)) == CLASSES[name % 3]


def _drawn(draw, known):
    draw(known)


def test_what_could_not_be_checked_is_not_said_to_be_right(findings):
    dataset = TextDataset.from_classes({"ash": [("0", "a"), ("1", "b"), ("2", "c")]})
    *_, last = review(np.eye(3, dtype=np.float32), np.zeros(3, np.int64), 1)
    known = replace(findings, work=Workspace(dataset, "Ashes"), review=last, quality=())
    assert finding_tabs.in_short(known) == (
        "Labels not checked: that takes two classes with two texts each."
    )
    for draw in (finding_lists.labels, finding_groups.confused, finding_groups.weak):
        app = AppTest.from_function(_drawn, kwargs={"draw": draw, "known": known})
        assert [each.value for each in app.run().caption] == [unjudged("text")]


def test_a_set_with_near_duplicates_is_not_said_to_have_nothing_wrong(findings):
    labels = replace(findings.review.labels, findings=())
    last = replace(findings.review, labels=labels, confused=(), weak=())
    known = replace(findings, review=last, quality=(), has_pairs=False)
    assert finding_tabs.in_short(known).startswith("**Nothing looks wrong**")
    known = replace(known, pairs=(DuplicatePair(0, 1, 0.9, 0.9),))
    assert finding_tabs.in_short(known).endswith("**1 pair** of near duplicates.")


def test_one_label_is_wrong_and_none_are(findings):
    labels = replace(findings.review.labels, findings=findings.review.labels.findings[:1])
    known = replace(findings, review=replace(findings.review, labels=labels))
    assert "**1 label** to look at, of which about 1 is wrong" in finding_tabs.in_short(known)
    labels = replace(labels, findings=())
    known = replace(findings, review=replace(findings.review, labels=labels))
    assert "label" not in finding_tabs.in_short(known)


def test_an_abbreviation_keeps_its_capitals_in_a_sentence(monkeypatch):
    record = {"labels": {n: {"precision": [0.5]} for n in ("ESC-10", "Flowers")}}
    monkeypatch.setattr(finding_evidence, "_record", lambda: record)
    assert finding_evidence.of_labels().endswith("50% on ESC-10; 50% on flowers.")


def test_a_suggestion_is_taken_by_the_menu_and_all_of_them_by_one_button(app, findings):
    work, place = findings.work, place_of(findings, WRONG[0])
    menu_of(app, f"x_labels_correct_{place}").set_value(CLASSES[WRONG[0] % 3]).run()
    assert work.corrections == {place: CLASSES[WRONG[0] % 3]}
    assert label_rows(findings).set_index("text").loc[f"{WRONG[0]:03}", "now"] == (
        f"is {CLASSES[WRONG[0] % 3]}"
    )
    app.button(key="x_accept").click().run()
    assert work.corrections == findings.suggestions
    assert "x_accept" not in {button.key for button in app.button}
    assert not work.tested


def test_what_is_of_poor_quality_is_excluded_at_once(app, findings):
    open_tab(app, "x_finding", "Quality")
    app.run()
    app.button(key="x_quality_short_out").click().run()
    assert findings.work.corrections == {3: LEFT_OUT, 5: LEFT_OUT}
    assert list(quality_rows(findings)["now"]) == ["excluded", "excluded"]


def test_odd_ones_are_others_than_those_with_wrong_labels(app, findings):
    open_tab(app, "x_finding", "Odd ones")
    app.run()
    assert findings.odd
    assert not {*findings.odd} & {*findings.suggestions}
    assert menu_of(app, f"x_odd_correct_{findings.odd[0]}")


def test_confused_classes_are_a_table_and_their_examples(app, findings):
    open_tab(app, "x_finding", "Confused classes")
    app.run()
    assert not app.exception
    (table,) = app.dataframe
    assert len(table.value) == len(findings.review.confused)
    pair = findings.review.confused[0]
    assert menu_of(app, f"x_pair_{pair.first}_{pair.second}_correct_{pair.positions[0]}")


def test_what_is_not_known_yet_is_said(findings, app):
    from dataclasses import replace

    app.session_state["known"] = replace(findings, review=None, quality=None)
    app.run()
    assert [each.value for each in app.caption] == ["It is looked for now."]


@pytest.fixture
def measured(tmp_path, monkeypatch):
    """Figures of a recipe."""
    each = {"precision": [0.965, 0.9, 1.0], "auroc": [0.99, 0.9, 1.0]}
    labels = {"chosen": [131.6, 100, 160], "random": [208.0, 180, 230]}
    figures = {
        "labels": {"Cats and dogs": each},
        "outliers": {"Flowers with textures": each},
        "drift": {"false_alarms": [4, 100], "noticed": [48, 50]},
        "labelling": {"Flowers": labels},
    }
    monkeypatch.setenv("GRAFT_ASSETS", str(tmp_path))
    finding_evidence._record.cache_clear()
    yield lambda known: (tmp_path / "findings.json").write_text(
        json.dumps(figures if known else {})
    )
    finding_evidence._record.cache_clear()


def test_pages_say_how_right_findings_were_where_that_was_measured(measured):
    measured(True)
    assert "96% on cats and dogs" in finding_evidence.of_labels()
    assert "flowers with textures: 96%" in finding_evidence.of_outliers()
    assert "48 of 50 cases" in finding_evidence.of_drift()
    assert "4 of 100" in finding_evidence.of_drift()
    assert "flowers 132 chosen like this, 208 at random" in finding_evidence.of_labelling()


def test_pages_say_nothing_of_what_was_not_measured(measured):
    measured(False)
    for say in ("labels", "outliers", "drift", "labelling"):
        assert getattr(finding_evidence, f"of_{say}")() == ""
