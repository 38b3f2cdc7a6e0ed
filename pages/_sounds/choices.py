"""What rooms of the page let a visitor choose."""

from __future__ import annotations

import streamlit as st

from core import zoo
from core.errors import WeightsUnavailableError
from core.sound import classification
from pages._sounds.names import model_title


def model_input() -> str:
    """A classifier of sounds, with what the recipe measured of it."""
    names = list(classification.models())
    if not names:
        raise WeightsUnavailableError(
            "There is no classifier of sounds on this machine. "
            "`python -m core.recipes.sounds --data DIR` makes those that belong here."
        )
    model = st.selectbox(
        "Model", names, format_func=model_title, key="sound_model", bind="query-params"
    )
    card = zoo.network(model).card
    st.caption(
        f"Accuracy by fold on {len(card['classes'])} classes of ESC-10 and UrbanSound8K's folds "
        f"1, 2 and 10, recorded by the recipe on {card['made']['date']}. One layer learned; the "
        "networks before it are frozen."
    )
    return model
