"""Links: a setting is its page's own, and a link opened elsewhere shows what is on screen."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core.zoo import sources
from tests.listed_pages import PAGE_FILES
from tests.pages.conftest import opened
from tests.waiting import wait_until

KINDS = (
    "button_group", "checkbox", "multiselect", "number_input", "radio", "select_slider",
    "selectbox", "slider", "text_area", "text_input", "toggle",
)  # fmt: skip
NOT_CARRIED = {
    "I can download them again",  # a safeguard
    "Encoding", "Column separator", "Review column",  # of an uploaded file
    "Column with the labels", "Class to compare with",
    "Reviews in", "Label column", "The first row names the columns",
    "Labels that mean for", "Labels that mean against",
}  # fmt: skip
FILES = {"Upload", "Zip", "Zoom", "Live video"}
LIVE = {"Live", "Live video"}  # AppTest has no camera and no microphone


def controls(app: AppTest) -> list[Any]:
    assert not app.exception
    return [widget for kind in KINDS for widget in app.get(kind)]


def room_of(app: AppTest) -> Any:
    ways = [w for w in app.get("button_group") if w.key and w.key.endswith(("room", "mode"))]
    return ways[0] if ways else None


def link(app: AppTest) -> dict[str, str | list[str]]:
    """The settings in the address, as the browser writes them: what is not at its default."""
    settings: dict[str, str | list[str]] = {}
    for widget in controls(app):
        name, value = widget.proto.query_param_key, widget.value
        if not name or value == default_of(widget):
            continue
        settings[name] = written(widget, value)
    return settings


def default_of(widget: Any) -> Any:
    proto = widget.proto
    default = getattr(proto, "default", None)
    if widget.type in ("selectbox", "radio"):
        return widget.options and option_value(widget, default)
    if widget.type in ("button_group", "multiselect"):
        chosen = [option_value(widget, i) for i in default]
        return chosen if isinstance(widget.value, list) else (chosen or [None])[0]
    if widget.type in ("slider", "select_slider"):
        return None  # written whatever it is
    return default


def option_value(widget: Any, index: int) -> Any:
    return labels(widget)[index]


def labels(widget: Any) -> list[str]:
    return [getattr(option, "content", option) for option in widget.proto.options]


def written(widget: Any, value: Any) -> str | list[str]:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (list, tuple)):
        return [widget.format_func(one) if labels(widget) else str(one) for one in value] or ""
    if getattr(widget.proto, "options", None):
        return str(widget.format_func(value))
    return str(value)


def change(widget: Any) -> bool:
    """Give a control another value; whether there is one."""
    if widget.proto.disabled:
        return False
    if widget.type in ("toggle", "checkbox"):
        widget.set_value(not widget.value)
    elif widget.type in ("slider", "number_input"):
        step = widget.step or 1
        value = widget.value + step if widget.value + step <= widget.max else widget.value - step
        if value < widget.min:
            return False
        widget.set_value(value)
    elif widget.type == "selectbox":
        if len(widget.options) < 2:
            return False
        widget.set_value(widget.options[1])
    elif widget.type == "button_group" and not FILES & set(labels(widget)):
        if isinstance(widget.value, list) or len(labels(widget)) < 2:
            return False
        widget.set_value(widget.options[-1])
    else:
        return False
    return True


def shown(app: AppTest) -> dict[str, Any]:
    """The values of controls, but for cells of a result: its training may still be under way."""
    return {
        f"{w.type} {w.label} {w.key}": w.value for w in controls(app) if "_cell_" not in str(w.key)
    }


@dataclass(frozen=True)
class Room:
    """A room in which every control was changed, and what its link opens elsewhere."""

    name: str | None
    names: frozenset[str]
    unbound: frozenset[str]
    changed: dict[str, Any]
    by_link: dict[str, Any]


@cache
def rooms(page: str) -> tuple[Room, ...]:
    """The rooms of a page, each with its controls changed."""
    way = room_of(opened(page, {}))
    names = [name for name in labels(way) if name not in LIVE] if way else [None]
    return tuple(room(page, way, name) for name in names)


def room(page: str, way: Any, name: str | None) -> Room:
    app = opened(page, {way.key: name} if name else {})
    done: set[str] = set()
    for _ in range(3):  # a change may bring other controls
        fresh = [w for w in controls(app) if w.key and w.key not in done]
        fresh = [w for w in fresh if w.label not in NOT_CARRIED | {"Camera"}]
        done |= {widget.key for widget in fresh}
        changed = [change(w) for w in fresh if way is None or w.key != way.key]
        if not any(changed):
            break
        app.run()
    bound = {w.proto.query_param_key for w in controls(app)} - {""}
    unbound = {
        w.label for w in controls(app) if not w.proto.query_param_key and "_cell_" not in str(w.key)
    }
    elsewhere = opened(page, link(app))
    return Room(name, frozenset(bound), frozenset(unbound), shown(app), shown(elsewhere))


@pytest.mark.parametrize("page", PAGE_FILES)
def test_a_link_shows_elsewhere_what_every_control_is_set_to(page):
    for room in rooms(page):
        assert room.unbound <= NOT_CARRIED, f"{room.name}: a link leaves these out"
        assert room.by_link == room.changed, room.name


def test_no_setting_is_shared_by_two_pages():
    pages: dict[str, set[str]] = defaultdict(set)
    for page in PAGE_FILES:
        for room in rooms(page):
            for name in room.names:
                pages[name].add(page)
    assert len(pages) > 60
    assert {name: users for name, users in pages.items() if len(users) > 1} == {}


def test_a_short_name_in_a_link_opens_the_room_of_the_page(visit):
    app = visit("documents.py", room="Train your own")
    assert app.session_state["documents_room"] == "Train your own"
    assert "room" not in app.query_params


@pytest.mark.parametrize(
    ("page", "settings", "key"),
    [
        ("backbones.py", {}, "hub"),
        ("documents.py", {"room": "Train your own", "desk_evidence": "Meaning"}, "desk_module"),
        ("sounds.py", {"room": "YAMNet"}, "sound_module"),
        ("style.py", {"style_room": "TF-Hub"}, "style_module"),
    ],
)
def test_a_module_of_a_link_waits_for_a_click_that_names_it(
    visit, monkeypatch, page, settings, key
):
    opened_modules, locate = [], sources.locate

    def watched(source):
        opened_modules.append(getattr(source, "handle", None))
        return locate(source)

    monkeypatch.setattr(sources, "locate", watched)
    app = visit(page, **settings, **{key: "/some/folder"})
    assert any("/some/folder" in box.value and "trust" in box.value for box in app.warning)
    assert "/some/folder" not in opened_modules
    app.button(key=f"{key}_allow").click().run()
    for button in app.button:
        if button.label == "Train":
            button.click().run()
    wait_until(lambda: "/some/folder" in opened_modules)


@pytest.mark.parametrize(
    ("page", "prefix", "job"),
    [("documents.py", "desk", "documents"), ("sounds.py", "own", "own_sounds")],
)
def test_a_link_starts_no_training_with_its_settings(visit, finish, page, prefix, job):
    app = visit(page, **{"room": "Train your own", f"{prefix}_seed": "7"})
    if job in app.session_state:  # the sample, which every visitor meets trained by the defaults
        finish(app, job)
    assert any("Press Train to use these" in caption.value for caption in app.caption)
    assert app.number_input(key=f"{prefix}_seed").value == 7
    assert not app.get("progress")


def test_a_link_starts_no_race(visit):
    app = visit("transfer.py", room="Train", train_strategies=["From scratch"], train_seed="7")
    assert any("Press Train to run it on yours" in text.value for text in app.caption)
    assert "race" not in app.session_state


def test_an_upload_reaches_the_other_pages(cat):
    app = opened("captions.py", {"source": "Upload"})
    app.file_uploader(key="photo_file").upload("whiskers.png", cat).run()
    kept = app.session_state["uploads"]
    for page, settings in {
        "classify.py": {"source": "Upload"},
        "colorize.py": {"colour_source": "Upload"},
        "style.py": {"content_source": "Upload"},
        "dream.py": {"dream_source": "Upload"},
    }.items():
        other = opened(page, settings, uploads=kept)
        (box,) = [box for box in other.selectbox if box.label == "Your uploads"]
        assert box.options == ["whiskers.png"]
    backbones = opened("backbones.py", {}, uploads=kept)
    assert [w.label for w in backbones.get("button_group")].count("Your uploads") == 1


def test_uploads_of_a_session_are_bounded(cat):
    def script():
        import streamlit as st

        from pages._ui import uploads

        for number in range(20):
            uploads.keep("photo", f"{number}.png", bytes([number]))
        st.write(",".join(one.name for one in uploads.uploads("photo")))

    app = AppTest.from_function(script).run()
    names = app.markdown[0].value.split(",")
    assert names[0] == "19.png" and len(names) == 12
