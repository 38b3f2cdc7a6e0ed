"""A classifier of one's own at work: on a photo, with what speaks for its answer, or on video."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.vision.transfer.trained_model import TrainedModel
from core.wording import counted, escaped
from pages._ui import (
    charts,
    downloads,
    errors,
    inputs,
    layout,
    links,
    none_of_these,
    pictures,
    widgets,
)
from pages._ui.inputs import NamedPhoto
from pages._ui.numbers import percent

_BARS = 8
_LOOKED_FOR = 30


def try_it(model: TrainedModel, samples: Sequence[NamedPhoto]) -> None:
    """Try `model`; `samples` are photos to start with."""
    mode = widgets.choice("Input", ["One photo", "Live video"], key="try_mode", hidden=True)
    controls, result = layout.two_parts()
    if mode == "One photo":
        with controls:
            photo = inputs.photo_input(samples, prefix="try_")
        with result, errors.shown():
            if photo is None:
                st.info("Upload or choose a photo to see the result.", icon=":material/image:")
            else:
                _one_photo(model, photo, controls)
    else:
        _live(model, samples[0], controls, result)


def _one_photo(model: TrainedModel, photo: NamedPhoto, controls: DeltaGenerator) -> None:
    ((rows, embeddings),) = model.outputs([photo.data])
    scores = rows[0]
    order = np.argsort(-scores, kind="stable")
    labels = [model.classes[i] for i in order]
    novelty = model.novelty
    with controls:
        share = 0.0 if novelty is None else none_of_these.share_input()
        links.keep_among("try_target", labels[:_LOOKED_FOR], photo.identity)
        target = st.selectbox(
            "Class to locate",
            labels[:_LOOKED_FOR],
            key="try_target",
            bind="query-params",
            help="The map shows which parts of the photo are evidence for this class.",
        )
    class_map = model.explain(photo.data, target=target)
    picture = pictures.photo_array(photo.data)
    drawn = pictures.overlay(picture, class_map.values, class_map.region)
    is_novel = False
    if novelty is not None and novelty.is_novel(embeddings, share)[0]:
        is_novel = True
        none_of_these.show_none(labels[0], novelty, share)
    left, right = st.columns(2)
    left.image(
        picture, caption=photo.credit or escaped(photo.name), width="stretch", alt=photo.name
    )
    right.image(
        drawn,
        caption=(
            f"Evidence for “{escaped(class_map.label)}” ({percent(class_map.score)}); greyed "
            "where the classifier does not look"
        ),
        width="stretch",
        alt=f"{photo.name} with the evidence for {class_map.label} in bright colours",
    )
    st.plotly_chart(
        charts.score_bars(labels[:_BARS], scores[order[:_BARS]], highlight=class_map.label),
        config=charts.CONFIG,
        alt=f"{labels[0]} is most probable, at {percent(scores[order[0]])}",
    )
    st.caption(
        f"The classifier has {counted(len(labels), 'class')}: "
        + (
            "any photo is assigned to one of them."
            if novelty is None
            else "any photo is assigned to one of them, unless it is too far from what was learned."
        )
    )
    with st.container(horizontal=True):
        downloads.picture("Photo with map (PNG)", drawn, "map.png")
        table = pd.DataFrame({"photo": photo.name, "class": labels, "probability": scores[order]})
        if novelty is not None:
            table["none_of_these"] = is_novel
        downloads.table("Classes (CSV)", table, "classes.csv")


def _live(
    model: TrainedModel, still: NamedPhoto, controls: DeltaGenerator, result: DeltaGenerator
) -> None:
    from pages._ui import video

    with controls:
        classifier = st.session_state.setdefault("try_live", video.LiveClassifier(model))
        classifier.network = model
        classifier.top_k = st.slider(
            "Classes to show",
            1,
            min(5, len(model.classes)),
            min(3, len(model.classes)),
            key="try_top_k",
            bind="query-params",
        )
        if model.novelty is not None:
            classifier.none_of_these = none_of_these.share_input()
        classifier.with_map = st.toggle(
            "Draw the activation map", True, key="try_map", bind="query-params"
        )
    with result, errors.shown():
        video.live_video(classifier, pictures.photo_array(still.data), key="try_video")
        st.caption("Frames are sent only to the machine that runs this app.")
