"""Every widget of every page, wherever it is drawn, is in links; or it stands here why not."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import streamlit as st

PAGES = Path(__file__).parents[2] / "pages"

SETTINGS = {
    "checkbox", "color_picker", "date_input", "datetime_input", "feedback", "multiselect",
    "number_input", "pagination", "pills", "radio", "segmented_control", "select_slider",
    "selectbox", "slider", "tabs", "text_area", "text_input", "time_input", "toggle",
}  # fmt: skip
SELECTIONS = {
    "altair_chart", "dataframe", "echarts_chart", "plotly_chart", "pydeck_chart",
    "vega_lite_chart",
}  # fmt: skip
EDITORS = {"chat_input", "data_editor"}
FRAMES = {"expander", "popover"}  # what is in them is looked at
FILES = {"audio_input", "camera_input", "file_uploader"}

ACTION = "what it holds is used up by the button beside it"
OF_SESSION = "its options are files of this session, which no link has"
OF_RUNS = "no link has both results of a run that was cancelled"
MIRRORED = "a click sets widgets that are in links"
CODE = "it lies in an expander that a link leaves closed"
OF_PROJECT = "the name of a project"
OF_SERVER = "no link names a file of the server"

NOT_BOUND = {
    ("_sounds/training_input.py", "text_input", "Class"): ACTION,
    ("_transfer/camera.py", "text_input", "Name of class"): "of a class of photos of this session",
    ("_transfer/folders.py", "text_input", "Name"): "the name of a class of photos of this session",
    ("_transfer/folders.py", "pills", "Class"): OF_SESSION,
    ("_transfer/folders.py", "dataframe", ""): "rows that a button removes",
    (
        "_transfer/photo_grid.py",
        "pills",
        "Labelled",
    ): "it corrects a label",
    ("_ui/evaluation_panel.py", "plotly_chart", ""): MIRRORED,
    ("_ui/finding_groups.py", "selectbox", "Pair"): "classes of a data set of this session",
    ("_ui/look_map.py", "selectbox", ""): OF_SESSION,
    ("_ui/row_choice.py", "dataframe", ""): MIRRORED,
    ("_ui/jobs.py", "segmented_control", "Result"): OF_RUNS,
    ("_ui/photo_link.py", "text_input", "Link to a photo"): ACTION,
    ("_ui/project_line.py", "text_input", "Project name"): OF_PROJECT,
    ("_ui/use_from_code.py", "tabs", ""): CODE,
    ("projects.py", "text_input", "Name"): OF_PROJECT,
    ("folders.py", "text_input", "Folder, file or bucket"): OF_SERVER,
    ("folders.py", "text_input", "Write to"): OF_SERVER,
    ("account.py", "text_input", "What the key is for"): ACTION,
    ("engine_room.py", "checkbox", "I can download them again"): "a safeguard",
}


class Widget(NamedTuple):
    """A call that draws a widget."""

    file: str
    kind: str
    label: str
    line: int
    is_bound: bool


def widgets() -> Iterator[Widget]:
    """Those of all pages, dialogs and popovers, and of what pages share."""
    for path in sorted(PAGES.rglob("*.py")):
        file = path.relative_to(PAGES).as_posix()
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                owner = node.func.value
                if isinstance(owner, ast.Name) and owner.id == "task_settings":
                    continue  # which draws them by functions of the same names
                yield from widget(file, node, node.func.attr)


def widget(file: str, call: ast.Call, kind: str) -> Iterator[Widget]:
    keywords = {word.arg: word.value for word in call.keywords}
    is_widget = kind in SETTINGS | EDITORS or (kind in SELECTIONS and "on_select" in keywords)
    if is_widget:
        bound = keywords.get("bind")
        is_bound = any(
            isinstance(part, ast.Constant) and part.value == "query-params"
            for part in (ast.walk(bound) if bound is not None else ())
        )
        yield Widget(file, kind, label_of(call), call.lineno, is_bound)


def label_of(call: ast.Call) -> str:
    """The first words that are written in the call."""
    first = call.args[0] if call.args else None
    if isinstance(first, ast.JoinedStr):
        first = first.values[0]
    if isinstance(first, ast.Constant) and isinstance(first.value, str):
        return first.value.strip()
    return ""


def test_every_widget_is_in_links_or_it_stands_here_why_not():
    every = list(widgets())
    assert len(every) > 80
    assert {each.kind for each in every} >= {"slider", "toggle", "tabs", "pagination", "dataframe"}
    unbound = {(each.file, each.kind, each.label): each.line for each in every if not each.is_bound}
    assert {name: line for name, line in unbound.items() if name not in NOT_BOUND} == {}
    assert NOT_BOUND.keys() <= unbound.keys(), "these are bound by now, or gone"


def test_every_kind_of_widget_of_streamlit_is_looked_at():
    kinds = {
        name
        for name, draw in inspect.getmembers(st, inspect.isroutine)
        if {"bind", "on_change", "on_select"} & inspect.signature(draw).parameters.keys()
    }
    assert len(kinds) > 20
    assert kinds <= SETTINGS | SELECTIONS | EDITORS | FRAMES | FILES
