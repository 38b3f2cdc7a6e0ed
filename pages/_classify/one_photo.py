"""The room for one photo: what is on it, and where."""

from __future__ import annotations

import numpy as np
import streamlit as st

from core import zoo
from core.tasks.photos import region_text
from core.vision import classification, explanation
from core.vision.classification import Classification
from core.vision.explanation import Method
from core.vision.preparation import Region
from core.wording import counted, escaped
from pages._classify import crop
from pages._classify.samples import SAMPLES, WRONG
from pages._ui import (
    cached_photos,
    charts,
    downloads,
    errors,
    inputs,
    layout,
    links,
    none_of_these,
    pictures,
    provenance,
    task_settings,
    use_from_code,
    widgets,
)
from pages._ui.inputs import NamedPhoto
from pages._ui.layer_names import layer_phrase, layer_title
from pages._ui.numbers import percent
from pages._ui.task_settings import described
from pages._ui.use_from_code import call

_METHODS: dict[Method, str] = {
    "cam": "Class activation map",
    "grad_cam": "Grad-CAM",
    "occlusion": "Occlusion",
}


def room() -> None:
    """The photo and the network at the left; what is on it, and where, beside."""
    controls, result = layout.two_parts()
    with controls:
        photo = inputs.photo_input(SAMPLES, wrong=WRONG)
        network = inputs.network_input()
        top_k = task_settings.count_slider("classify", "top_k", key="top_k")
        novelty = classification.novelty_detector(network)
        share = None if novelty is None else none_of_these.share_input()
    with result, errors.shown():
        if photo is None:
            st.info("Upload or choose a photo to see the result.", icon=":material/image:")
            return
        picture = pictures.photo_array(photo.data)
        with controls:
            place = crop.crop_input(photo)
        region = crop.region_of(place, picture)
        answer = cached_photos.classify(
            photo.data, backbone=network, top_k=top_k, region=region, none_of_these=share
        )
        with controls:
            links.keep_among("target", answer.labels, photo.identity)
            target = st.selectbox(
                described("explain", "target").label,
                answer.labels,
                key="target",
                bind="query-params",
                help=described("explain", "target").help,
            )
            methods = explanation.methods(network)
            links.keep_among("method", methods)
            method = st.selectbox(
                described("explain", "method").label,
                methods,
                format_func=_METHODS.__getitem__,
                key="method",
                bind="query-params",
                help=described("explain", "method").help,
            )
        class_map = cached_photos.explain(
            photo.data, backbone=network, target=target, method=method, region=region
        )
        if answer.none_of_these and novelty is not None and share is not None:
            none_of_these.show_none(answer.labels[0], novelty, share)
        left, right = st.columns(2)
        with left:
            crop.show(photo, picture, place)
            st.caption(
                f"{photo.credit or escaped(photo.name)}. Drag the frame to choose the part that "
                "the network uses."
            )
        drawn = pictures.overlay(picture, class_map.values, class_map.region)
        right.image(
            drawn,
            caption=(
                f"Evidence for “{class_map.label}” ({percent(class_map.score)}); greyed where the "
                "network does not look"
            ),
            width="stretch",
            alt=f"{photo.name} with the evidence for {class_map.label} in bright colours",
        )
        st.plotly_chart(
            charts.score_bars(answer.labels, answer.scores, highlight=class_map.label),
            config=charts.CONFIG,
            alt=f"{answer.labels[0]} is most probable, at {percent(answer.scores[0])}",
        )
        st.caption(
            f"Softmax probabilities by {widgets.written(network)}, computed here in "
            f"{provenance.precision_text(answer.precision)}. They compare {_classes(network)} "
            "with each other; they do not say how likely it is that any of them is right."
        )
        _details(photo, network, drawn, answer, region)
        part = region_text(region)
        use_from_code.show(
            call("classify", backbone=network, top_k=top_k, part=part, none_of_these=share),
            call("explain", backbone=network, target=target, method=method, part=part),
        )


def _classes(network: str) -> str:
    """What the probabilities are of."""
    spec = zoo.image_network(network)
    if isinstance(spec, zoo.SavedImageNetwork):
        return f"the {counted(spec.classes, 'class')} of its data set"
    return "ImageNet's 1,000 classes"


def _details(
    photo: NamedPhoto,
    network: str,
    drawn: np.ndarray,
    answer: Classification,
    region: Region | None,
) -> None:

    def made() -> None:
        provenance.model_card(zoo.image_network(network))

    def take_along() -> None:
        embedding = cached_photos.embed((photo.data,), backbone=network, region=region)
        downloads.picture("Photo with map (PNG)", drawn, "map.png")
        downloads.answers("Classes (CSV)", [(photo.name, answer)], "classes.csv")
        downloads.features([photo.name], embedding, network)

    layout.show_tabs(
        {
            "How it works": made,
            "Layers": lambda: _layers(photo, network, region),
            "Download": take_along,
        },
        key="details",
    )


def _layers(photo: NamedPhoto, network: str, region: Region | None) -> None:
    spec = zoo.image_network(network)
    every = st.toggle(
        "All layers, not only one of each stage", key="all_layers", bind="query-params"
    )
    names = explanation.layers(network) if every else spec.feature_layers
    if not names:
        st.info("The layers of this module have no names, so none can be chosen.")
        return
    links.keep_among("layer", names)
    layer = st.selectbox(
        "Layer",
        names,
        format_func=lambda name: layer_title(network, name),
        key="layer",
        bind="query-params",
        help="From edges to parts of objects.",
    )
    activations = cached_photos.activations(
        photo.data, backbone=network, layer=layer, region=region
    )
    height, width, channels = activations.values.shape
    st.image(
        pictures.activation_grid(activations.values),
        caption=f"{layer_title(network, layer)}: the strongest {min(32, channels)} of "
        f"{channels} channels, {height} x {width} places each, every channel in its own range",
        width="stretch",
        alt=f"Activations of the {layer_phrase(network, layer)}",
    )
