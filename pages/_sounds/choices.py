"""What rooms of the page let a visitor choose, and what they call it."""

from __future__ import annotations

import streamlit as st

from core import zoo
from core.errors import WeightsUnavailableError
from core.sound import classification
from pages._ui import saved_classifiers
from pages._ui.numbers import percent


def model_input() -> str:
    """A classifier of sounds, with what was measured of it."""
    own = saved_classifiers.choice("sound")
    if own is not None:
        about = saved_classifiers.evaluation(zoo.saved_classifier(own, "sound"))
        st.caption(f"{about}; measured here when it was trained.")
        return own
    names = list(classification.models())
    if not names:
        raise WeightsUnavailableError(
            "There is no sound classifier on this machine. `python -m core.recipes.sounds "
            "--data DIR` trains them."
        )
    titles = classification.models()
    cards = {name: zoo.shipped(name).card for name in names}
    model = st.radio(
        "Model",
        names,
        format_func=titles.get,
        captions=[f"{percent(card['metrics']['accuracy'])} by fold" for card in cards.values()],
        key="sound_model",
        bind="query-params",
    )
    model = model or names[0]  # an empty value in the URL is None
    card = cards[model]
    st.caption(
        f"Accuracy on {len(card['classes'])} classes of ESC-10 and of folds 1, 2 and 10 of "
        f"UrbanSound8K, recorded by the recipe on {card['made']['date']}. One layer was "
        "trained; the networks before it are frozen."
    )
    return model


def class_title(label: str) -> str:
    """A class in words."""
    return label.replace("_", " ")
