"""The tab None of these: what it costs to refuse photos that are far from what was learned."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from core import cluster
from core.engine import JobState
from core.errors import InvalidInputError
from core.learning.metrics import roc_curve, wilson_interval
from core.learning.novelty import NoveltyDetector
from core.vision.transfer.trained_model import TrainedModel
from core.wording import counted, escaped
from pages._transfer import cached
from pages._transfer.photo_grid import photo_grid
from pages._transfer.sample_sets import SAMPLE_SETS
from pages._transfer.state import Lab, TrainedLane
from pages._ui import axes, charts, evaluation_panel, inputs, jobs, layout, none_of_these, widgets
from pages._ui.inputs import NamedPhoto
from pages._ui.numbers import percent

_JOB = "others"
_SAMPLES, _UPLOAD = "Samples", "Upload"
_MOST = 96  # of a sample set, spread evenly
_TILE_PX = 240
_STEP = 12
_SHARES = np.linspace(0, 0.3, 61)


@dataclass(frozen=True, slots=True)
class _Other:
    """A photo of something else: how far it is, the most probable class and its probability."""

    photo: NamedPhoto
    distance: float
    label: str
    confidence: float


def tab(model: TrainedModel, lab: Lab, lane: TrainedLane | None) -> None:
    """Choose the share of known photos to lose, and other photos; see both errors."""
    novelty = model.novelty
    if novelty is None:
        st.info(
            "This classifier was saved before classifiers could say “none of these”. Train it "
            "again for that.",
            icon=":material/help:",
        )
        return
    controls, result = layout.two_parts()
    with controls:
        share = none_of_these.share_input()
        photos = _other_photos(lab.name)
    with result:
        others = _measured(model, photos)
        known = None if lane is None else lane.evaluation.confidences
        _figures(novelty, share, others, known)
        _chart(novelty, share, others)
        _photos(novelty, share, others, lab, lane)


def _other_photos(used: str) -> list[NamedPhoto]:
    """Photos that show none of the classes, or so the visitor says."""
    names = [name for name in SAMPLE_SETS if name != used]
    source = widgets.choice("Other photos", [_SAMPLES, *names, _UPLOAD], key="none_others")
    if source == _SAMPLES:
        st.caption("Six photos that come with the app.")
        return list(inputs.SAMPLE_PHOTOS)
    if source == _UPLOAD:
        return [photo for photo in inputs.photos_input("none_photos", ()) if photo.error is None]
    photos = cached.sample_set(source).photos
    places = np.linspace(0, len(photos) - 1, min(_MOST, len(photos))).astype(np.int64)
    st.caption(SAMPLE_SETS[source].credit)
    return [NamedPhoto(photos[i].name, photos[i].data) for i in places]


def _measured(model: TrainedModel, photos: Sequence[NamedPhoto]) -> list[_Other]:
    """What the classifier makes of other photos; a few at a time, in the background."""
    if not photos:
        st.info("Upload photos of other things to see how many are accepted.")
        return []
    about = (model, tuple(photo.identity for photo in photos))
    if not jobs.is_about(_JOB, about):
        work = partial(cluster.here, _measuring, model, tuple(photos))
        jobs.start(_JOB, "Measuring other photos", work, about=about, in_project=False)
    job = jobs.current(_JOB)
    if job is None:
        return []
    jobs.panel(_JOB, job, lambda rows: (len(rows or ()) / len(photos), "one by one"))
    return list(job.snapshot or ()) if job.state is JobState.DONE else []


def _measuring(model: TrainedModel, photos: Sequence[NamedPhoto]) -> Iterator[list[_Other]]:
    """The rows so far, again and again; photos that can't be used are skipped."""
    novelty, rows = model.novelty, list[_Other]()
    if novelty is None:
        raise RuntimeError("Expected a classifier with a novelty detector. Received: none.")
    for photo in photos:
        try:
            ((scores, embeddings),) = model.outputs([photo.data])
        except InvalidInputError:
            continue
        best = int(scores[0].argmax())
        distance = float(novelty.distances(embeddings)[0])
        rows.append(_Other(photo, distance, model.classes[best], float(scores[0, best])))
        yield rows


def _figures(
    novelty: NoveltyDetector, share: float, others: list[_Other], known: np.ndarray | None
) -> None:
    """Both errors with their intervals, and how well distances tell known from other photos."""
    distances = np.array([other.distance for other in others])
    accepted = len(others) - novelty.refused(distances, share)
    with st.grid(3, min_column_width=170):
        _error("Known photos refused", novelty.refused(novelty.tested, share), len(novelty.tested),
               "test photos, which nothing was chosen by")  # fmt: skip
        _error("Other photos accepted", accepted, len(others), "other photos")
        if not others or not len(novelty.tested):
            return
        is_other = np.repeat([False, True], [len(novelty.tested), len(others)])
        area = roc_curve(is_other, np.concatenate([novelty.tested, distances])).auc
        beside = None
        if known is not None and len(known) == len(novelty.tested):
            sure = np.concatenate([known, [other.confidence for other in others]])
            beside = f"{roc_curve(is_other, -sure).auc:.3f} by probability"
        st.metric(
            "AUROC",
            f"{area:.3f}",
            beside,
            delta_color="off",
            delta_arrow="off",
            border=True,
            height="stretch",
            help=(
                "How often another photo is further away than a test photo. Below it, the same "
                "by the probability of the predicted class, which is the usual way."
            ),
        )


def _error(title: str, wrong: int, total: int, what: str) -> None:
    if not total:
        st.metric(title, "-", border=True, height="stretch")
        return
    low, high = wilson_interval(wrong, total)
    st.metric(
        title,
        percent(wrong / total),
        f"{percent(low)} to {percent(high)}",
        delta_color="off",
        delta_arrow="off",
        border=True,
        help=f"{wrong:,} of {total:,} {what}. Below it, the 95% confidence interval (Wilson).",
    )


def _chart(novelty: NoveltyDetector, share: float, others: list[_Other]) -> None:
    """Both errors by the share of known photos that one is willing to lose."""
    distances = np.array([other.distance for other in others])
    curves = {
        "Known photos refused": (novelty.tested, charts.COLOURS[0], 0),
        "Other photos accepted": (distances, charts.COLOURS[4], 1),
    }
    figure = go.Figure()
    for title, (values, colour, kept) in curves.items():
        if not len(values):
            continue
        refused = np.array([novelty.refused(values, one) for one in _SHARES]) / len(values)
        errors = 1 - refused if kept else refused
        figure.add_scatter(
            x=(100 * _SHARES).tolist(),
            y=errors.tolist(),
            mode="lines",
            line={"color": colour, "width": 2.5, "shape": "hv"},
            name=title,
            customdata=[percent(float(error)) for error in errors],
            hovertemplate=f"{title}: %{{customdata}} at %{{x:.1f}}%<extra></extra>",
        )
    figure.add_vline(x=100 * share, line={"color": charts.GREY, "dash": "dot", "width": 2})
    axes.numbers(figure, "x", 100 * _SHARES, "known photos one is willing to lose, %", room=0.02)
    axes.shares(figure, "y", "share")
    charts.legend_above(figure)
    st.plotly_chart(
        charts.plain(figure, height=320, margin={"l": 60, "r": 16, "b": 50, "t": 30}),
        config=charts.CONFIG,
        alt="Known photos refused and other photos accepted, by the share one is willing to lose",
    )
    count = len(novelty.validation)
    if novelty.promised_share(share) > share:
        st.caption(
            f"With {counted(count, 'validation photo')}, the threshold is the furthest of them: "
            f"a new known photo is beyond it in about 1 of {count + 1} cases."
        )
    else:
        st.caption(f"The threshold is chosen by {counted(count, 'validation photo')}.")


def _photos(
    novelty: NoveltyDetector,
    share: float,
    others: list[_Other],
    lab: Lab,
    lane: TrainedLane | None,
) -> None:
    """Where it goes wrong: other photos that are accepted, and known ones that are refused."""
    threshold = novelty.threshold(share)
    accepted = sorted(
        (other for other in others if other.distance <= threshold), key=lambda one: one.distance
    )
    if accepted:
        st.subheader("Other photos that are accepted", anchor=False)
        shown = evaluation_panel.first_rows(range(len(accepted)), "none_accepted", _STEP)
        with st.grid("auto", min_column_width=150, gap="small"):
            for place in shown:
                _tile(accepted[place])
        evaluation_panel.more_button(range(len(accepted)), "none_accepted", _STEP, 2 * _STEP)
    if lane is None or len(novelty.tested) != len(lane.step.split.test):
        return
    refused = np.flatnonzero(novelty.tested > threshold)
    if len(refused):
        st.subheader("Known photos that are refused", anchor=False)
        furthest = refused[np.argsort(-novelty.tested[refused], kind="stable")]
        photo_grid(lab, [lane], furthest, key="none_refused")


def _tile(other: _Other) -> None:
    with st.container(gap="xsmall"):
        st.image(
            cached.square(other.photo.data, _TILE_PX),
            width="stretch",
            alt=f"{other.photo.name}, predicted {other.label}",
        )
        st.markdown(
            f"**{escaped(other.label)}** {percent(other.confidence)}  \n"
            f":small[{escaped(other.photo.name)}]"
        )
