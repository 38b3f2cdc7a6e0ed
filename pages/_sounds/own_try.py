"""A classifier of one's own sounds at work: on a new one, and on those of the test."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
import streamlit as st

from core.metrics import Evaluation
from core.sound.own_classifier import SoundClassifier
from core.sound.sound_dataset import LabelledSound
from pages._sounds.part import part_input
from pages._sounds.sound_input import sound_input
from pages._ui import charts
from pages._ui.unmarked import unmarked

_BARS = 10
_STEP = 4


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
        st.markdown(f"##### {unmarked(names[0])}, {scores[order[0]]:.0%}")
        st.plotly_chart(
            charts.score_bars(names, scores[order]),
            config=charts.CONFIG,
            key="own_scores",
            alt=", ".join(f"{name} {scores[i]:.1%}" for name, i in zip(names, order, strict=True)),
        )
        st.caption("It knows these classes and no others: any sound gets one of them.")


def cards(
    tested: Sequence[LabelledSound], seen: Evaluation, rows: Sequence[int] | np.ndarray, key: str
) -> None:
    """Recordings of the test part, with what they were taken for and a player.

    Parameters
    ----------
    tested : the whole test part.
    rows : which of them.
    key : tells the cards of a room apart.
    """
    shown = st.session_state.get(f"{key}_sounds_shown", _STEP)
    for row in rows[:shown]:
        true, said = (unmarked(seen.classes[of[row]]) for of in (seen.labels, seen.predictions))
        label = f"labelled {true}" if true != said else "as labelled"
        with st.container(border=True, gap="xsmall"):
            st.markdown(
                f"**{said}** {seen.confidences[row]:.0%} · :small[{label}; "
                f"{unmarked(tested[row].name)}]"
            )
            st.audio(tested[row].data)
    if len(rows) > shown:
        st.button(
            f"Show more of {len(rows):,}",
            key=f"{key}_sounds_more",
            on_click=partial(
                st.session_state.__setitem__, f"{key}_sounds_shown", shown + 3 * _STEP
            ),
        )
