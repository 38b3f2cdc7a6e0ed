"""The classifiers of the project that is open, wherever a network is chosen."""

from __future__ import annotations

import streamlit as st

from core import zoo
from core.errors import GraftError
from core.projects import models
from core.wording import counted, escaped
from pages._ui import links, project, widgets
from pages._ui.numbers import percent


def names(modality: zoo.Modality) -> list[str]:
    """Those of the project that is open, oldest first; none while no project is open."""
    opened = project.opened()
    if opened is None:
        return []
    try:
        return [spec.name for spec in models.networks(opened, modality)]
    except GraftError:
        return []


def choice(modality: zoo.Modality) -> str | None:
    """One of them in place of the models that ship; None for these."""
    titles = {"": "None", **widgets.titles_of(names(modality))}
    key = links.own("network")
    links.read_name(key, titles)
    links.name_unknown(key, list(titles.values()), "", "A saved classifier needs its project.")
    if len(titles) == 1:
        return None
    if st.session_state.get(key, "") not in titles:  # its project was left
        st.session_state[key] = ""
    chosen = st.selectbox(
        "Your classifier",
        list(titles),
        format_func=titles.__getitem__,
        key=key,
        bind="query-params",
        help="The classifiers of your project.",
    )
    return chosen or None


def evaluation(spec: zoo.SavedClassifier | zoo.SavedImageNetwork) -> str:
    """What a classifier reached in its own test, as a sentence without its full stop."""
    if spec.tested is None:
        return "Not evaluated"
    data = f" of {escaped(spec.tested.data)}" if spec.tested.data else ""
    return (
        f"Accuracy {percent(spec.tested.accuracy)} on "
        f"{counted(spec.tested.examples, 'test example')}{data}"
    )
