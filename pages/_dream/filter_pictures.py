"""The room What filters see: pictures made to excite filters, and photos that do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st

from core import cluster
from core.optvis import filters
from core.optvis.filters import image_grid, visualize
from core.optvis.openings import opening
from core.wording import counted, escaped
from pages._ui import errors, jobs, layout, optimising, task_settings, use_from_code, widgets
from pages._ui.inputs import SAMPLE_PHOTOS
from pages._ui.layer_names import layer_phrase, layer_title
from pages._ui.optimising_run import Run

_JOB = "filters_job"
_best_patches = st.cache_data(max_entries=128, show_spinner="Searching the photos")(filters.patches)


@dataclass(frozen=True, slots=True)
class _Sheet:
    """Pictures of filters beside each other, as a step of a run."""

    image: np.ndarray
    response: float
    iteration: int
    steps: int

    @property
    def share(self) -> float:
        """Of the steps that are taken."""
        return self.iteration / max(1, self.steps)


def room() -> None:
    """Network, layer and filters; what they like beside them."""
    choice, result, finer = layout.three_parts()
    with choice, errors.shown():
        network = _network()
        names = filters.layers(network)
        record = opening("filters").record["settings"]
        default = names.index(record["layer"]) if record["layer"] in names else len(names) // 2
        layer = st.selectbox(
            "Layer",
            names,
            default,
            format_func=lambda name: layer_title(network, name),
            key=f"filter_layer_{network}",
            bind="query-params",
        )
        layer = layer or names[default]
        count = filters.channel_count(network, layer)
        first = int(
            st.number_input(
                f"First filter, of {count:,}", 0, count - 1, 0, key="first", bind="query-params"
            )
        )
        begin = st.button("Show filters", type="primary", icon=":material/blur_on:")
    with finer:
        settings: dict[str, Any] = {"network": network, "layer": layer, "first": first}
        settings |= _finer(count - first)
    with result, errors.shown():
        if begin:
            _start(settings)
        optimising.show_run(_JOB, _shown, _preview, ahead="filters", press="Show filters")
        _patches(network, layer, count)
        channels = list(range(first, first + settings["count"]))
        use_from_code.show(use_from_code.call("filters", channels=channels, **settings))


def _finer(most: int) -> dict[str, int]:
    many = st.slider("Number of filters", 1, 16, 8, key="many", bind="query-params")
    return {
        "count": min(many, most),
        "size": int(task_settings.select_slider("filters", "size", key="fsize")),
        "steps": task_settings.count_slider("filters", "steps", key="fsteps"),
        "seed": task_settings.count_input("filters", "seed", key="fseed"),
    }


def _start(settings: dict[str, Any]) -> None:
    chosen = range(settings["first"], settings["first"] + settings["count"])
    how = {name: settings[name] for name in ("network", "size", "steps", "seed")}

    def sheets() -> Iterator[_Sheet]:
        steps = cluster.steps(visualize, settings["layer"], chosen, **how)
        for step in cluster.fresh(steps):
            yield _Sheet(image_grid(step.images), step.response, step.iteration, step.steps)

    jobs.start(
        _JOB,
        f"Visualising {counted(len(chosen), 'filter')}",
        lambda: optimising.run(
            sheets, lambda sheet: {"response": sheet.response}, {"settings": settings}
        ),
        is_long=True,
    )


def _network() -> str:
    return st.selectbox(
        "Network",
        [
            "hed_vgg16",
            *(s.name for s in widgets.image_networks_on_disk() if s.name != "hed_vgg16"),
        ],
        format_func=widgets.title_of,
        key="filter_network",
        bind="query-params",
        help="Networks whose weights are on this machine. TF-Hub modules have no layers by name.",
    ) or "hed_vgg16"  # fmt: skip


def _preview(run: Run) -> None:
    st.image(run.image, width="stretch", alt="Pictures so far")


def _shown(run: Run) -> None:
    settings = run.about["settings"]
    last = settings["first"] + settings["count"] - 1
    layer = layer_phrase(settings["network"], settings["layer"])
    st.image(
        run.image,
        width="stretch",
        caption=f"Filters {settings['first']} to {last} of the {layer}, row by row, "
        f"{widgets.title_of(settings['network'])}",
        alt="Pictures that activate filters",
    )
    optimising.run_downloads(run.image, run.about, "filters", run.frames)
    optimising.curves(run.losses, "filters_done", "response")


def _patches(network: str, layer: str, count: int) -> None:
    if not st.toggle(
        "Patches of photos that activate a filter most", key="pieces", bind="query-params"
    ):
        return
    channel = int(
        st.number_input("Filter", 0, count - 1, 0, key="patch_filter", bind="query-params")
    )
    photos = tuple(photo.data for photo in SAMPLE_PHOTOS)
    patches = _best_patches(photos, layer, channel, network=network)
    for column, patch in zip(st.columns(6), patches, strict=False):
        column.image(
            patch.image,
            width="stretch",
            caption=f"{escaped(SAMPLE_PHOTOS[patch.photo].name)}, {patch.response:.3g}",
            alt=f"A patch of {SAMPLE_PHOTOS[patch.photo].name}",
        )
    st.caption(
        f"From the {counted(len(photos), 'sample photo')}, at most two patches each, with the "
        "activation "
        f"of the filter; about the size of the receptive field of the "
        f"{layer_phrase(network, layer)}."
    )
