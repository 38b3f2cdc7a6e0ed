"""Backbone comparison: networks side by side, what they cost, and those not on this machine."""

from __future__ import annotations

import json

import pytest

from core import engine, zoo
from core.settings import settings
from core.zoo import internet
from pages._backbones import cached


def buttons(app) -> list[str]:
    return [button.label for button in app.button]


def headings(app) -> list[str]:
    return [heading.value for heading in app.subheader]


@pytest.fixture
def only_offline(monkeypatch, tmp_path) -> None:
    """Graft may not use the network, and what Keras itself may have kept is hidden."""
    monkeypatch.setenv("GRAFT_CACHE", str(settings().cache))  # else it would move with HOME
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("GRAFT_OFFLINE", "1")


def test_three_networks_answer_side_by_side_and_are_measured(visit, finish):
    cached.measurements.clear()
    app = visit("backbones.py")
    assert app.multiselect(key="networks").value == [
        "efficientnet_lite0",
        "efficientnet_lite1",
        "efficientnet_lite2",
    ]
    assert len(app.get("image")) == 3
    finish(app, "compare")
    assert headings(app) == ["Agreement", "Cost"]
    table = app.dataframe[0].value
    assert list(table["Network"]) == [f"EfficientNet-Lite{i}" for i in range(3)]
    assert (table["measured · p50, ms"] > 0).all()
    assert (table["measured · p50, ms"] <= table["measured · p95, ms"]).all()
    assert list(table["published · top-1"]) == [0.751, 0.767, 0.776]
    assert "Comparison (CSV)" in [b.label for b in app.get("download_button")]


def test_agreement_is_complete_on_the_diagonal_and_symmetric(visit):
    app = visit("backbones.py")
    figures = [json.loads(chart.proto.spec) for chart in app.get("plotly_chart")]
    (heat,) = (f for f in figures if f["data"][0]["type"] == "heatmap")
    shares = {(note["x"], note["y"]): note["text"] for note in heat["layout"]["annotations"]}
    assert len(shares) == 9
    assert [share for (x, y), share in shares.items() if x == y] == ["100%"] * 3
    assert all(share == shares[y, x] for (x, y), share in shares.items())
    assert set(shares.values()) != {"100%"}  # they do not agree on every sample


def test_another_photo_shows_other_answers(visit):
    app = visit("backbones.py")
    before = [picture.proto.imgs[0].url for picture in app.get("image")]
    app.pills(key="compare_photo").set_value(1).run()
    assert not app.exception
    after = [picture.proto.imgs[0].url for picture in app.get("image")]
    assert len(after) == len(before) == 3 and set(after).isdisjoint(before)


def test_networks_in_the_url_are_compared(visit):
    app = visit("backbones.py", networks=["EfficientNet-Lite2"])
    assert app.multiselect(key="networks").value == ["efficientnet_lite2"]
    assert "Agreement" not in headings(app)


def test_a_network_of_the_url_does_not_depend_on_what_is_on_disk(visit):
    app = visit("backbones.py", networks=["EfficientNet-Lite0", "ConvNeXtTiny"])
    assert app.multiselect(key="networks").value == ["efficientnet_lite0", "convnext_tiny"]


def test_no_network_at_all_says_what_to_do(visit):
    app = visit("backbones.py")
    app.multiselect(key="networks").set_value([]).run()
    assert not app.exception
    assert "at least one network" in app.info[0].value


def test_a_missing_network_is_offered_with_its_size_and_fails_in_words_offline(
    visit, finish, messages, only_offline, monkeypatch
):
    monkeypatch.setattr(internet, "is_reachable", lambda: True)  # as it was a minute ago
    app = visit("backbones.py", networks=["EfficientNet-Lite0", "ConvNeXtTiny"])
    offer = "**ConvNeXtTiny** is not on this machine: 115 MB to download."
    assert offer in [text.value for text in app.markdown]
    assert len(app.get("image")) == 1  # the other network answers meanwhile
    app.button(key="download_convnext_tiny_button").click().run()
    finish(app, "download_convnext_tiny")
    (sentence,) = messages(app)
    assert "GRAFT_OFFLINE is set" in sentence
    assert "Traceback" not in sentence
    assert "Download" in buttons(app)  # to try again


def test_without_internet_access_nothing_is_offered_that_must_fail(visit, messages, only_offline):
    app = visit("backbones.py", networks=["EfficientNet-Lite0", "ConvNeXtTiny"])
    assert messages(app) == []
    assert app.button(key="download_convnext_tiny_button").disabled
    offered = app.multiselect(key="networks").options
    on_disk = {s.title for s in zoo.networks() if zoo.is_on_disk(s)}
    assert set(offered) <= on_disk | {"ConvNeXtTiny"} and len(offered) > 3
    (folded,) = [box.label for box in app.expander if "networks" in box.label]
    assert folded.startswith("With internet access: ")
    assert any("No internet connection" in caption.value for caption in app.caption)


def test_a_folder_that_is_not_there_is_not_offered_for_download(visit, messages):
    app = visit("backbones.py")
    app.text_input(key="hub").set_value("no/where").run()
    (sentence,) = messages(app)
    assert "no such folder" in sentence
    assert "Download" not in buttons(app)
    assert len(app.get("image")) == 3  # the others are still there


def test_what_was_measured_once_is_not_measured_again(visit, finish):
    app = visit("backbones.py")
    if "compare" in app.session_state:  # else another test has had them measured
        finish(app, "compare")
    app = visit("backbones.py")
    assert "compare" not in app.session_state
    assert "Cost" in headings(app)


def test_many_photos_are_compared_by_a_job(visit, finish, crops):
    app = visit("backbones.py")
    for number, photo in enumerate(crops[:14]):
        app.file_uploader(key="compare_photos_files").upload(f"{number}.jpg", photo)
    app.run()
    finish(app, "compare")
    assert len(app.pills(key="compare_photo").options) == 14
    assert len(app.get("image")) == 3


@pytest.mark.parametrize(
    "handle", ["https://module.invalid/imagenet/classification/5", "ftp://somewhere/x"]
)
def test_a_url_that_cannot_be_had_gets_a_sentence(
    visit, finish, messages, only_offline, monkeypatch, handle
):
    monkeypatch.setattr(internet, "is_reachable", lambda: True)
    app = visit("backbones.py")
    app.text_input(key="hub").set_value(handle).run()
    app.button(key=f"download_{handle}_button").click().run()
    finish(app, f"download_{handle}")
    (sentence,) = messages(app)
    assert handle in sentence
    assert len(app.get("image")) == 3  # the others are still there


@pytest.mark.parametrize(
    ("handle", "reason"),
    [
        ("nonsense", "There is no network named"),
        ("efficientnet_lite7", "efficientnet_lite0"),
        ("all_minilm_l6_v2", "a network for text"),
        ("hed_vgg16", "classifier"),
        ("/", "SavedModel"),
    ],
)
def test_a_handle_that_is_no_classifier_gets_a_sentence(visit, messages, handle, reason):
    app = visit("backbones.py")
    app.text_input(key="hub").set_value(handle).run()
    (sentence,) = messages(app)
    assert reason in sentence
    assert len(app.get("image")) == 3


@pytest.mark.parametrize("handle", ["efficientnet_lite0", "x" * 5000 + "/y", "~nobody/x", "\0/a"])
def test_odd_handles_do_no_harm(visit, handle):
    app = visit("backbones.py")
    app.text_input(key="hub").set_value(handle).run()
    assert not app.exception
    assert len(app.get("image")) == 3


def test_a_bad_photo_gets_a_sentence_and_the_good_ones_are_compared(
    visit, messages, odd_files, cat
):
    app = visit("backbones.py")
    app.pills(key="compare_photo").set_value(5).run()
    files = app.file_uploader(key="compare_photos_files")
    files.upload("text.jpg", odd_files["text.jpg"]).upload("whiskers.png", cat).run()
    (sentence,) = messages(app)
    assert sentence.startswith("text.jpg: ")
    assert app.pills(key="compare_photo").options == ["whiskers.png"]
    assert len(app.get("image")) == 3


@pytest.mark.parametrize(
    ("name", "about"),
    [
        ("bomb.zip", "zeros.png"),
        ("climbing.zip", "climbing.zip"),
        ("letters.zip", "letter.txt"),
        ("truncated.png", "truncated.png"),
    ],
)
def test_an_upload_without_a_usable_photo_gets_a_sentence(visit, messages, odd_files, name, about):
    app = visit("backbones.py")
    app.file_uploader(key="compare_photos_files").upload(name, odd_files[name]).run()
    (sentence,) = messages(app)
    assert sentence.startswith(f"{about}: ")
    assert "None of these files" in app.info[0].value


def test_only_what_is_not_on_disk_waits_for_a_download(visit):
    app = visit("backbones.py")
    assert "Download" not in buttons(app)
    assert not any(job.title.startswith("Downloading") for job in engine.jobs.jobs())
