"""A classifier of one's own sounds at work."""

from __future__ import annotations

import numpy as np
import streamlit as st

from core.sound.transfer.classifier import SoundClassifier
from pages._sounds.sound_input import part_input, sound_input
from pages._ui import charts
from pages._ui.text import escaped

_BARS = 10


def try_it(model: SoundClassifier) -> None:
    """What the classifier says to a sound that it has not heard before."""
    left, right = st.columns(2, gap="large")
    with left:
        sound = sound_input("own_")
    with right:
        if sound is None:
            st.info("The answer appears here once there is a sound.", icon=":material/hearing:")
            return
        part = part_input(sound, "own_part")
        st.audio(part)
        scores = model.predict([part])[0]
        order = np.argsort(-scores, kind="stable")[:_BARS]
        names = [model.classes[i] for i in order]
        st.markdown(f"##### {escaped(names[0])}, {scores[order[0]]:.0%}")
        st.plotly_chart(
            charts.score_bars(names, scores[order]),
            config=charts.CONFIG,
            key="own_scores",
            alt=", ".join(f"{name} {scores[i]:.1%}" for name, i in zip(names, order, strict=True)),
        )
        st.caption("It knows these classes and no others: any sound gets one of them.")
