"""A classifier of one's own sounds at work."""

from __future__ import annotations

import streamlit as st

from core.sound.transfer.classifier import SoundClassifier
from pages._sounds import cached
from pages._sounds.notices import tells_something
from pages._sounds.sound_input import part_input, sound_input
from pages._ui.predictions import prediction


def try_it(model: SoundClassifier) -> None:
    """What the classifier says to a sound that it has not heard before."""
    left, right = st.columns(2, gap="large")
    with left:
        sound = sound_input("own_")
    with right:
        if sound is None:
            st.info(
                "Upload, record or choose a sound to see the prediction.", icon=":material/hearing:"
            )
            return
        part = part_input(sound, "own_part")
        st.audio(part)
        if not tells_something(*cached.notices(part)):
            return
        prediction(model.classes, model.predict([part])[0], key="own_scores")
        st.caption("The classifier has only these classes: any sound is assigned to one of them.")
