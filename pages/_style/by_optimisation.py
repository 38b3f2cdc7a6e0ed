"""The room By optimisation: a picture that improves while one looks on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import streamlit as st

from core import cluster, zoo
from core.optvis.openings import settings_record
from core.optvis.style_transfer import StyleSettings, StyleStep, stylize
from core.tasks.optimised import style_values
from pages._style.settings_input import settings_input
from pages._style.style_input import Pair, pair_input
from pages._ui import errors, jobs, layout, optimising, provenance, use_from_code, widgets
from pages._ui.optimising_run import Run

_JOB = "style_job"


def room() -> None:
    """The photo, the styles and the settings at the left; the picture beside them."""
    choice, result, finer = layout.three_parts()
    with choice, errors.shown():
        pair = pair_input()
        begin = st.button("Stylise", type="primary", icon=":material/brush:", disabled=pair is None)
    with finer, errors.shown():
        settings = settings_input()
    with result, errors.shown():
        if begin and pair:
            start(pair, settings)
        optimising.show_run(_JOB, _shown, _preview, ahead="style", press="Stylise")
        if pair:
            show_code(pair, settings)


def show_code(pair: Pair, settings: StyleSettings) -> None:
    """What makes the picture without a page."""
    values = style_values(_mixed(pair, settings))
    use_from_code.show(use_from_code.call("optimise-style", files=pair.further_files(), **values))


def _mixed(pair: Pair, settings: StyleSettings) -> StyleSettings:
    return replace(settings, blend=pair.blend if len(pair.styles) > 1 else ())


def start(pair: Pair, settings: StyleSettings) -> None:
    """Put it into the queue, as this visitor's style transfer."""
    settings = _mixed(pair, settings)
    settings.check()
    about = about_of(pair, settings)
    content, styles = pair.content.data, [style.data for style in pair.styles]

    def steps() -> Iterator[StyleStep]:
        return cluster.steps(stylize, content, styles[0], settings, others=styles[1:])

    jobs.start(
        _JOB,
        "Stylising",
        lambda: optimising.run(steps, lambda step: step.losses, about),
        is_long=True,
    )


def about_of(pair: Pair, settings: StyleSettings) -> dict:
    """What a picture is made of, for the file that goes along."""
    return {
        "photo": pair.content.name,
        "styles": [style.name for style in pair.styles],
        "settings": settings_record(settings),
    }


def _preview(run: Run) -> None:
    st.image(run.image, width="stretch", alt="Picture so far")
    optimising.curves(run.losses, "style_running")


def _shown(run: Run) -> None:
    about = run.about
    settings = about["settings"]
    st.image(
        run.image,
        width="stretch",
        caption=f"{about['photo']} in the style of {' and '.join(about['styles'])}, by "
        f"{widgets.title_of(settings['network'])}",
        alt=f"{about['photo']} in the style of {' and '.join(about['styles'])}",
    )
    optimising.run_downloads(run.image, about, "stylised", run.frames)

    def curve() -> None:
        optimising.curves(run.losses, "style_done")
        st.caption(
            "Weighted parts of the loss on a logarithmic axis. Jumps mark the start of a larger "
            "size."
        )

    def how() -> None:
        provenance.model_card(zoo.image_network(settings["network"]))
        st.caption(
            "Gatys et al. (2015): the picture is optimised until its features in a deep layer "
            "match those of the photo, and the products of its channels (Gram matrices) match "
            f"those of the style. Seed {settings['seed']}, {settings['steps']} steps of "
            f"{settings['optimizer']}, computed here as one compiled graph."
        )
        st.json(about, expanded=False)

    layout.show_tabs({"Loss": curve, "How it works": how}, key="style_details")
