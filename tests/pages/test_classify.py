"""Upload and classify: what a visitor chooses changes what is shown; odd files do no harm."""

from __future__ import annotations

import io
import json
import threading

import numpy as np
import pytest
from PIL import Image

from pages._classify import many_photos
from tests.pages.conftest import open_tab
from tests.waiting import wait_until

CLASSES_OF_CATS = {"Egyptian cat", "tabby", "tiger cat"}


def pictures(app) -> list[str]:
    """The photo with its frame, and addresses of the pictures, all made of their content."""
    frames = [json.loads(frame.proto.json)["src"] for frame in app.get("bidi_component")]
    return [*frames, *(picture.proto.imgs[0].url for picture in app.get("image"))]


def table(app):
    """The photos; before them come the counts."""
    return app.dataframe[1].value


def bars(app) -> dict:
    (chart,) = app.get("plotly_chart")
    return json.loads(chart.proto.spec)["data"][0]


def test_it_opens_on_a_finished_result_that_is_right(visit, messages):
    app = visit("classify.py")
    assert messages(app) == []
    assert len(pictures(app)) == 2
    assert bars(app)["y"][0] == "espresso"
    assert float(bars(app)["text"][0].rstrip("%")) > 90
    assert len(bars(app)["y"]) == 5


def test_another_sample_gives_another_result(visit):
    app = visit("classify.py", photo="Cat")
    before = pictures(app)
    app.pills(key="classify_photo").set_value("Coffee").run()
    assert set(pictures(app)).isdisjoint(before)
    assert bars(app)["y"][0] == "espresso"
    assert app.selectbox(key="target").options == bars(app)["y"]


def test_another_network_gives_another_result(visit):
    app = visit("classify.py")
    scores = bars(app)["text"]
    app.selectbox(key="classify_network").set_value("efficientnet_lite2").run()
    assert bars(app)["text"] != scores
    assert any("EfficientNet-Lite2" in caption.value for caption in app.caption)


@pytest.mark.parametrize("photo", ["Astronaut", "Flower", "Rocket"])
def test_the_best_class_stays_the_one_that_is_located_with_another_network(visit, photo):
    app = visit("classify.py", photo=photo)
    app.selectbox(key="classify_network").set_value("efficientnet_lite2").run()
    assert app.selectbox(key="target").value == bars(app)["y"][0]
    elsewhere = visit("classify.py", photo=photo, network="EfficientNet-Lite2")
    assert pictures(elsewhere) == pictures(app)


def test_another_photo_is_explained_by_its_own_best_class(visit):
    app = visit("classify.py", photo="Cat")
    app.selectbox(key="target").set_value("lynx").run()
    app.pills(key="classify_photo").set_value("Coffee").run()
    assert app.selectbox(key="target").value == bars(app)["y"][0]
    app.selectbox(key="target").set_value(bars(app)["y"][2]).run()
    app.pills(key="classify_photo").set_value("Cameraman").run()
    assert app.selectbox(key="target").value == bars(app)["y"][0]


def test_top_k_is_how_many_classes_are_shown(visit):
    app = visit("classify.py")
    app.slider(key="top_k").set_value(12).run()
    assert len(bars(app)["y"]) == len(app.selectbox(key="target").options) == 12


def test_another_class_or_method_gives_another_map(visit):
    app = visit("classify.py", photo="Cat")
    photo, first = pictures(app)
    app.selectbox(key="target").set_value("lynx").run()
    assert pictures(app)[0] == photo
    assert pictures(app)[1] != first
    by_activations = pictures(app)[1]
    app.selectbox(key="method").set_value("occlusion").run()
    assert not app.exception
    assert pictures(app)[1] != by_activations


def test_settings_in_the_url_reproduce_the_page(visit):
    app = visit(
        "classify.py",
        source="Sample",
        photo="Coffee",
        network="EfficientNet-Lite1",
        top_k="3",
        target="cup",
        method="Occlusion",
    )
    assert app.selectbox(key="classify_network").value == "efficientnet_lite1"
    assert app.selectbox(key="method").value == "occlusion"
    assert app.selectbox(key="target").value == "cup"
    assert len(bars(app)["y"]) == 3
    assert bars(app)["y"][0] == "espresso"


def test_the_mode_in_the_url_opens_many_photos(visit, finish):
    app = visit("classify.py", mode="Many photos")
    finish(app, "batch")
    assert len(table(app)) == 7


@pytest.mark.parametrize(
    "settings",
    [
        {"photo": "Unicorn", "network": "nonsense", "top_k": "1000", "mode": "Dance"},
        {"source": "", "top_k": "-3", "network": "all_minilm_l6_v2"},
        {"top_k": "x", "target": "<b>", "method": "../../etc"},
    ],
)
def test_nonsense_in_the_url_opens_the_usual_page(visit, messages, settings):
    app = visit("classify.py", **settings)
    assert messages(app) == []
    assert len(bars(app)["y"]) == 5
    assert bars(app)["y"][0] == "espresso"


def test_without_a_photo_the_page_says_what_to_do(visit):
    app = visit("classify.py", source="Upload")
    assert "to see" in app.info[0].value


def test_an_uploaded_photo_is_classified_and_kept_through_a_page_change(visit, cat):
    app = visit("classify.py", source="Upload")
    app.file_uploader(key="photo_file").upload("whiskers.png", cat).run()
    assert bars(app)["y"][0] in CLASSES_OF_CATS
    app.switch_page("home.py").run()
    app.switch_page("classify.py").run()
    app.segmented_control(key="classify_source").set_value("Upload").run()
    assert bars(app)["y"][0] in CLASSES_OF_CATS


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("empty.png", "empty"),
        ("text.jpg", "text"),
        ("truncated.png", "PNG"),
        ("vast.png", "30,000"),
        ("drawing.svg", "SVG"),
        ("bomb.zip", "ZIP"),
    ],
)
def test_what_is_no_photo_gets_a_sentence_and_the_page_goes_on(
    visit, messages, odd_files, cat, name, reason
):
    app = visit("classify.py", source="Upload")
    upload = app.file_uploader(key="photo_file")
    upload.upload(name, odd_files[name]).run()
    (sentence,) = messages(app)
    assert reason in sentence
    app.file_uploader(key="photo_file").upload("whiskers.png", cat).run()
    assert messages(app) == []
    assert bars(app)["y"][0] in CLASSES_OF_CATS


def test_every_tab_of_the_result_opens(visit):
    app = visit("classify.py")
    open_tab(app, "details", "Layers")
    app.run()
    assert not app.exception
    shown = pictures(app)[-1]
    app.selectbox(key="layer").set_value(app.selectbox(key="layer").options[-1]).run()
    assert pictures(app)[-1] != shown
    open_tab(app, "details", "Download")
    app.run()
    assert not app.exception
    labels = [button.label for button in app.get("download_button")]
    assert labels[:2] == ["Photo with map (PNG)", "Classes (CSV)"]


def test_many_photos_opens_on_the_samples(visit, finish):
    app = visit("classify.py", mode="Many photos")
    finish(app, "batch")
    photos = table(app)
    assert list(photos["Photo"])[:2] == ["Coffee", "Cameraman"]
    assert photos["Class"][0] == "espresso"
    assert photos["Probability"].between(0, 100).all()


def test_the_table_is_filtered_by_class_and_probability(visit, finish):
    app = visit("classify.py", mode="Many photos")
    finish(app, "batch")
    app.multiselect(key="batch_classes").set_value(["daisy", "espresso"]).run()
    assert sorted(table(app)["Class"]) == ["daisy", "espresso"]
    app.slider(key="batch_least").set_value(0.8).run()
    assert list(table(app)["Class"]) == ["espresso"]
    app.slider(key="batch_least").set_value(1.0).run()
    assert not app.exception
    assert len(table(app)) == 0


def test_a_link_says_which_row_of_the_table_is_open(visit, finish):
    app = visit("classify.py", mode="Many photos", batch_row="2", batch_least="0.0")
    finish(app, "batch")
    assert app.session_state[app.dataframe[1].key]["selection"]["rows"] == [1]
    assert any(
        "Cameraman: evidence for" in image.proto.imgs[0].caption for image in app.get("image")
    )
    app.multiselect(key="batch_classes").set_value(["espresso"]).run()
    assert not app.exception and not app.get("image")


def test_another_network_classifies_the_photos_again(visit, finish):
    app = visit("classify.py", mode="Many photos")
    finish(app, "batch")
    before = list(table(app)["Probability"])
    app.selectbox(key="classify_network").set_value("efficientnet_lite1").run()
    finish(app, "batch")
    assert list(table(app)["Probability"]) != before


def test_features_of_the_table_can_be_taken_along(visit, finish):
    app = visit("classify.py", mode="Many photos")
    finish(app, "batch")
    app.toggle(key="batch_features").set_value(True).run()
    assert not app.exception
    labels = [button.label for button in app.get("download_button")]
    assert "Features, 1,280 numbers a photo (NPZ)" in labels


def test_a_zip_with_a_bad_photo_shows_the_good_ones(visit, finish, messages, odd_files, cat, pack):
    archive = pack(
        {
            "pets/cat": cat,  # told by its content
            "pets/broken.png": odd_files["truncated.png"],
            "pets/letter.jpg": odd_files["text.jpg"],
            "notes.txt": b"not a photo",
        }
    )
    app = visit("classify.py", mode="Many photos")
    app.file_uploader(key="photos_files").upload("pets.zip", archive).run()
    finish(app, "batch")
    assert list(table(app)["Photo"]) == ["pets/cat"]
    sentences = messages(app)
    others = ["notes.txt", "pets/broken.png", "pets/letter.jpg"]
    assert sorted(text.split(":")[0] for text in sentences) == others


@pytest.mark.parametrize(
    ("name", "named", "reason"),
    [
        ("bomb.zip", "zeros.png", "at most 32 MiB"),
        ("climbing.zip", "climbing.zip", ".."),
        ("damaged.zip", "damaged.zip", "ZIP"),
        ("letters.zip", "letter.txt", "got text"),
        ("text.jpg", "text.jpg", "text"),
    ],
)
def test_an_upload_without_a_usable_photo_gets_a_sentence_and_the_page_goes_on(
    visit, finish, messages, odd_files, cat, name, named, reason
):
    app = visit("classify.py", mode="Many photos")
    app.file_uploader(key="photos_files").upload(name, odd_files[name]).run()
    finish(app, "batch")
    (sentence,) = messages(app)  # and it stays
    assert sentence.startswith(f"{named}: ")
    assert reason in sentence
    app.file_uploader(key="photos_files").upload("whiskers.png", cat).run()
    finish(app, "batch")
    assert "whiskers.png" in list(table(app)["Photo"])


def test_what_the_network_sees_of_a_photo_can_be_chosen_and_stands_in_the_url(visit, messages):
    whole = visit("classify.py", photo="Astronaut")
    app = visit("classify.py", photo="Astronaut", crop_x="75", crop_y="75", crop_size="50")
    assert messages(app) == []
    assert bars(app)["y"][0] == "football helmet" != bars(whole)["y"][0]
    frame = json.loads(app.get("bidi_component")[0].proto.json)
    assert frame["place"] == [0.75, 0.75, 0.5]
    app.button(key="crop_reset").click().run()
    assert bars(app)["text"] == bars(whole)["text"]
    frame = json.loads(app.get("bidi_component")[0].proto.json)
    assert frame["place"] == [0.5, 0.5, 1.0]


def test_a_crop_ends_with_its_photo(visit):
    app = visit("classify.py", photo="Palace", crop_x="20", crop_size="50")
    app.pills(key="classify_photo").set_value("Coffee").run()
    assert [app.slider(key=f"crop_{part}").value for part in ("x", "y", "size")] == [50, 50, 100]


def test_many_photos_counts_by_class(visit, finish):
    app = visit("classify.py", mode="Many photos")
    finish(app, "batch")
    counts = app.dataframe[0].value
    assert counts["Photos"].sum() == 7 and set(counts["Class"]) == set(table(app)["Class"])


def test_many_photos_shows_what_is_done_so_far_while_it_runs(visit, finish, messages, monkeypatch):
    go_on = threading.Event()
    classify = many_photos._classify_photos

    def first_three_then_wait(photos, network):
        for rows in classify(photos, network):
            yield list(rows)
            if len(rows) == 3:
                go_on.wait(60)

    monkeypatch.setattr(many_photos, "_classify_photos", first_three_then_wait)
    app = visit("classify.py", mode="Many photos")
    try:
        job = app.session_state["batch"]
        wait_until(lambda: job.snapshot is not None and len(job.snapshot) == 3)
        app.run()
        assert messages(app) == [] and not job.is_over
        (counts,) = app.dataframe
        assert counts.value["Photos"].sum() == 3
        (bar,) = app.get("progress")
        assert "3 done" in bar.proto.text
    finally:
        go_on.set()
    finish(app, "batch")
    assert app.dataframe[0].value["Photos"].sum() == 7


def test_snapshots_are_given_up_after_a_question(visit, finish, asked_first, cat):
    app = visit("classify.py", mode="Many photos", photos_camera="true")
    app.camera_input(key="photos_snapshot").set_value(("photo.jpg", cat, "image/jpeg")).run()
    finish(app, "batch")
    assert list(table(app)["Photo"]) == ["Snapshot 1"]
    assert "photos_forget" in asked_first(app)
    app.button(key="photos_forget").click().run()
    finish(app, "batch")
    assert len(table(app)) == 7


def twelve_bits() -> bytes:
    """A photo of 12 bits in 16, as microscopes write them."""
    levels = np.linspace(0, 4095, 64 * 48, dtype=np.uint16).reshape(48, 64)
    buffer = io.BytesIO()
    Image.fromarray(levels).save(buffer, "PNG")
    return buffer.getvalue()


def test_what_was_guessed_about_a_photo_is_said_where_it_was_uploaded(visit, messages, cat):
    app = visit("classify.py", source="Upload")
    app.file_uploader(key="photo_file").upload("cells.png", twelve_bits()).run()
    assert messages(app) == []
    assert any("seem to have 12 bits" in caption.value for caption in app.caption)
    app.file_uploader(key="photo_file").upload("whiskers.png", cat).run()
    assert not any("12 bits" in caption.value for caption in app.caption)


def test_many_photos_list_what_was_guessed_about_each(visit, finish, pack, cat):
    app = visit("classify.py", mode="Many photos")
    archive = pack({"cells.png": twelve_bits(), "cat.png": cat, "more.png": twelve_bits()})
    app.file_uploader(key="photos_files").upload("all.zip", archive).run()
    finish(app, "batch")
    (notice,) = (c.value for c in app.caption if "12 bits" in c.value)
    assert notice.startswith("cells.png, more.png: its levels seem to have 12 bits")
