"""A photo at a link is one more input: fetched by a button, an upload like any other then."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core.media import fetching
from core.projects import projects
from core.wording import escaped
from tests.pages.conftest import opened
from tests.public_server import HOST, public_server, sends
from tests.waiting import wait_until

URL = f"https://{HOST}/pets/whiskers.png"

ONE_PHOTO = [
    ("classify.py", {"source": "Upload"}, "photo"),
    ("captions.py", {"source": "Upload"}, "photo"),
    ("colorize.py", {"colour_source": "Upload"}, "colour_photo"),
    ("style.py", {"content_source": "Upload"}, "content_photo"),
    ("dream.py", {"dream_source": "Upload"}, "dream_photo"),
]
MANY_PHOTOS = [
    ("classify.py", {"mode": "Many photos"}, "photos"),
    ("backbones.py", {}, "compare_photos"),
    ("captions.py", {"room": "Many photos"}, "captions_photos"),
    ("colorize.py", {"colour_room": "Many photos"}, "colour_photos"),
    ("colorize.py", {"colour_room": "Which is real?"}, "game_photos"),
]


@pytest.fixture(autouse=True)
def server(monkeypatch, cat):
    """A server with a photo of a cat, which links of this test reach."""
    monkeypatch.setenv("GRAFT_OFFLINE", "0")
    with public_server() as started:
        started.answers["/pets/whiskers.png"] = sends(cat)
        monkeypatch.setattr(fetching, "fetch", partial(fetching.fetch, network=started.network))
        yield started


def fetch(app: AppTest, key: str, url: str = URL) -> AppTest:
    field(app, key).set_value(url)
    app.button(key=f"{key}_link_fetch").click().run()
    assert not app.exception
    return app


def field(app: AppTest, key: str) -> Any:
    """Where a link is typed."""
    (found,) = [one for one in app.text_input if one.key.startswith(f"{key}_link_")]
    return found


def own(app: AppTest) -> list[str]:
    """What is offered under "Your uploads"."""
    return [name for box in app.selectbox if box.label == "Your uploads" for name in box.options]


def said(app: AppTest) -> list[str]:
    return [error.value for error in app.error]


@pytest.mark.parametrize(("page", "settings", "key"), ONE_PHOTO)
def test_a_photo_at_a_link_is_an_upload_on_every_page(server, cat, page, settings, key):
    app = fetch(opened(page, settings), key)
    assert said(app) == []
    assert own(app) == ["whiskers.png"]
    (kept,) = app.session_state["uploads"]
    assert (kept.kind, kept.name, kept.data) == ("photo", "whiskers.png", cat)
    app.run()
    assert own(app) == ["whiskers.png"]
    assert field(app, key).value == ""
    assert len(server.asked) == 1


@pytest.mark.parametrize(("page", "settings", "key"), MANY_PHOTOS)
def test_a_photo_at_a_link_is_one_of_many(server, page, settings, key):
    app = fetch(opened(page, settings), key)
    assert said(app) == []
    (photo,) = app.session_state[f"{key}_single"]
    assert photo.name == "whiskers.png"
    app.button(key=f"{key}_forget").click().run()
    assert app.session_state[f"{key}_single"] == ()


def test_files_and_photos_at_links_stand_beside_each_other(server, cat, crops):
    app = opened("backbones.py", {})
    key = "compare_photos"
    fetch(app, key)
    app.file_uploader(key=f"{key}_files").upload("cup.png", crops[0]).run()
    server.answers["/b.png"] = sends(crops[1])
    fetch(fetch(app, key, f"https://{HOST}/b.png"), key)  # the first one again is there already
    assert [photo.name for photo in app.session_state[key][1]] == ["cup.png"]
    assert [photo.name for photo in app.session_state[f"{key}_single"]] == ["whiskers.png", "b.png"]


def test_the_photo_of_a_link_is_the_chosen_one_also_beside_a_file(server, crops):
    app = opened("classify.py", {"source": "Upload"})
    app.file_uploader(key="photo_file").upload("cup.png", crops[0]).run()
    fetch(app, "photo")
    (box,) = [box for box in app.selectbox if box.label == "Your uploads"]
    assert box.options == ["whiskers.png", "cup.png"]
    assert box.value == app.session_state["uploads"][0].identity
    app.run()
    assert any(escaped("whiskers.png") in caption.value for caption in app.caption)


def test_a_photo_at_a_link_is_a_style(server):
    app = fetch(opened("style.py", {}), "style")
    assert "Mix with Swirls" in [toggle.label for toggle in app.toggle]
    (kept,) = app.session_state["uploads"]
    assert app.session_state["style_own"] == [kept.identity]


def test_a_photo_at_a_link_belongs_to_a_class_of_the_lab(server, cat):
    app = fetch(opened("transfer.py", {"room": "Photos", "lab_source": "Folders"}), "lab_1")
    assert app.session_state["lab_classes"][1].photos == {"whiskers.png": cat}
    options = [one.content for group in app.get("button_group") for one in group.proto.options]
    assert "Class 1 · 1" in options


def test_a_photo_at_a_link_is_saved_in_a_project(server, cat):
    app = fetch(opened("classify.py", {"source": "Upload"}), "photo")
    app.button(key="project_save").click().run()
    window = app.session_state["open_project"]
    while window.is_saving:
        wait_until(lambda: not window.is_saving, 60)
        app.run()
    (item,) = projects().open(window.token).items("picture")
    assert item.name == "whiskers.png"
    other = opened("classify.py", {"project": window.token, "source": "Upload"})
    assert own(other) == ["whiskers.png"]


# What starts no request, and what is refused


@pytest.mark.parametrize(("page", "settings", "key"), [*ONE_PHOTO[:1], *MANY_PHOTOS[:1]])
def test_no_address_of_a_page_starts_a_request(server, page, settings, key):
    names = [
        f"{key}_link",
        f"{key}_link_0",
        f"{key}_link_fetch",
        "link",
        "url",
        "photo",
        "photo_link",
    ]
    app = opened(page, {**settings, **dict.fromkeys(names, URL)})
    assert (field(app, key).value, field(app, key).proto.query_param_key) == ("", "")
    assert server.asked == server.resolved == []


def test_typing_a_link_asks_nobody_before_the_button(server):
    app = opened("classify.py", {"source": "Upload"})
    field(app, "photo").set_value(URL).run()
    assert server.asked == server.resolved == []


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        (f"http://{HOST}/a.png", "https://"),
        ("", "https://"),
        ("https://inside.example/", "public internet"),
        (f"https://{HOST}/page", "web page"),
        (f"https://{HOST}/empty", "empty"),
        (f"https://{HOST}/large", "at most 32 MiB"),
        (f"https://{HOST}/none", "404"),
    ],
)
def test_what_cannot_be_fetched_gets_a_sentence_that_stays_until_the_next_try(server, url, reason):
    server.names["inside.example"] = ["10.0.0.1"]
    server.answers |= {
        "/page": sends(b"<!doctype html><title>A cat</title>"),
        "/empty": sends(b""),
        "/large": sends(b"", Content_Length=str(33 << 20)),
        "/none": sends(b"", 404),
    }
    app = fetch(opened("classify.py", {"source": "Upload"}), "photo", url)
    (sentence,) = said(app)
    assert reason in sentence
    assert "uploads" not in app.session_state
    assert said(app.run()) == [sentence]
    assert said(fetch(app, "photo")) == []
    assert own(app) == ["whiskers.png"]


@pytest.mark.parametrize(("page", "settings", "key"), [*ONE_PHOTO[:1], *MANY_PHOTOS[:1]])
def test_offline_there_is_no_field_for_a_link(server, monkeypatch, page, settings, key):
    monkeypatch.setenv("GRAFT_OFFLINE", "1")
    app = opened(page, settings)
    assert "Link to a photo" not in [field.label for field in app.text_input]


def test_a_link_of_a_session_that_went_offline_is_not_fetched(server, monkeypatch):
    app = opened("classify.py", {"source": "Upload"})
    field(app, "photo").set_value(URL)
    monkeypatch.setenv("GRAFT_OFFLINE", "1")
    app.button(key="photo_link_fetch").click().run()
    assert server.resolved == [] and "uploads" not in app.session_state
