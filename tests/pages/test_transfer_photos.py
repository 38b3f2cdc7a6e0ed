"""The Photos room of the transfer lab: ways in, a first look, corrections."""

from __future__ import annotations

import json
import threading
import zipfile
from base64 import b64decode

import numpy as np
import pytest
import streamlit as st

from core.media import decode
from core.vision import exploration
from core.vision.duplicates import crossing
from core.vision.embedding_map import neighbours
from pages._transfer import cached, explore, explore_map
from pages._transfer.explore_overview import balance
from pages._transfer.explore_pairs import pair_rows
from pages._transfer.sample_sets import DEFAULT_SET, SAMPLE_SETS

PAGE = "transfer.py"
STYLES = ["Dots", "Facets", "Mosaic", "Swirls", "Watercolour", "Woodcut"]


@pytest.fixture(scope="module")
def pets(crops, encode, pack) -> bytes:
    """A zip: seven photos of `cat`, six of `dog`, the last a mirrored cat, and two bad files."""
    mirrored = encode(np.ascontiguousarray(decode(crops[0])[:, ::-1]))
    cats = {f"pets/cat/{i}.png": photo for i, photo in enumerate(crops[:7])}
    dogs = {f"pets/dog/{i}.png": photo for i, photo in enumerate([*crops[7:12], mirrored])}
    bad = {"pets/dog/letter.jpg": b"Dear diary", "alone.png": crops[0]}
    return pack({**cats, **dogs, **bad})


@pytest.fixture
def zipped(visit, finish, pets):
    """A visitor whose zip of pets is explored."""
    app = upload(visit(PAGE, lab_source="Zip"), "pets.zip", pets)
    finish(app, "explore")
    return app


def upload(app, name: str, data: bytes):
    (uploader,) = app.file_uploader
    uploader.upload(name, data).run()
    return app


def wait(app) -> None:
    """Until a sample is explored; it may be already, for another visitor."""
    if "explore" in app.session_state:
        assert app.session_state["explore"].wait(60)
        app.run()
    assert not app.exception


def title(app) -> str:
    assert not app.exception
    return app.subheader[0].value.replace("\\", "")


def drawn(app) -> dict:
    """What the map shows: what changes with a click, and its parts by their kind."""
    sent = [json.loads(component.proto.json) for component in app.get("bidi_component")]
    return sent[0] | {part["kind"]: part for part in sent if "kind" in part}


def codes(app) -> list[int]:
    """The category of each photo on the map."""
    return np.frombuffer(b64decode(drawn(app)["categories"]["codes"]), "<u2").tolist()


def places(app) -> np.ndarray:
    """Where each photo is on the map, across and down."""
    return np.stack([np.frombuffer(b64decode(a), "<u2") for a in drawn(app)["places"]["places"]])


def names(app) -> list[str]:
    """What the legend of the map says."""
    return drawn(app)["categories"]["names"]


def chart(app, number: int) -> dict:
    return json.loads(app.get("plotly_chart")[number].proto.spec)["data"][0]


def text_of(app) -> str:
    return "\n".join(text.value for text in (*app.markdown, *app.caption))


def press(app, label: str) -> None:
    next(button for button in app.button if button.label == label).click().run()


def seen(app) -> explore.ExplorationView:
    return app.session_state["lab_explored"]


def test_it_opens_on_a_sample_that_is_explored_once_for_all(visit, finish, messages):
    cached.explorations.clear()
    app = visit(PAGE)
    assert title(app) == "Painting styles: 144 photos, 6 classes"
    assert chart(app, 0)["y"] == STYLES  # known at once
    finish(app, "explore")
    assert messages(app) == []
    assert len(codes(app)) == 144
    assert names(app) == STYLES
    another = visit(PAGE)
    assert "explore" not in another.session_state
    assert drawn(another) == drawn(app)


def test_the_samples_have_the_photos_they_promise():
    counts = {name: sample.dataset().counts() for name, sample in SAMPLE_SETS.items()}
    assert counts == {
        "Painting styles": dict.fromkeys(STYLES, 24),
        "Textures": {"brick": 64, "grass": 64, "gravel": 64},
        "Digits": {str(digit): 60 for digit in range(10)},
        "Faces": {"face": 100, "no face": 100},
    }


@pytest.mark.parametrize(
    ("name", "expected"), [("Faces", "Faces: 200"), ("Cats", f"{DEFAULT_SET}: 144")]
)
def test_the_sample_of_the_url_is_shown_if_there_is_one(visit, name, expected):
    assert title(visit(PAGE, lab_sample=name)).startswith(expected)


@pytest.mark.parametrize(("name", "expected"), [("Faces", 200), ("Cats", 144)])
def test_a_deep_link_into_another_room_finds_the_sample_of_the_url(visit, name, expected):
    app = visit(PAGE, room="Train", lab_sample=name)
    work = app.session_state["lab"]
    assert len(work.original.photos) == expected
    app.segmented_control(key="transfer_room").set_value("Photos").run()
    assert title(app).endswith(f"{expected} photos, {len(work.original.classes)} classes")
    assert app.session_state["lab"] is work


@pytest.mark.parametrize(
    "settings",
    [
        {"lab_source": "Fax", "lab_map": "Globe", "lab_backbone": "nonsense", "lab_photo": "x"},
        {"lab_source": "", "lab_sample": "", "lab_map": "", "room": "Kitchen"},
    ],
)
def test_nonsense_in_the_url_opens_the_usual_room(visit, messages, settings):
    app = visit(PAGE, **settings)
    assert messages(app) == []
    assert title(app).startswith("Painting styles")


def test_a_zip_is_read_explored_and_its_bad_files_are_named(zipped, messages):
    assert title(zipped) == "pets.zip: 13 photos, 2 classes"
    assert drawn(zipped)["places"]["texts"][0] == "pets/cat/0.png"
    assert messages(zipped) == []
    assert "2 files were skipped" in [box.label for box in zipped.expander]
    table = zipped.dataframe[0].value
    reasons = dict(zip(table["File"], table["Why"], strict=True))
    assert set(reasons) == {"pets/dog/letter.jpg", "alone.png"}
    assert "text" in reasons["pets/dog/letter.jpg"]
    assert "no folder" in reasons["alone.png"]


def test_the_folders_that_are_classes_can_be_chosen(visit, pack, crops, messages):
    places = [f"{c}/{d}" for c in ("cats", "dogs") for d in ("monday", "tuesday")]
    files = {f"{p}/{i}.png": crops[4 * n + i] for n, p in enumerate(places) for i in range(4)}
    archive = pack(files)
    app = upload(visit(PAGE, lab_source="Zip"), "days.zip", archive)
    assert list(app.session_state["lab"].original.classes) == ["cats", "dogs"]
    (box,) = [box for box in app.selectbox if box.label == "Classes are the folders"]
    assert box.options == ["cats, dogs", "monday, tuesday"]
    box.set_value(1).run()
    assert messages(app) == []
    assert list(app.session_state["lab"].original.classes) == ["monday", "tuesday"]
    assert title(app) == "days.zip: 16 photos, 2 classes"
    address = {"lab_source": "Zip", box.proto.query_param_key: "monday, tuesday"}
    app.switch_page("home.py").run()
    app.query_params.clear()
    app.switch_page(PAGE).run()
    assert list(app.session_state["lab"].original.classes) == ["monday", "tuesday"]
    again = upload(visit(PAGE, **address), "days.zip", archive)
    assert list(again.session_state["lab"].original.classes) == ["monday", "tuesday"]


def test_the_encoding_of_names_can_be_chosen(visit, pack, crops, messages, monkeypatch):
    files = {
        f"{c}/{i}.png": crops[8 * n + i] for n, c in enumerate(("кот", "пёс")) for i in range(4)
    }
    with monkeypatch.context() as patch:
        patch.setattr(
            zipfile.ZipInfo, "_encodeFilenameFlags", lambda self: (self.filename.encode("cp866"), 0)
        )
        archive = pack(files)
    app = upload(visit(PAGE, lab_source="Zip"), "names.zip", archive)
    assert list(app.session_state["lab"].original.classes) == ["кот", "пёс"]
    (box,) = [box for box in app.selectbox if box.label == "Names of files are in"]
    assert box.value == "cp866"
    box.set_value("cp1251").run()
    assert messages(app) == []
    assert "кот".encode("cp866").decode("cp1251") in app.session_state["lab"].original.classes


def test_the_data_set_and_its_corrections_survive_other_rooms_and_pages(zipped):
    zipped.button(key="lab_out_0_12_first").click().run()
    work = zipped.session_state["lab"]
    zipped.segmented_control(key="transfer_room").set_value("Smallest example").run()
    zipped.segmented_control(key="transfer_room").set_value("Photos").run()
    assert title(zipped) == "pets.zip: 12 photos, 2 classes"
    zipped.switch_page("home.py").run()
    zipped.switch_page(PAGE).run()
    assert title(zipped) == "pets.zip: 12 photos, 2 classes"
    assert zipped.session_state["lab"] is work
    assert zipped.segmented_control(key="lab_source").value == "Zip"


def test_a_look_at_a_sample_loses_no_work_on_a_zip(zipped):
    work = zipped.session_state["lab"]
    zipped.segmented_control(key="lab_source").set_value("Sample").run()
    assert title(zipped).startswith("Painting styles")
    zipped.segmented_control(key="lab_source").set_value("Zip").run()
    assert zipped.session_state["lab"] is work
    assert len(codes(zipped)) == 13  # and it is not explored again


def test_another_input_begins_anew(zipped, crops, pack):
    zipped.button(key="lab_out_0_12_first").click().run()
    upload(zipped, "more.zip", pack({"a/1.png": crops[0], "b/1.png": crops[1]}))
    assert title(zipped) == "more.zip: 2 photos, 2 classes"
    assert not zipped.session_state["lab"].corrections


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("bomb.zip", "at most 32 MiB"),
        ("climbing.zip", ".."),
        ("damaged.zip", "ZIP"),
        ("letters.zip", "folders"),
        ("text.jpg", "text"),
    ],
)
def test_a_zip_that_cannot_be_used_gets_a_sentence_and_what_was_there_stays(
    visit, messages, odd_files, pets, name, reason
):
    app = upload(visit(PAGE, lab_source="Zip"), name, odd_files[name])
    (sentence,) = messages(app)
    assert sentence.startswith(f"{name}: ") and reason in sentence
    assert title(app).startswith("Painting styles")
    upload(app, "pets.zip", pets)
    assert title(app).startswith("pets.zip")
    assert not any(text.startswith(name) for text in messages(app))


def test_what_is_known_is_shown_while_the_rest_is_computed(visit, pets, monkeypatch, messages):
    go_on = threading.Event()

    def slow(dataset, network):
        for step in exploration.explore(dataset, network):
            yield step
            while step.stage == "embeddings" and not go_on.wait(0.02):
                yield step

    monkeypatch.setattr(explore, "explore", slow)
    app = upload(visit(PAGE, lab_source="Zip"), "pets.zip", pets)
    job = app.session_state["explore"]
    try:
        assert title(app) == "pets.zip: 13 photos, 2 classes"
        assert chart(app, 0)["x"] == [7, 6]
        assert not app.get("bidi_component")
        app.button(key="explore_cancel").click().run()
        assert job.wait(10)
        app.run()
        assert "Cancelled" in app.info[0].value
        assert not app.get("bidi_component")
    finally:
        go_on.set()
    app.button(key="explore_again").click().run()
    assert app.session_state["explore"].wait(60)
    app.run()
    assert len(codes(app)) == 13


def test_an_exploration_that_fails_gets_a_sentence(visit, pets, monkeypatch, messages):
    def failing(dataset, network):
        yield next(exploration.explore(dataset, network))
        raise exploration.InvalidInputError("0.png: It is torn. Leave this photo out.")

    monkeypatch.setattr(explore, "explore", failing)
    app = upload(visit(PAGE, lab_source="Zip"), "pets.zip", pets)
    assert app.session_state["explore"].wait(10)
    app.run()
    assert any("It is torn" in text for text in messages(app))
    assert chart(app, 0)["x"] == [7, 6]
    assert app.button(key="explore_again").label == "Start again"


def test_another_network_explores_again(zipped, finish):
    before = places(zipped)
    zipped.selectbox(key="lab_backbone").set_value("efficientnet_lite1").run()
    finish(zipped, "explore")
    assert not np.array_equal(places(zipped), before)
    assert "EfficientNet-Lite1" in text_of(zipped)


def test_a_pair_that_crosses_classes_is_marked_and_one_of_it_can_be_left_out(zipped):
    job = zipped.session_state["explore"]
    mixed = crossing(seen(zipped).step.duplicates, seen(zipped).dataset.labels)
    assert (0, 12) in {(pair.first, pair.second) for pair in mixed}
    assert f"**{len(mixed)}** across classes" in text_of(zipped)
    zipped.button(key="lab_out_0_12_second").click().run()
    assert zipped.session_state["lab"].corrections == {12: None}
    assert title(zipped) == "pets.zip: 12 photos, 2 classes"
    assert names(zipped)[codes(zipped)[12]] == "Excluded"
    assert chart(zipped, 0)["x"] == [7, 5]
    pairs = seen(zipped).step.duplicates
    assert pairs
    assert all(seen(zipped).origin[pair.second] != 12 for pair in pairs)
    zipped.button(key="lab_take_back").click().run()
    assert title(zipped) == "pets.zip: 13 photos, 2 classes"
    assert zipped.session_state["explore"] is job  # nothing is computed again


def test_both_photos_of_a_pair_are_shown_whole(zipped, monkeypatch):
    images, show = {}, st.image
    monkeypatch.setattr(
        st, "image", lambda data, **how: (images.update({how["alt"]: data}), show(data, **how))
    )
    zipped.run()
    first = seen(zipped).step.duplicates[0]
    for position in (first.first, first.second):
        photo = seen(zipped).dataset.photos[position]
        name = f"{seen(zipped).names[position]}, of {seen(zipped).class_of(position)}"
        height, width = decode(images[name]).shape[:2]
        assert photo.width != photo.height
        assert width / height == pytest.approx(photo.width / photo.height, rel=0.01)


def test_pairs_in_training_and_test_are_left_out_at_a_click(visit):
    app = visit(PAGE, lab_sample="Textures")
    wait(app)
    pairs = pair_rows(seen(app), seen(app).step.duplicates)
    leaking = pairs[pairs["part_first"] != pairs["part_second"]]
    assert len(leaking) > 0
    app.button(key="lab_leave_out_leaking").click().run()
    work = app.session_state["lab"]
    out = {work.original.photos[position].name for position in work.corrections}
    assert out and out <= {*leaking["first"], *leaking["second"]}
    parts = seen(app).parts
    assert all(parts[p.first] == parts[p.second] for p in seen(app).step.duplicates)


def test_a_class_that_is_corrected_elsewhere_is_followed(zipped):
    zipped.session_state["lab"].corrections[0] = "dog"
    zipped.run()
    assert chart(zipped, 0)["x"] == [6, 7]
    assert names(zipped)[codes(zipped)[0]] == "dog"


def test_a_data_set_of_which_nothing_is_left_says_so(zipped):
    zipped.session_state["lab"].corrections.update(dict.fromkeys(range(13)))
    zipped.run()
    assert not zipped.exception
    assert "excluded" in zipped.info[0].value
    zipped.button(key="lab_take_back").click().run()
    assert len(codes(zipped)) == 13


def test_the_photo_that_is_chosen_is_pointed_out_with_those_most_like_it(zipped):
    zipped.selectbox(key="lab_photo").set_value(7).run()
    assert drawn(zipped)["selected"] == 7
    near, _ = neighbours(seen(zipped).step.vectors, 7, 9)
    assert drawn(zipped)["near"] == near.tolist()


def test_the_photo_of_the_url_is_chosen(visit):
    app = visit(PAGE, lab_sample="Textures", lab_photo="grass/row 2 column 3.png", lab_map="PCA")
    wait(app)
    assert app.selectbox(key="lab_photo").value == 64 + 10 == drawn(app)["selected"]
    assert "PCA preserves" in text_of(app)


def test_a_photo_of_another_data_set_is_not_looked_for(visit):
    app = visit(PAGE, lab_sample="Textures", lab_photo="grass/row 2 column 3.png")
    app.pills(key="lab_sample").set_value("Faces").run()
    wait(app)
    assert app.selectbox(key="lab_photo").value == 0 == drawn(app)["selected"]


def test_one_photo_is_a_data_set_too(visit, finish, messages, cat, pack):
    app = upload(visit(PAGE, lab_source="Zip"), "one.zip", pack({"cats/cat.png": cat}))
    finish(app, "explore")
    assert messages(app) == []
    assert title(app) == "one.zip: 1 photo, 1 class"
    assert len(codes(app)) == 1
    assert "One class only" in text_of(app)


def test_the_map_by_pca_is_another(zipped):
    before, texts = places(zipped), drawn(zipped)["places"]["texts"]
    zipped.segmented_control(key="lab_map").set_value("PCA").run()
    assert not np.array_equal(places(zipped), before)
    assert drawn(zipped)["places"]["texts"] == texts


def test_without_its_package_umap_is_not_offered(zipped, monkeypatch):
    monkeypatch.setattr(explore_map, "_has_umap", lambda: False)
    zipped.run()
    assert "UMAP" not in zipped.segmented_control(key="lab_map").options


def test_umap_is_drawn_by_a_job(zipped, finish, monkeypatch, tmp_path):
    (tmp_path / "umap.py").write_text(
        "class UMAP:\n"
        "    def __init__(self, **settings): pass\n"
        "    def fit_transform(self, vectors): return vectors[:, :2] * 3\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    zipped.run()
    zipped.segmented_control(key="lab_map").set_value("UMAP").run()
    finish(zipped, "lab_umap")
    assert "UMAP (seed 0)" in text_of(zipped)
    assert len(codes(zipped)) == 13


def test_the_table_of_photos_has_a_row_for_each(zipped):
    rows = explore.photo_rows(seen(zipped))
    assert list(rows.columns) == ["photo", "class", "width", "height", "map_x", "map_y"]
    assert len(rows) == 13
    assert rows.loc[12, ["photo", "class", "width", "height"]].tolist() == [
        "pets/dog/5.png",
        "dog",
        180,
        200,
    ]
    offered = [button.label for button in zipped.get("download_button")]
    assert {"Near duplicates (CSV)", "Photos (CSV)", "Report (HTML)"} <= {*offered}
    zipped.toggle(key="lab_features").set_value(True).run()
    offered = [button.label for button in zipped.get("download_button")]
    assert "Features, 1,280 numbers a photo (NPZ)" in offered


@pytest.mark.parametrize(
    ("counts", "says"),
    [
        ({"a": 9}, "One class only"),
        ({"a": 9, "b": 3}, "**b** has 3"),
        ({"a": 9, "b": 9}, "Balanced: 9"),
        ({"a": 9, "b": 8}, "from 8 to 9"),
        ({"a": 8, "b": 20}, "**b** has 2.5 times as many photos as **a**"),
    ],
)
def test_imbalance_is_said_in_a_sentence(counts, says):
    assert says in balance(counts)


def add_photos(app, number: int, round_: int, **photos: bytes):
    uploader = app.file_uploader(key=f"lab_files_{number}_{round_}")
    for name, data in photos.items():
        uploader = uploader.upload(name, data)
    app.run()
    assert not app.exception


@pytest.fixture
def folders(visit, crops):
    """A visitor who has filled two classes of five photos."""
    app = visit(PAGE, lab_source="Folders")
    assert title(app).startswith("Painting styles")  # until there are photos
    app.text_input(key="lab_name_1_0").set_value("cats").run()
    add_photos(app, 1, 0, **{f"{i}.png": crops[i] for i in range(5)})
    app.pills(key="lab_class").set_value(2).run()
    add_photos(app, 2, 0, **{f"{i}.png": crops[i] for i in range(5, 10)})
    return app


def counts(app) -> dict[str, int]:
    return app.session_state["lab"].original.counts()


def test_classes_can_be_named_and_filled_on_the_page(folders, finish):
    assert title(folders) == "Your folders: 10 photos, 2 classes"
    assert counts(folders) == {"Class 2": 5, "cats": 5}
    finish(folders, "explore")
    assert drawn(folders)["places"]["texts"][0] == "cats/0.png"


def test_photos_of_a_class_are_kept_through_a_page_change_and_can_be_removed(folders, asked_first):
    work = folders.session_state["lab"]
    folders.switch_page("home.py").run()
    folders.switch_page(PAGE).run()
    assert folders.session_state["lab"] is work
    folders.pills(key="lab_class").set_value(1).run()
    (table,) = folders.dataframe
    assert list(table.value["Photo"]) == [f"{i}.png" for i in (4, 3, 2, 1, 0)]
    folders.session_state[table.key] = {"selection": {"rows": [0, 3], "columns": [], "cells": []}}
    folders.run()
    assert "lab_remove_1" in asked_first(folders)
    press(folders, "Remove 2 photos")
    assert list(folders.dataframe[0].value["Photo"]) == ["3.png", "2.png", "0.png"]
    assert counts(folders) == {"Class 2": 5, "cats": 3}


def test_more_classes_can_be_added(folders, crops):
    press(folders, "Add a class")
    assert folders.pills(key="lab_class").value == 3
    add_photos(folders, 3, 0, **{"0.png": crops[15]})
    assert counts(folders) == {"Class 2": 5, "Class 3": 1, "cats": 5}


def test_a_snapshot_joins_its_class(folders, crops):
    folders.toggle(key="lab_camera").set_value(True).run()
    for taken, photo in enumerate((crops[16], crops[17]), start=1):
        camera = folders.camera_input(key=f"lab_snapshot_2_{taken}")
        camera.set_value(("photo.jpg", photo, "image/jpeg")).run()
    assert counts(folders) == {"Class 2": 7, "cats": 5}
    names = list(folders.dataframe[0].value["Photo"])
    assert names[:2] == ["Snapshot (2).jpg", "Snapshot.jpg"]


def test_two_files_of_one_name_are_two_photos_and_a_file_given_twice_is_one(folders, crops):
    add_photos(folders, 2, 1, **{"5.png": crops[15], "copy.png": crops[5]})
    assert folders.dataframe[0].value["Photo"][0] == "5 (2).png"
    assert len(folders.dataframe[0].value) == 6


def test_a_file_that_is_no_photo_is_listed_as_skipped(folders, messages, odd_files):
    add_photos(folders, 2, 1, **{"text.jpg": odd_files["text.jpg"]})
    assert messages(folders) == []
    table = next(frame.value for frame in folders.dataframe if "File" in frame.value)
    (sentence,) = (f"{file}: {why}" for file, why in zip(table["File"], table["Why"], strict=True))
    assert sentence.startswith("Class 2/text.jpg: ")
    assert counts(folders) == {"Class 2": 5, "cats": 5}


def test_two_classes_of_one_name_are_refused_in_words(folders, messages):
    folders.text_input(key="lab_name_2_1").set_value("cats").run()
    (sentence,) = messages(folders)
    assert "'cats' twice" in sentence
    folders.text_input(key="lab_name_2_1").set_value(" ").run()
    assert messages(folders) == []


def test_photos_that_are_all_taken_away_are_forgotten(folders):
    for each in folders.session_state["lab_classes"].values():
        each.photos.clear()
    folders.run()
    assert title(folders).startswith("Painting styles")
    assert "Your folders" not in str(folders.session_state["lab_kept"])


def test_names_of_classes_are_no_markdown_wherever_they_are_drawn(visit, finish, crops, pack):
    photos = {f"*{i % 2}*/{i}.png": photo for i, photo in enumerate([*crops[:11], crops[0]])}
    app = upload(visit(PAGE, lab_source="Zip"), "odd.zip", pack(photos))
    examples = [image.caption for grid in app.get("image") for image in grid.proto.imgs]
    finish(app, "explore")
    app.session_state["lab"].corrections[0] = "*1*"
    app.session_state["lab_circled"], app.session_state["lab_circled_of"] = (
        (0, 1),
        app.session_state["lab"],
    )
    app.run()
    assert not app.exception
    menus = [option for menu in app.get("menu_button") for option in menu.proto.options]
    images = [image.caption for grid in app.get("image") for image in grid.proto.imgs]
    words = [*text_of(app).splitlines(), *menus, *images]
    assert any("\\*1\\*" in each for each in images)
    assert any("\\*1\\*" in each for each in menus)
    assert [each for each in (*words, *examples) if "*1*" in each.replace("**", "")] == []
