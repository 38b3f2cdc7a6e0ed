"""What can be done with each file of a folder or row of a table, and its settings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from core.sound import classification as sounds
from core.tasks import TASKS
from core.tasks.task import Settings, Task
from core.text import sentiment
from pages._ui import links, task_settings, widgets


def task_input() -> tuple[Task, Settings]:
    """A task and its settings."""
    links.name_unknown("folder_task", [TASKS[name].title for name in _SETTINGS], "classify")
    name = st.selectbox(
        "Task, for each file or row",
        list(_SETTINGS),
        format_func=lambda name: TASKS[name].title,
        key="folder_task",
        bind="query-params",
        help=" ".join(f"**{TASKS[name].title}**: {TASKS[name].about}" for name in _SETTINGS),
    )
    task = TASKS[name if name in _SETTINGS else next(iter(_SETTINGS))]
    return task, task.settings(**_SETTINGS[task.name]())


def _classify() -> dict[str, Any]:
    names = [spec.name for spec in widgets.image_networks_on_disk() if spec.classes]
    return {
        "backbone": widgets.network_choice(names, key="folder_network"),
        "top_k": task_settings.count_slider("classify", "top_k", key="folder_top_k"),
    }


def _embed() -> dict[str, Any]:
    names = [spec.name for spec in widgets.image_networks_on_disk()]
    return {"backbone": widgets.network_choice(names, key="folder_backbone")}


def _explore() -> dict[str, Any]:
    names = [spec.name for spec in widgets.image_networks_on_disk()]
    return {"backbone": widgets.network_choice(names, key="folder_explored_by")}


def _caption() -> dict[str, Any]:
    return {"beam_width": task_settings.count_input("caption", "beam_width", key="folder_beam")}


def _colorize() -> dict[str, Any]:
    return {
        "saturation": task_settings.slider("colorize", "saturation", key="folder_saturation"),
        "denoise": task_settings.toggle("colorize", "denoise", key="folder_denoise"),
    }


def _sentiment() -> dict[str, Any]:
    titles = {"auto": "Automatic, by language", **sentiment.models()}
    model = _model(titles, key="folder_reviews_model")
    return {"model": None if model == "auto" else model}


def _sounds() -> dict[str, Any]:
    return {"model": _model(sounds.models(), key="folder_sounds_model")}


def _birds() -> dict[str, Any]:
    return {"least": task_settings.slider("birds", "least", key="folder_least")}


def _model(titles: dict[str, str], *, key: str) -> str:
    names = list(titles)
    links.name_unknown(key, list(titles.values()), names[0])
    chosen = st.selectbox(
        "Model", names, format_func=titles.__getitem__, key=key, bind="query-params"
    )
    return chosen if chosen in titles else names[0]


_SETTINGS: dict[str, Callable[[], dict[str, Any]]] = {
    "classify": _classify,
    "embed": _embed,
    "explore": _explore,
    "caption": _caption,
    "colorize": _colorize,
    "sentiment": _sentiment,
    "documents": dict,
    "sounds": _sounds,
    "birds": _birds,
}
