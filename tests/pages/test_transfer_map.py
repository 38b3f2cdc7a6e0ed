"""The map of photos as a place to work in: colours, and what is selected together."""

from __future__ import annotations

import io
import json
import zipfile
from base64 import b64decode
from dataclasses import replace

import numpy as np
import pytest

from core.media import decode
from core.vision.transfer.datasets import ImageDataset
from pages._transfer import explore_circled, explore_colours, explore_map
from pages._transfer.explore_circled import circled_rows
from pages._transfer.state import Lab
from pages._ui import components, corrections
from pages._ui.components import whole_numbers
from pages._ui.embedding_map import _laid_out
from pages._ui.map_colouring import CROSS, DOT, by_category, by_share


@pytest.fixture
def mapped(visit, finish, lab):
    """A visitor who has trained, before the map of the photos."""
    app = visit("transfer.py", lab_source="Zip")
    app.session_state["lab_kept"] = {"Zip": ("colours", lab)}
    app.run()
    finish(app, "explore")
    return app


def parts(app) -> dict[str, dict]:
    """What was sent to the map by its kind; what changes with a click as "now"."""
    sent = [json.loads(component.proto.json) for component in app.get("bidi_component")]
    return {part.get("kind", "now"): part for part in sent}


def categories(app) -> list[str]:
    """The category of each photo on the map."""
    sent = parts(app)["categories"]
    codes = np.frombuffer(b64decode(sent["codes"]), "<u2")
    return [sent["names"][code] for code in codes]


def select(app, *positions: int) -> None:
    app.session_state["lab_circled"] = positions
    app.session_state["lab_circled_of"] = app.session_state["lab"]
    app.run()
    assert not app.exception


def colour_by(app, name: str) -> None:
    app.segmented_control(key="lab_colour").set_value(name).run()
    assert not app.exception


def text_of(app) -> str:
    return "\n".join(text.value for text in (*app.markdown, *app.caption))


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ([3, 1, 3], [1, 3]),
        ([0, 10, -1, 9], [0, 9]),
        ([True, 2.0, "4", None, [5], 6], [6]),
        ("123", []),
        (None, []),
        ({"length": 3}, []),
    ],
)
def test_of_what_a_browser_sends_only_numbers_in_bounds_are_used(given, expected):
    assert whole_numbers(given, below=10) == expected


def test_a_list_longer_than_the_examples_is_refused(monkeypatch):
    got = []
    state = {"map": type("Sent", (), {"circled": [1] * 11})}
    monkeypatch.setattr(components.st, "session_state", state)
    components.call_with_numbers("map", "circled", got.append, below=10)
    assert got == []
    state["map"].circled = [2, 1]
    components.call_with_numbers("map", "circled", got.append, below=10)
    assert got == [[1, 2]]


def test_few_classes_differ_by_shape_and_colour():
    found = by_category("Class", np.array([0, 1, -1]), ("cat", "dog", "fox"), "none")
    assert len(set(found.shapes[:3])) == len(set(found.colours[:3])) == 3
    assert [found.names[code] for code in found.codes] == ["cat", "dog", "none"]
    assert found.shapes[3] == DOT  # those without are small, below the others
    out = found.with_excluded(np.array([True, False, False]))
    assert (out.names[out.codes[0]], out.shapes[out.codes[0]]) == ("Excluded", CROSS)
    assert found.with_excluded(np.zeros(3, bool)) is found


def test_shares_are_whole_percents_on_a_scale():
    found = by_share("Confidence", np.array([0.0, 0.504, 1.0, np.nan]), "none")
    names = [found.names[code] for code in found.codes]
    assert names == ["Confidence 0%", "Confidence 50%", "Confidence 100%", "none"]
    assert (found.colours[0], found.colours[100]) == ("#d55e00", "#0072b2")
    assert found.scale == 101


def test_a_map_is_widest_across_and_keeps_its_proportions():
    across, down, ratio = _laid_out(np.array([[0, 0], [0, 4], [1, 2]], np.float32))
    assert sorted(across.tolist()) == [0, 32768, 65535]
    assert set(down.tolist()) == {0, 65535}
    assert ratio == pytest.approx(0.25)


@pytest.mark.parametrize("points", [[[2, 3]], [[1, 1], [1, 1]]])
def test_examples_in_one_place_are_in_the_middle(points):
    across, down, ratio = _laid_out(np.array(points, np.float32))
    assert set(across) == set(down) == {32768}
    assert ratio > 0


def test_many_are_corrected_at_once_and_a_class_of_its_own_is_no_correction(lab):
    first = [i for i, photo in enumerate(lab.original.photos) if photo.label == 0][:2]
    other = [i for i, photo in enumerate(lab.original.photos) if photo.label == 1][:1]
    name = lab.original.classes[0]
    lab.corrections[first[0]] = None
    corrections.correct_all(lab, [*first, *other], name, seen={other[0]})
    assert lab.corrections == {other[0]: name}
    assert lab.tested == {other[0]}


def test_the_map_is_coloured_by_class_and_split(mapped, lab):
    labels = [lab.original.classes[photo.label] for photo in lab.original.photos]
    assert categories(mapped) == labels
    colour_by(mapped, "Split")
    test = set(lab.race.lanes[0].step.split.test.tolist())
    expected = ["Test" if i in test else "Training" for i in range(len(labels))]
    assert categories(mapped) == expected


def test_only_test_photos_have_a_prediction_and_a_confidence(mapped, lab):
    lane = explore_colours.chosen_lane(lab)
    tested = lane.step.split.test.tolist()
    colour_by(mapped, "Prediction")
    found = categories(mapped)
    evaluation = lane.evaluation
    assert [found[i] for i in tested] == [evaluation.classes[p] for p in evaluation.predictions]
    rest = set(range(len(found))) - set(tested)
    assert {found[i] for i in rest} == {"No test photo"}
    colour_by(mapped, "Confidence")
    shown = [int(categories(mapped)[i].split()[1].rstrip("%")) for i in tested]
    assert np.allclose(shown, evaluation.confidences * 100, atol=0.51)
    assert f"{len(tested)} test photos" in text_of(mapped)


def test_findings_are_colours_where_there_are_any(lab):
    found = explore_colours._by_finding(lab, {0: "wrong label?", 2: None, 3: "duplicate"})
    names = [found.names[code] for code in found.codes[:4]]
    assert names == ["wrong label?", "No finding", "No finding", "duplicate"]


def test_without_a_training_nothing_is_said_of_predictions(mapped, lab):
    lab.race = None
    mapped.run()
    options = list(mapped.segmented_control(key="lab_colour").options)
    assert options == ["Class", "Split", "Finding"]


def test_what_is_selected_together_is_excluded_and_comes_back(mapped, lab):
    before = parts(mapped)["places"]
    select(mapped, 0, 1, 20)
    assert "**3 photos selected**: blue 2 · green 1" in text_of(mapped)
    bits = np.unpackbits(np.frombuffer(b64decode(parts(mapped)["now"]["circled"]), np.uint8))
    assert np.flatnonzero(bits).tolist() == [0, 1, 20]
    mapped.button(key="lab_circled_exclude").click().run()
    assert not mapped.exception
    assert lab.corrections == dict.fromkeys([0, 1, 20])
    assert parts(mapped)["places"] == before  # so that the view stays
    assert {categories(mapped)[i] for i in (0, 1, 20)} == {"Excluded"}
    assert mapped.subheader[0].value == f"Colours: {len(lab.original.photos) - 3} photos, 3 classes"
    assert mapped.button(key="lab_circled_exclude").disabled
    mapped.button(key="lab_circled_undo").click().run()
    assert lab.corrections == {}
    assert "Excluded" not in categories(mapped)


def test_a_correction_counts_as_one_after_a_test_where_its_result_was_on_show(mapped, lab):
    test = explore_colours.tested(lab, explore_colours.chosen_lane(lab)).tolist()
    one = next(i for i in test if lab.original.photos[i].label == 0)
    other = next(i for i in range(3) if i not in test)
    for name in ("Class", "Prediction"):
        lab.tested.clear()
        colour_by(mapped, name)
        select(mapped, one, other)
        assert mapped.get("menu_button")[0].proto.label == "Move to class"
        mapped.button(key="lab_circled_exclude").click().run()
        assert set(lab.corrections) == {one, other}
        assert lab.tested == ({one} if name == "Prediction" else set())
        mapped.button(key="lab_circled_undo").click().run()


def test_what_is_selected_together_is_moved_to_a_class(mapped, lab):
    select(mapped, 0, 1)
    corrections.correct_all(lab, [0, 1], "red")
    mapped.run()
    assert [categories(mapped)[i] for i in (0, 1, 2)] == ["red", "red", "blue"]
    assert "**2 photos selected**: red 2" in text_of(mapped)


def test_the_list_says_the_class_before_and_after(lab):
    lab.corrections.update({0: None, 1: "red"})
    rows = circled_rows(lab, [0, 1, 2])
    assert rows["class"].tolist() == ["blue"] * 3
    assert rows["corrected"].tolist() == ["", "red", "blue"]
    lane = explore_colours.chosen_lane(lab)
    test = set(lane.step.split.test.tolist())
    assert rows["confidence"].notna().tolist() == [i in test for i in range(3)]


def test_the_photos_are_in_folders_of_their_corrected_classes(lab):
    lab.corrections.update({0: None, 1: "red"})
    archive = explore_circled._archive(lab, [1, 2])()
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        found = {name.split("/")[0]: opened.read(name) for name in opened.namelist()}
    photos = lab.original.photos
    assert found == {"red": photos[1].data, "blue": photos[2].data}


def test_a_moved_photo_replaces_no_other_of_its_number(encode):
    white = [encode(np.full((20, 20, 3), 250 - i, np.uint8)) for i in range(3)]
    dataset = ImageDataset.from_classes(
        {"a": [("a/x.png", white[0])], "b": [("b/0.png", white[1]), ("b/1.png", white[2])]}
    )
    archive = dataset.relabelled({0: "b"}).to_zip()
    again = ImageDataset.from_zip(archive)
    assert sorted(photo.data for photo in again.photos) == sorted(white)


def test_another_data_set_has_nothing_selected(mapped, lab):
    select(mapped, 0)
    other = Lab(lab.original, "Others")
    mapped.session_state["lab_kept"] = {"Zip": ("others", other)}
    mapped.run()
    assert "selected**" not in text_of(mapped)


def test_where_there_is_no_sheet_thumbnails_are_asked_for(mapped, lab, monkeypatch):
    assert {"sheet", "places"} <= parts(mapped).keys()
    assert parts(mapped)["places"]["texts"][0] == lab.original.photos[0].name
    job = mapped.session_state["explore"]
    monkeypatch.setattr(job, "snapshot", replace(job.snapshot, sheet=None))
    mapped.run()
    sent = parts(mapped)
    assert "sheet" not in sent and sent["now"]["pictures"]
    assert sent["places"]["texts"] is None
    assert sent["tips"]["tips"] == {}
    text, jpeg = explore_map._tip(lab.original.photos[0])
    assert text == lab.original.photos[0].name
    assert decode(jpeg).shape == (96, 96, 3)
