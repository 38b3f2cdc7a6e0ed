"""The room Live video: each frame of a camera classified."""

from __future__ import annotations

import streamlit as st

from core.vision.classification import novelty_detector
from pages._classify.samples import SAMPLES
from pages._ui import errors, inputs, layout, none_of_these, pictures


def room() -> None:
    """The network at the left; the camera's picture with what is drawn on it beside."""
    from pages._ui import video  # asks for the video library, which takes a moment

    controls, result = layout.two_parts()
    with controls:
        network = inputs.network_input()
        classifier = st.session_state.setdefault("live_classifier", video.LiveClassifier(network))
        classifier.network = network
        classifier.top_k = st.slider(
            "Classes to show", 1, 5, 3, key="live_top_k", bind="query-params"
        )
        if novelty_detector(network) is not None:
            classifier.none_of_these = none_of_these.share_input()
        classifier.with_map = st.toggle(
            "Draw the activation map",
            True,
            key="live_map",
            bind="query-params",
            help="For networks that end in global average pooling and one dense layer.",
        )
    with result, errors.shown():
        video.live_video(classifier, pictures.photo_array(SAMPLES[0].data))
        st.caption(
            "Frames are sent only to the machine that runs this app. The frame rate shown is "
            "measured. To use it from another machine, set GRAFT_ICE_SERVERS and serve over "
            "HTTPS."
        )
