"""Links: a setting is its page's own, and a link opened elsewhere shows what is on screen."""

from __future__ import annotations

import re
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
    "button_group", "checkbox", "color_picker", "date_input", "multiselect", "number_input",
    "radio", "select_slider", "selectbox", "slider", "text_area", "text_input", "time_input",
    "toggle",
)  # fmt: skip
RESULTS = (
    "title",
    "header",
    "subheader",
    "caption",
    "metric",
    "success",
    "info",
    "warning",
    "error",
)
MEASURED = re.compile(r"[\d.,]+\s?(ms|s|seconds?|minutes?|MB|GB)\b")  # anew for each visitor
NOT_CARRIED = {
    "I can download them again", "Class", "Name",  # test_bound_widgets.py says why
    "Text", "Recording", "Pair",
    "Command line, Python, curl", "Link to a photo", "Folder, file or bucket", "Write to",
    *(f"Name of class {number}" for number in range(1, 7)),
}  # fmt: skip
FILES = {"Upload", "Zip", "Folders", "Camera", "Microphone"}
MODULES = {
    "A TF-Hub module",
    "A TF-Hub module as one more backbone",
}  # opened for who has typed one, and not by a link
LIVE = {"Live", "Live video"}  # AppTest has no camera and no microphone


class Tabs:
    """Tabs, which AppTest knows as a block only, as a widget."""

    type = "tabs"

    def __init__(self, app: AppTest, block: Any) -> None:
        self.proto = block.proto.tab_container
        self.key = self.proto.query_param_key
        self.options = [tab.label for tab in block.children.values()]
        self.label = ", ".join(self.options)
        self.value = self.options[self.proto.default_tab_index]
        self._app = app

    def set_value(self, value: str) -> None:
        self._app.session_state[self.key] = value


def controls(app: AppTest) -> list[Any]:
    assert not app.exception
    widgets = [widget for kind in KINDS for widget in app.get(kind)]
    return widgets + [Tabs(app, block) for block in app.get("tab_container")]


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
    if widget.type == "tabs":
        return proto.default_tab_label
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
    others = other_values(widget)
    if others:
        widget.set_value(others[-1])
    return bool(others)


def as_number(option: str) -> float | str:
    """What an option stands for: the number that it begins with, if it does, or itself."""
    try:
        return float(option.split()[0])
    except ValueError:
        return option


def other_values(widget: Any) -> list[Any]:
    """Some values that a control doesn't have."""
    value = widget.value
    if getattr(widget.proto, "disabled", False) or widget.label in MODULES:
        return []
    if widget.type in ("toggle", "checkbox"):
        return [not value]
    if widget.type in ("slider", "number_input"):
        step = widget.step or 1
        ends = list(value) if isinstance(value, (list, tuple)) else [value]
        changed = [[*ends[:-1], ends[-1] - step], [*ends[:-1], ends[-1] + step]]
        fitting = [v for v in changed if widget.min <= v[-1] <= widget.max and v == sorted(v)]
        return [v if len(ends) > 1 else v[0] for v in fitting]
    if widget.type in ("text_input", "text_area"):
        return [f"{value} Another word."] if value else []
    if widget.type == "color_picker":
        return ["#102030"]
    options = [option for option in widget.options if option not in FILES]
    if isinstance(value, list):
        shown = [str(widget.format_func(one)) for one in value]
        return [[o for o in options if o not in shown][:1] + value[:1]] if len(options) > 1 else []
    fitting = [option for option in options if option != str(written(widget, value))]
    if widget.type == "select_slider":  # AppTest knows how options are written, not what they are
        return [as_number(option) for option in fitting[:1]]
    if widget.type == "radio":  # and of these the option itself
        names = getattr(widget.format_func, "__self__", {})
        return [next((one for one in names if names[one] == o), o) for o in fitting[:1]]
    return fitting[:1] if widget.type == "selectbox" else fitting


def shown(app: AppTest) -> dict[str, Any]:
    """The values of controls, and what is written of the result unless a job is still at it."""
    values = {f"{w.type} {w.label} {w.key}": w.value for w in controls(app)}
    if not app.get("progress"):
        results = [element for kind in RESULTS for element in app.get(kind)]
        values["results"] = [
            MEASURED.sub("", f"{getattr(e, 'label', '')} {e.value}") for e in results
        ]
    return values


@dataclass(frozen=True)
class Room:
    """A room in which every control was changed, and what its link opens elsewhere."""

    name: str | None
    names: frozenset[str]
    unbound: frozenset[str]
    changed: dict[str, Any]
    by_link: dict[str, Any]
    asks_for_upload: bool


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
        fresh = [w for w in fresh if w.proto.query_param_key and w.label != "Camera"]
        done |= {widget.key for widget in fresh}
        changed = [change(w) for w in fresh if way is None or w.key != way.key]
        if not any(changed):
            break
        app.run()
    bound = {w.proto.query_param_key for w in controls(app)} - {""}
    unbound = {w.label for w in controls(app) if not w.proto.query_param_key}
    address = link(app)
    elsewhere = opened(page, address)
    uploads = {w.key: "Upload" for w in controls(app) if "Upload" in getattr(w, "options", ())}
    asks = True
    if uploads:
        other = opened(page, {**address, **uploads})
        asks = any("upload the same file" in caption.value for caption in other.caption)
        asks &= uploads.items() <= {w.key: w.value for w in controls(other)}.items()
    return Room(name, frozenset(bound), frozenset(unbound), shown(app), shown(elsewhere), asks)


@pytest.mark.parametrize("page", PAGE_FILES)
def test_a_link_shows_elsewhere_what_every_control_is_set_to(page):
    for room in rooms(page):
        assert room.unbound <= NOT_CARRIED, f"{room.name}: a link leaves these out"
        compared = room.changed.keys() | room.by_link.keys()
        if not {"results"} <= room.changed.keys() & room.by_link.keys():  # a job is at it still
            compared = room.changed.keys() & room.by_link.keys()
        for what in compared:
            assert room.by_link.get(what) == room.changed.get(what), (room.name, what)
        assert room.asks_for_upload, room.name


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


@pytest.fixture
def opened_modules(monkeypatch) -> list[str | None]:
    """What has been looked for on disk, from now on."""
    handles: list[str | None] = []
    locate = sources.locate

    def watched(source):
        handles.append(getattr(source, "handle", None))
        return locate(source)

    monkeypatch.setattr(sources, "locate", watched)
    return handles


MODULE_FIELDS = pytest.mark.parametrize(
    ("page", "settings", "key"),
    [
        ("backbones.py", {}, "hub"),
        ("documents.py", {"room": "Train your own", "desk_evidence": "Meaning"}, "desk_module"),
        ("sounds.py", {"room": "YAMNet"}, "sound_module"),
        ("style.py", {"style_room": "TF-Hub"}, "style_module"),
    ],
)


@MODULE_FIELDS
def test_a_module_that_the_server_does_not_list_is_refused(
    visit, monkeypatch, messages, opened_modules, page, settings, key
):
    monkeypatch.setenv("GRAFT_ACCESS", "open")
    app = visit(page, **settings, **{key: "/some/folder"})
    assert any("that this server lists" in sentence for sentence in messages(app))
    assert not [button for button in app.button if button.key == f"{key}_allow"]
    app.text_input(key=key).set_value("/other/folder").run()
    assert any("that this server lists" in sentence for sentence in messages(app))
    for button in app.button:
        if button.label == "Train" and not button.disabled:
            button.click().run()
    assert not {"/some/folder", "/other/folder"} & set(opened_modules)


@MODULE_FIELDS
def test_a_module_of_a_link_waits_for_a_click_that_names_it(
    visit, opened_modules, page, settings, key
):
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


@pytest.mark.parametrize(
    ("page", "settings", "asked"),
    [
        ("transfer.py", {"room": "Take it along"}, "Take it along"),
        ("style.py", {"style_room": "At [once](x)"}, "At \\[once\\]"),
        ("classify.py", {"classify_photo": "Teapot"}, "Teapot"),
        ("classify.py", {"classify_source": "Scanner"}, "Scanner"),
        ("classify.py", {"classify_network": "VGG99"}, "VGG99"),
    ],
)
def test_a_link_that_asks_for_what_is_not_there_says_so_and_opens_the_first(
    visit, page, settings, asked
):
    app = visit(page, **settings)
    assert [asked in caption.value for caption in app.caption].count(True) == 1
    assert not app.error
    (name,) = settings
    key = name if name != "room" else "transfer_room"
    (widget,) = [w for w in controls(app) if w.key == key]
    assert option_value(widget, 0) == (widget.format_func(widget.value))
    widget.set_value(widget.options[1]).run()
    assert not any(asked in caption.value for caption in app.caption)


def test_a_link_carries_the_chosen_cell_also_of_the_first_class(enter):
    app = enter("Mistakes", cell_true="blue", cell_said="green")
    assert (app.selectbox(key="cell_true").value, app.selectbox(key="cell_said").value) == (0, 1)
    assert any("labelled **blue**, predicted **green**" in text.value for text in app.markdown)


def test_every_room_of_the_lab_keeps_the_sample_in_its_link(visit):
    app = visit("transfer.py", room="Photos", lab_sample="Faces")
    for room in ("Train", "Mistakes", "Export"):
        app.button_group(key="transfer_room").set_value(room).run()
        assert link(app)["lab_sample"] == "Faces", room
    assert app.session_state["lab"].name == "Faces"


def test_a_link_to_a_room_of_the_lab_says_that_it_leaves_own_photos_out(enter):
    for room in ("Train", "Mistakes", "Export"):
        assert any("leaves your photos out" in text.value for text in enter(room).caption), room
