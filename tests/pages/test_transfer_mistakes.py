"""The Mistakes room: figures, photos of a cell, a closer look, and labels put right."""

from __future__ import annotations

import json

import numpy as np

from core.learning import metrics
from pages._transfer import train
from pages._ui import corrections
from pages._ui.corrections import LEFT_OUT


def figures(app) -> dict[str, str]:
    return {metric.label: metric.value for metric in app.metric}


def looks(app, grid: str) -> list[int]:
    """Places in the test part of the photos of a grid, in the order shown."""
    start = f"{grid}_look_"
    return [int(b.key[len(start) :]) for b in app.button if b.key and b.key.startswith(start)]


def alts(app) -> list[str]:
    return [image.proto.imgs[0].alt for image in app.get("image")]


def menu(app, row: int, grid: str = "surest"):
    return app.get_by_key(f"{grid}_correct_{row}")


def surest(lab, number: int = 0) -> int:
    wrong = metrics.most_confident_mistakes(lab.ready()[0].evaluation)
    return int(wrong.positions[number])


def given(lab, row: int) -> int:
    return int(lab.origin[lab.ready()[0].step.split.test[row]])


def test_before_a_training_the_room_says_so_and_leads_to_it(visit):
    app = visit("transfer.py", room="Mistakes")
    assert "Train a classifier to" in app.info[0].value
    (lead,) = [b for b in app.button if b.label == "Go to the Train room"]
    lead.click().run()
    assert not app.exception
    assert app.session_state["transfer_room"] == "Train"


def test_the_figures_are_those_of_the_evaluation(enter, lab):
    app = enter("Mistakes")
    seen = lab.ready()[0].evaluation
    low, high = metrics.wilson_interval(int(np.trace(seen.confusion)), 18)
    assert figures(app)["Accuracy"] == f"{seen.accuracy:.1%}"
    assert app.metric[0].delta == f"{low:.1%} to {high:.1%}"
    assert figures(app)["Macro F1"] == f"{seen.macro_f1:.3f}"
    table = app.dataframe[0].value
    assert list(table["Class"]) == ["blue", "green", "red"]
    np.testing.assert_allclose(table["Recall"], seen.recall)
    np.testing.assert_allclose(table["AUC"], [curve.auc for curve in seen.roc])


def test_another_classifier_has_other_figures(enter):
    app = enter("Mistakes")
    before = figures(app)
    box = app.selectbox(key="lane")
    assert "3 photos per class" in box.options[1]
    box.set_value(1).run()
    assert not app.exception
    assert figures(app) != before


def test_it_opens_on_the_cell_with_most_mistakes(enter, lab):
    app = enter("Mistakes")
    seen = lab.ready()[0].evaluation
    cell = app.selectbox(key="cell_true").value, app.selectbox(key="cell_said").value
    mistakes = seen.confusion * (1 - np.eye(3, dtype=int))
    assert mistakes[cell] == mistakes.max() > 0
    assert looks(app, "cell") == list(metrics.cell(seen, *cell))
    true, said = (seen.classes[place] for place in cell)
    assert alts(app)[0].endswith(f"labelled {true}, predicted {said}")


def test_another_cell_shows_its_photos(enter, lab):
    app = enter("Mistakes")
    app.selectbox(key="cell_true").set_value(1).run()
    app.selectbox(key="cell_said").set_value(1).run()
    assert looks(app, "cell") == list(metrics.cell(lab.ready()[0].evaluation, 1, 1))
    assert "predicted green" in alts(app)[0]
    app.selectbox(key="cell_said").set_value(2).run()
    assert looks(app, "cell") == []
    assert not app.exception


def test_the_surest_mistakes_come_first(enter, lab):
    app = enter("Mistakes")
    wrong = metrics.most_confident_mistakes(lab.ready()[0].evaluation)
    assert looks(app, "surest") == list(wrong.positions)


def test_the_charts_show_counts_curves_and_calibration(enter, lab):
    app = enter("Mistakes")
    matrix, roc, reliability = (json.loads(chart.proto.spec) for chart in app.get("plotly_chart"))
    seen = lab.ready()[0].evaluation
    counts = [cell[2] for cell in matrix["data"][1]["customdata"]]
    assert counts == seen.confusion.ravel().tolist()
    assert [trace["name"].split(",")[0] for trace in roc["data"][:3]] == list(seen.classes)
    assert max(reliability["data"][1]["x"]) == 1


def test_a_closer_look_shows_maps_for_both_classes(enter, lab):
    app = enter("Mistakes")
    row = surest(lab)
    before = len(alts(app))
    app.button(key=f"surest_look_{row}").click().run()
    assert not app.exception
    seen = lab.ready()[0].evaluation
    said, true = (seen.classes[of[row]] for of in (seen.predictions, seen.labels))
    assert len(alts(app)) == before + 3
    assert f"evidence for {said} " in alts(app)[-2]
    assert f"evidence for {true} " in alts(app)[-1]
    bars = json.loads(app.get("plotly_chart")[-1].proto.spec)["data"][0]
    assert bars["y"][0] == said


def test_a_label_is_put_right_under_the_photo_and_taken_back(enter, lab):
    app = enter("Mistakes")
    row = surest(lab)
    choice = menu(app, row).options[0]
    menu(app, row).click(choice).run()
    assert not app.exception
    assert lab.corrections == {given(lab, row): choice}
    assert app.button(key="train_again").label == "Train again with 1 correction"
    assert corrections.TAKE_BACK in menu(app, row).options
    menu(app, row).click(corrections.TAKE_BACK).run()
    assert lab.corrections == {}
    assert "train_again" not in [b.key for b in app.button]


def test_a_photo_is_left_out_from_the_closer_look(enter, lab):
    app = enter("Mistakes")
    row = surest(lab)
    app.button(key=f"surest_look_{row}").click().run()
    app.pills(key="closer_choice").set_value(corrections.LEAVE_OUT).run()
    assert not app.exception
    assert lab.corrections == {given(lab, row): LEFT_OUT}


def test_the_given_label_is_no_correction(enter, lab):
    row = surest(lab)
    was = lab.original.photos[given(lab, row)].label
    lab.corrections[given(lab, row)] = lab.original.classes[was - 1]
    lab.training_set = lab.corrected()
    app = enter("Mistakes")
    assert "train_again" not in [b.key for b in app.button]
    menu(app, row).click(lab.original.classes[was]).run()
    assert lab.corrections == {}
    assert app.button(key="train_again").label == "Train again without corrections"


def test_corrections_of_test_photos_are_said_to_flatter(enter, lab):
    app = enter("Mistakes")
    for number in (0, 1):
        menu(app, surest(lab, number)).click(corrections.LEAVE_OUT).run()
    (sentence,) = [c.value for c in app.caption if "optimistic" in c.value]
    assert sentence.startswith("2 of 2 corrections concern test photos")
    app.button(key="take_all_back").click().run()
    assert lab.corrections == {}
    assert not [c for c in app.caption if "optimistic" in c.value]


def test_corrections_from_another_room_are_not_said_to_flatter(enter, lab):
    lab.corrections[0] = LEFT_OUT
    app = enter("Mistakes")
    assert app.button(key="train_again").label == "Train again with 1 correction"
    assert not [c for c in app.caption if "optimistic" in c.value]


def test_training_again_repeats_the_race(enter, lab, monkeypatch):
    called = []
    monkeypatch.setattr(train, "run_again", lambda: called.append(dict(lab.corrections)))
    app = enter("Mistakes")
    menu(app, surest(lab)).click(corrections.LEAVE_OUT).run()
    app.button(key="train_again").click().run()
    assert called == [lab.corrections]


def test_a_correction_that_was_trained_with_asks_for_no_other_training(enter, lab, trained):
    dataset, _ = trained
    last = len(dataset.photos) - 1  # behind the others, so that their positions stay
    lab.corrections[last] = LEFT_OUT
    lab.training_set = lab.corrected()
    assert last not in lab.ready()[0].step.split.test
    app = enter("Mistakes")
    assert "train_again" not in [b.key for b in app.button]
    app.button(key=f"take_back_{last}").click().run()
    assert app.button(key="train_again").label == "Train again without corrections"
