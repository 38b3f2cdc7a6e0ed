"""The Photos room: bring a data set, and have a first look at it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pandas as pd
import streamlit as st

from core import cluster
from core.vision.exploration import ExplorationStep, explore
from core.vision.transfer.datasets import ImageDataset
from core.wording import counted, escaped
from pages._transfer import cached, data
from pages._transfer.exploration import ExplorationView, view_exploration
from pages._transfer.explore_findings import findings_in
from pages._transfer.explore_map import embeddings
from pages._transfer.explore_overview import classes_and_sizes, examples, mean_images
from pages._transfer.explore_pairs import near_duplicates
from pages._transfer.sample_sets import SAMPLE_SETS
from pages._transfer.state import Lab
from pages._ui import (
    corrections,
    downloads,
    errors,
    finding_tabs,
    jobs,
    layout,
    use_from_code,
    widgets,
)
from pages._ui.workspace import LEFT_OUT

_JOB = "explore"
_STAGES = {
    "photos": "reading the photos",
    "embeddings": "computing features",
    "duplicates": "searching for near duplicates",
    "review": "looking for what is wrong",
    "map": "drawing the map",
    "done": "done",
}


def room() -> None:
    """Where photos come from at the left, what they look like beside it."""
    controls, result = layout.two_parts()
    with controls:
        lab = data.photos_input()
        if lab.credit:
            st.caption(lab.credit)
        network = network_input()
        _corrections(lab)
    with result, errors.shown():
        dataset = lab.corrected().dataset
        _title(lab, dataset)
        if not dataset.photos:
            st.info("All photos are excluded.", icon=":material/image:")
            return
        before = _known(lab, network)
        if before is None or before.class_means is None:
            examples(dataset)  # before a job takes the time that drawing needs
        exploration = view_exploration(lab, _exploration(lab, network))
        known = findings_in(exploration)
        if in_short := finding_tabs.in_short(known):
            st.markdown(in_short)
        if exploration.step.vectors is not None:
            embeddings(exploration, known.kinds if known.review is not None else None)
        if known.quality is not None:
            st.subheader("What to look at", anchor=False)
            finding_tabs.show(known)
        classes_and_sizes(exploration)
        if exploration.whole.class_means is not None:
            mean_images(exploration, exploration.whole.class_means)
        if exploration.step.positions is not None:
            near_duplicates(exploration)
            _downloads(exploration)
        use_from_code.show(use_from_code.call("explore", backbone=network))


def network_input() -> str:
    """Whose features decide which photos are similar."""
    return widgets.network_choice(
        [spec.name for spec in widgets.image_networks_on_disk()],
        key="lab_backbone",
        help=(
            "Its features decide which photos are similar. Listed are the networks on this "
            "machine; Backbone comparison can download others."
        ),
    )


def _corrections(lab: Lab) -> None:
    if not lab.corrections:
        return
    out = sum(name is LEFT_OUT for name in lab.corrections.values())
    st.caption(
        f"Of {counted(len(lab.original.photos), 'photo')}, excluded: {out:,}; moved to another "
        "class: "
        f"{len(lab.corrections) - out:,}."
    )
    st.button(
        "Undo all corrections",
        icon=":material/undo:",
        key="lab_take_back",
        on_click=corrections.take_back,
        args=(lab,),
    )


def _exploration(lab: Lab, network: str) -> ExplorationStep:
    """What is known of the data set as it came in; a job finds out more.

    Corrections are followed without another look, see `view_exploration`.
    """
    if _is_sample(lab) and (known := _known(lab, network)) is not None and known.stage == "done":
        return known
    job = jobs.start_anew(
        _JOB,
        (lab.original.digest, network),
        f"Exploring {lab.name}",
        _work(lab, network, _is_sample(lab)),
    )
    stage = job.snapshot.stage if job.snapshot is not None else None
    jobs.panel(_JOB, job, _progress, preview=lambda step: _redraw_after(stage, step))
    return job.snapshot or next(explore(lab.original, network))


def _is_sample(lab: Lab) -> bool:
    return lab.name in SAMPLE_SETS and lab.original is cached.sample_set(lab.name)


def _known(lab: Lab, network: str) -> ExplorationStep | None:
    """What was found out of the data set before, if anything."""
    if _is_sample(lab) and (known := cached.explorations().get((lab.name, network))) is not None:
        return known
    job = jobs.current(_JOB)
    is_his = job is not None and jobs.is_about(_JOB, (lab.original.digest, network))
    return job.snapshot if job is not None and is_his else None


def _work(lab: Lab, network: str, is_sample: bool) -> Callable[[], Iterator[ExplorationStep]]:
    name, dataset = lab.name, lab.original
    if is_sample:
        return lambda: cached.explore_sample(name, network)
    return lambda: cluster.steps(explore, dataset, network)


def _progress(step: ExplorationStep) -> tuple[float | None, str]:
    stages = list(_STAGES)
    share = (stages.index(step.stage) + step.done / step.total) / len(stages)
    return share, f"{_STAGES[step.stage]}, {step.done:,} of {step.total:,}"


def _redraw_after(stage: str | None, step: ExplorationStep) -> None:
    """Draw the page again as soon as there is more to show than at this stage."""
    if step.stage != stage:
        st.rerun()


def _title(lab: Lab, dataset: ImageDataset) -> None:
    photos, classes = len(dataset.photos), len(dataset.classes)
    st.subheader(
        f"{escaped(lab.name)}: {counted(photos, 'photo')}, {counted(classes, 'class')}",
        anchor=False,
    )


def _downloads(exploration: ExplorationView) -> None:
    st.subheader("Download", anchor=False)
    with st.container(horizontal=True):
        downloads.table("Photos (CSV)", photo_rows(exploration), "photos.csv")
        finding_tabs.report_button(findings_in(exploration))
        corrections.corrected_files(exploration.lab, "photos")
        if st.toggle("Include features", key="lab_features", bind="query-params"):
            downloads.features(exploration.names, exploration.vectors, exploration.step.backbone)


def photo_rows(exploration: ExplorationView) -> pd.DataFrame:
    """Columns photo, class, width, height, map_x, map_y (t-SNE)."""
    return pd.DataFrame(
        {
            "photo": exploration.names,
            "class": [exploration.class_of(position) for position in range(len(exploration.names))],
            "width": exploration.step.sizes.widths,
            "height": exploration.step.sizes.heights,
            "map_x": exploration.positions[:, 0],
            "map_y": exploration.positions[:, 1],
        }
    )
