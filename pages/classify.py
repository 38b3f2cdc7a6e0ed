"""One photo, many photos, or live video: what is on it, and where."""

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core import zoo
from core.vision import classification, explanation
from core.vision.classification import Classification
from core.vision.explanation import Method
from pages._ui import (
    cached_photos,
    charts,
    downloads,
    errors,
    inputs,
    jobs,
    layout,
    pictures,
    provenance,
    widgets,
)
from pages._ui.inputs import NamedPhoto
from pages._ui.photo_rows import PhotoRow, UnusablePhoto, parted, rows_so_far

_METHODS: dict[Method, str] = {
    "cam": "Class activation map",
    "grad_cam": "Grad-CAM",
    "occlusion": "Occlusion",
}
_ROWS_SHOWN = 1000
_ROWS_IN_VIEW = 8
_ROW_PX = 64
_Row = PhotoRow[Classification] | UnusablePhoto

st.title("Upload and classify", anchor=False)


def one_photo() -> None:
    controls, result = layout.two_parts()
    with controls:
        photo = inputs.photo_input()
        network = inputs.network_input()
        top_k = st.slider("Classes to show", 1, 20, 5, key="top_k", bind="query-params")
    with result, errors.shown():
        if photo is None:
            st.info("Your photo appears here once it is chosen.", icon=":material/image:")
            return
        answer = cached_photos.classify(photo.data, backbone=network, top_k=top_k)
        with controls:
            target = st.selectbox(
                "Where is it? Class to look for",
                answer.labels,
                key="target",
                bind="query-params",
                help="The map shows which places of the photo speak for this class.",
            )
            method = st.selectbox(
                "Method",
                explanation.methods(network),
                format_func=_METHODS.__getitem__,
                key="method",
                bind="query-params",
                help="The class activation map is one forward pass. Grad-CAM takes a "
                "gradient. Occlusion hides place after place.",
            )
        class_map = cached_photos.explain(
            photo.data, backbone=network, target=target, method=method
        )
        picture = pictures.photo_array(photo.data)
        left, right = st.columns(2)
        left.image(picture, caption=photo.credit or photo.name, width="stretch", alt=photo.name)
        drawn = pictures.overlay(picture, class_map.values, class_map.region)
        right.image(
            drawn,
            caption=f"What speaks for “{class_map.label}” ({class_map.score:.1%}); "
            "greyed where the network does not look",
            width="stretch",
            alt=f"{photo.name} with the places that speak for {class_map.label} in bright colours",
        )
        st.plotly_chart(
            charts.score_bars(answer.labels, answer.scores, highlight=class_map.label),
            config=charts.CONFIG,
            alt=f"{answer.labels[0]} is most probable, at {answer.scores[0]:.1%}",
        )
        st.caption(
            f"Softmax probabilities by {widgets.title_of(network)}, computed here in "
            f"{provenance.precision_text(answer.precision)}. They say which of ImageNet's 1,000 "
            "classes fits best, not how likely it is that any does."
        )
        _details(photo, network, drawn, answer)


def _details(photo: NamedPhoto, network: str, drawn: np.ndarray, answer: Classification) -> None:

    def made() -> None:
        provenance.model_card(zoo.image_network(network))

    def take_along() -> None:
        embedding = cached_photos.embed((photo.data,), backbone=network)
        downloads.picture("Photo with map (PNG)", drawn, "map.png")
        downloads.answers("Classes (CSV)", [(photo.name, answer)], "classes.csv")
        downloads.features([photo.name], embedding, network)

    layout.show_tabs(
        {
            "How it was made": made,
            "Layers": lambda: _layers(photo, network),
            "Take it along": take_along,
        },
        key="details",
    )


def _layers(photo: NamedPhoto, network: str) -> None:
    spec = zoo.image_network(network)
    every = st.toggle(
        "All layers, not only one of each stage", key="all_layers", bind="query-params"
    )
    names = explanation.layers(network) if every else spec.feature_layers
    if not names:
        st.info("The layers of this module have no names to choose from.")
        return
    layer = st.selectbox(
        "Layer", names, key="layer", bind="query-params", help="From edges to parts of things."
    )
    activations = cached_photos.activations(photo.data, backbone=network, layer=layer)
    height, width, channels = activations.values.shape
    st.image(
        pictures.activation_grid(activations.values),
        caption=f"{layer}: the strongest {min(32, channels)} of {channels} channels, "
        f"{height} x {width} places each, every channel in its own range",
        width="stretch",
        alt=f"Activations of {layer}",
    )


def many_photos() -> None:
    controls, result = layout.two_parts()
    with controls:
        photos = inputs.photos_input("photos")
        network = inputs.network_input()
    job = jobs.start_anew(
        "batch",
        (network, tuple(photo.identity for photo in photos)),
        f"Classifying {len(photos):,} photos",
        lambda: _classify_photos(photos, network),
    )
    with result:
        jobs.panel("batch", job, lambda rows: (len(rows) / len(photos), f"{len(rows):,} done"))
        if job.is_over and job.snapshot:
            with errors.shown():
                _batch_result(job.snapshot, network, controls)


def _classify_photos(photos: Sequence[NamedPhoto], network: str) -> Iterator[list[_Row]]:
    """The rows so far, again and again."""
    answers = classification.classify_all((photo.data for photo in photos), backbone=network)
    return rows_so_far(photos, answers, 96)


def _batch_result(rows: list[_Row], network: str, controls: DeltaGenerator) -> None:
    classified, failed = parted(rows)
    errors.unusable(failed)
    if not classified:
        return
    classes = sorted({row.answer.labels[0] for row in classified})
    with controls:
        chosen = st.multiselect("Only these classes", classes, key="batch_classes")
        least = st.slider("At least this probable", 0.0, 1.0, 0.0, 0.05, key="batch_least")
    kept = [
        row
        for row in classified
        if row.answer.scores[0] >= least and (not chosen or row.answer.labels[0] in chosen)
    ]
    st.caption(
        f"{len(kept):,} of {len(classified):,} photos, {len(classes):,} classes, by "
        f"{widgets.title_of(network)}. Select a row to see what speaks for its class."
    )
    selected = st.dataframe(
        pd.DataFrame(
            {
                "": [row.thumbnail for row in kept[:_ROWS_SHOWN]],
                "Photo": [row.photo.name for row in kept[:_ROWS_SHOWN]],
                "Class": [row.answer.labels[0] for row in kept[:_ROWS_SHOWN]],
                "Probability": [100 * float(row.answer.scores[0]) for row in kept[:_ROWS_SHOWN]],
            }
        ),
        column_config={
            "": st.column_config.ImageColumn(width="small"),
            "Probability": st.column_config.ProgressColumn(
                format="%.1f%%", min_value=0, max_value=100
            ),
        },
        hide_index=True,
        row_height=_ROW_PX,
        height="content" if len(kept) <= _ROWS_IN_VIEW else _ROWS_IN_VIEW * _ROW_PX,
        on_select="rerun",
        selection_mode="single-row",
        # other rows make another table: a selection is a row number, and would stay
        key=f"batch_table_{hash((st.session_state['batch_of'], least, *chosen))}",
        alt="Photos with their most probable class",
    )
    if len(kept) > _ROWS_SHOWN:
        st.caption(f"The first {_ROWS_SHOWN:,} are shown; the CSV has them all.")
    for index in selected.selection.rows[:1]:
        _batch_detail(kept[index], network)
    with st.container(horizontal=True):
        named = [(row.photo.name, row.answer) for row in kept]
        downloads.answers("Classes (CSV)", named, "classes.csv")
        if st.toggle("Features too", key="batch_features", help="Embeds every photo once more."):
            vectors = cached_photos.embed(tuple(row.photo.data for row in kept), backbone=network)
            downloads.features([row.photo.name for row in kept], vectors, network)


def _batch_detail(row: PhotoRow[Classification], network: str) -> None:
    picture = pictures.photo_array(row.photo.data)
    class_map = cached_photos.explain(row.photo.data, backbone=network)
    left, right = st.columns(2)
    left.image(
        pictures.overlay(picture, class_map.values, class_map.region),
        caption=f"{row.photo.name}: what speaks for “{class_map.label}”",
        width="stretch",
        alt=f"{row.photo.name} with the places that speak for {class_map.label}",
    )
    right.plotly_chart(
        charts.score_bars(row.answer.labels, row.answer.scores),
        config=charts.CONFIG,
        alt=f"{class_map.label} is most probable",
    )


def live() -> None:
    from pages._ui import video

    controls, result = layout.two_parts()
    with controls:
        network = inputs.network_input()
        classifier = st.session_state.setdefault("live_classifier", video.LiveClassifier(network))
        classifier.network = network
        classifier.top_k = st.slider("Classes to show", 1, 5, 3, key="live_top_k")
        classifier.with_map = st.toggle(
            "Draw the activation map",
            True,
            key="live_map",
            help="For networks that end in global average pooling and one dense layer.",
        )
    with result, errors.shown():
        video.live_video(classifier, pictures.photo_array(inputs.SAMPLE_PHOTOS[0].data))
        st.caption(
            "Frames go to the machine that runs this app and to no other. The frame rate on the "
            "picture is measured. From another machine, set GRAFT_ICE_SERVERS and serve over HTTPS."
        )


_MODES = {"One photo": one_photo, "Many photos": many_photos, "Live video": live}
_MODES[widgets.choice("Input", list(_MODES), key="mode", hidden=True)]()
