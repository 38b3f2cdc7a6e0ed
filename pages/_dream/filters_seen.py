"""The room What filters see: pictures made to excite filters, and photos that do."""

from __future__ import annotations

import numpy as np
import streamlit as st

from core.optvis import filters
from core.optvis.filters import FilterStep, visualize
from core.optvis.openings import opening
from pages._ui import cached, downloads, errors, inputs, jobs
from pages._ui.inputs import SAMPLE_PHOTOS

_JOB = "filters_job"
_COLUMNS = 4


def room() -> None:
    """Network, layer and filters at the left; what they like beside them."""
    controls, result = st.columns([1, 2.2], gap="large")
    with controls, errors.shown():
        network = _network()
        names = filters.layers(network)
        record = opening("filters").record["settings"]
        default = names.index(record["layer"]) if record["layer"] in names else len(names) // 2
        layer = st.selectbox(
            "Layer", names, default, key=f"filter_layer_{network}", bind="query-params"
        )
        layer = layer or names[default]
        count = filters.channel_count(network, layer)
        first = int(
            st.number_input("First filter", 0, count - 1, 0, key="first", bind="query-params")
        )
        many = st.slider("How many", 1, 16, 8, key="many", bind="query-params")
        size = st.select_slider(
            "Size, px", [64, 96, 128, 192, 256], 128, key="fsize", bind="query-params"
        )
        steps = st.slider("Steps", 10, 200, 60, 10, key="fsteps", bind="query-params")
        seed = int(st.number_input("Seed", 0, 9999, 0, key="fseed", bind="query-params"))
        chosen = tuple(range(first, min(count, first + many)))
        st.caption(f"{layer} has {count:,} filters.")
        if st.button("Show them", type="primary", icon=":material/blur_on:"):
            jobs.start(
                _JOB,
                f"Exciting {len(chosen)} filters",
                lambda: visualize(
                    layer, chosen, network=network, size=size, steps=steps, seed=seed
                ),
            )
            st.session_state["filters_of"] = (network, layer)
    with result, errors.shown():
        _result()
        _patches(network, layer, count)


def _network() -> str:
    return st.selectbox(
        "Network",
        [
            "hed_vgg16",
            *(s.name for s in inputs.image_networks_on_disk() if s.name != "hed_vgg16"),
        ],
        format_func=inputs.title_of,
        key="filter_network",
        bind="query-params",
        help="Networks whose weights are on this machine. TF-Hub modules have no layers by name.",
    ) or "hed_vgg16"  # fmt: skip


def _result() -> None:
    job = jobs.panel(
        _JOB, lambda s: (s.iteration / s.steps, f"step {s.iteration} of {s.steps}"), preview=_draw
    )
    if job is not None and not job.is_over:
        return
    if job is not None and job.snapshot is not None:
        network, layer = st.session_state["filters_of"]
        st.markdown(f"##### {layer}\n:small[{inputs.title_of(network)}]")
        _draw(job.snapshot)
        downloads.picture("Pictures (PNG)", _sheet(job.snapshot.images), "filters.png")
        return
    ready = opening("filters")
    settings = ready.record["settings"]
    last = settings["first"] + settings["count"] - 1
    st.image(
        ready.image,
        width="stretch",
        caption=f"Filters {settings['first']} to {last} of {settings['layer']}, "
        f"{inputs.title_of(settings['network'])}; made ahead of time",
        alt="Pictures that excite filters",
    )


def _draw(step: FilterStep) -> None:
    for start in range(0, len(step.images), _COLUMNS):
        for column, place in zip(
            st.columns(_COLUMNS), range(start, len(step.images)), strict=False
        ):
            column.image(
                step.images[place],
                width="stretch",
                caption=f"Filter {step.channels[place]}",
                alt=f"A picture that excites filter {step.channels[place]}",
            )


def _sheet(images: np.ndarray) -> np.ndarray:
    blank = np.full_like(images[:1], 255)
    padded = np.concatenate([images, *[blank] * (-len(images) % _COLUMNS)])
    rows = [np.hstack(list(padded[i : i + _COLUMNS])) for i in range(0, len(padded), _COLUMNS)]
    return np.vstack(rows)


def _patches(network: str, layer: str, count: int) -> None:
    if not st.toggle(
        "Pieces of photos that excite a filter most", key="pieces", bind="query-params"
    ):
        return
    channel = int(
        st.number_input("Filter", 0, count - 1, 0, key="patch_filter", bind="query-params")
    )
    photos = tuple(photo.data for photo in SAMPLE_PHOTOS)
    found = cached.filter_patches(photos, layer, channel, network)
    for column, patch in zip(st.columns(6), found, strict=False):
        column.image(
            patch.image,
            width="stretch",
            caption=f"{SAMPLE_PHOTOS[patch.photo].name}, {patch.response:.3g}",
            alt=f"A piece of {SAMPLE_PHOTOS[patch.photo].name}",
        )
    st.caption(
        f"Of the {len(photos)} sample photos, at most two pieces each, with the filter's response; "
        f"about as large as a place of {layer} sees."
    )
