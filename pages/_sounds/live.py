"""The room Live: what the microphone hears, several times a second."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from core.sound import classification
from core.sound.classification import WINDOW_S
from pages._sounds.choices import class_title, model_input
from pages._sounds.live_sound import live_sound
from pages._ui import errors, layout, spectrogram
from pages._ui.fragments import fragment

if TYPE_CHECKING:  # it asks for the video library, which takes a moment
    from pages._sounds.listener import LiveListener

_REFRESH_S = 0.125
_SHOWN = 6


def room() -> None:
    """The microphone at the left; beside it a spectrogram that scrolls, and scores."""
    from pages._sounds.listener import LiveListener, microphone  # asks for the video library

    controls, result = layout.two_parts()
    with controls, errors.shown():
        model = model_input()
        listener = st.session_state.setdefault("live_listener", LiveListener())
        listener.head = classification.head(model)
        playing = microphone(listener)
        st.caption(
            "Sound is sent only to the machine that runs this app; nothing is stored or played "
            "back. To use it from another machine, set GRAFT_ICE_SERVERS and serve over HTTPS."
        )
    with result, errors.shown():
        if not playing:
            st.info("Press START to use the microphone.", icon=":material/mic:")
            if listener.latest().scores is not None:
                _watch(listener)
                st.caption("The last seconds of the recording. Press START to listen again.")
            return
        fragment(_watch, run_every=_REFRESH_S)(listener)
        st.caption(
            "The last ten seconds, and the probabilities of the last three, computed here. The "
            "number of scores per second is measured."
        )


def _watch(listener: LiveListener) -> None:
    if listener.error is not None:
        raise listener.error
    latest, head = listener.latest(), listener.head
    if latest.scores is None or head is None:
        st.caption("Waiting for sound.")
        return
    order = latest.scores.argsort()[::-1][:_SHOWN]
    classes = head.classes
    live_sound(
        spectrogram.data_url(latest.pixels),
        seconds=listener.SHOWN_S,
        ticks=spectrogram.ticks(),
        bars=[]
        if latest.undecided
        else [(class_title(classes[i]), float(latest.scores[i])) for i in order],
        pace=latest.undecided
        or f"{latest.per_s:.1f} scores/s · {latest.each_ms:.0f} ms each"
        + (f" · {latest.seconds:.1f} s so far" if latest.seconds < WINDOW_S else ""),
        key="live_sound",
    )
