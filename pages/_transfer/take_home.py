"""What to do with a classifier once it is trained: try it, take it along, open it again."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial

import streamlit as st

from core import cluster
from core.engine import JobState
from core.vision.transfer.keras_file import LIMITS
from core.vision.transfer.trained_model import TrainedModel
from pages._transfer import data, lanes, last_fit
from pages._transfer import none_of_these as none_of_these_tab
from pages._transfer.cached import saved_model
from pages._transfer.export import begin_check, export
from pages._transfer.features import features
from pages._transfer.notebook import notebook
from pages._transfer.state import Lab, TrainedLane
from pages._transfer.try_it import try_it
from pages._ui import (
    inputs,
    jobs,
    layout,
    model_card,
    none_of_these,
    saved_classifiers,
    widgets,
)
from pages._ui.inputs import NamedPhoto
from pages._ui.text import slug

_JOB = "open"
_USUAL_S = 8
_CHECKED_PHOTOS = 24
_SAMPLES = 8


@dataclass(frozen=True, slots=True)
class _Choice:
    """A classifier to use; one from a file or a project has no lane."""

    title: str
    open: Callable[[], TrainedModel]
    lane: TrainedLane | None = None


def room() -> None:
    """Classifiers that were trained in this session, saved, or opened from a file."""
    lab = data.ensure_lab()
    _adopt(len(lab.ready()))
    repeated = last_fit.adopt(lab)
    choices = _choices(lab)
    if repeated is not None:
        titles = [choice.title for choice in choices]
        st.session_state["lane"] = titles.index(last_fit.title(repeated))
    if not choices:
        lanes.invite("Train a classifier to try it and download it here.")
        st.subheader("Or open one from a file", anchor=False)
        _opener()
        return
    chosen = choices[lanes.choose(lab, [choice.title for choice in choices])]
    lane, model, samples = chosen.lane, chosen.open(), inputs.SAMPLE_PHOTOS
    photos = [photo.data for photo in samples] if lane is None else _test_photos(lab, lane)
    name = slug(chosen.title if lane is None else lab.name)
    begin_check(model, photos)

    own_card = none_of_these.on_card(model.card, model.novelty)
    card = own_card if lane is None else lab.complete(own_card)

    def show_card() -> None:
        if lane is None:
            model_card.show(card, name)
        else:
            model_card.room(lab, own_card, "train-photos", "lab_", name)

    def download() -> None:
        if lane is not None:
            last_fit.offer(lab, lane)
        export(model, photos, name, card)

    def keep() -> None:
        if lane is None:
            st.caption("A classifier from a file or a project has no training photos here.")
        else:
            features(lab, lane, name)

    layout.show_tabs(
        {
            "Try it": lambda: try_it(model, _samples(lab, lane)),
            none_of_these.NONE: lambda: none_of_these_tab.tab(model, lab, lane),
            "Model card": show_card,
            "Download": download,
            "Notebook": lambda: notebook(None if lane is None else lab, card, name),
            "Features": keep,
            "Open a file": _opener,
        },
        key="home_tab",
    )


def _choices(lab: Lab) -> list[_Choice]:
    trained = [
        _Choice(title, partial(_itself, lane.model), lane)
        for title, lane in zip(lanes.titles(lab), lab.ready(), strict=True)
    ]
    if "opened" in st.session_state:
        title, model = st.session_state["opened"]
        trained.append(_Choice(title, partial(_itself, model)))
    for lane in lab.ready():
        if (again := lab.on_all.get(lane.model)) is not None:
            of_all = replace(lane, model=again)
            trained.append(_Choice(last_fit.title(lane), partial(_itself, again), of_all))
    models = [one for lane in lab.ready() for one in (lane.model, lab.on_all.get(lane.model))]
    here = {lab.saved.models.get(model) for model in models if model is not None}
    saved = widgets.titles_of(saved_classifiers.names("image"))
    return trained + [
        _Choice(f"{title} · in your project", partial(saved_model, name))
        for name, title in saved.items()
        if name not in here
    ]


def _itself(model: TrainedModel) -> TrainedModel:
    return model


def _test_photos(lab: Lab, lane: TrainedLane) -> list[bytes]:
    return [lab.trained_on.photos[i].data for i in lane.step.split.test[:_CHECKED_PHOTOS]]


def _samples(lab: Lab, lane: TrainedLane | None) -> list[NamedPhoto]:
    """Some test photos of different classes, and photos of other things."""
    if lane is None:
        return list(inputs.SAMPLE_PHOTOS)
    photos, test = lab.trained_on.photos, lane.step.split.test
    firsts = {photos[i].label: photos[i] for i in reversed(test)}
    tested = [
        NamedPhoto(lab.trained_on.classes[label], photo.data, f"Test photo {photo.name}")
        for label, photo in sorted(firsts.items())[:_SAMPLES]
    ]
    names = {photo.name for photo in tested}
    return [*tested, *(photo for photo in inputs.SAMPLE_PHOTOS if photo.name not in names)]


def _opener() -> None:
    """Choose a file; it is opened in the background."""
    file = st.file_uploader(
        "Upload a .keras file exported here",
        type="keras",
        key="open_file",
        max_upload_size=LIMITS.max_bytes >> 20,
        help=(
            "It is opened in Keras's safe mode, in a separate process. A file that contains "
            "code is refused."
        ),
    )
    if file is not None and st.session_state.get("open_of") != file.file_id:
        work = partial(cluster.here, _loading, file.getvalue())
        jobs.start(_JOB, f"Opening {file.name}", work, in_project=False)
        st.session_state.update(open_name=file.name, open_of=file.file_id)
    if (job := jobs.current(_JOB)) is not None:
        jobs.panel(_JOB, job, lambda seconds: (_share(seconds), "in a separate process"))


def _loading(archive: bytes) -> Iterator[TrainedModel | float]:
    """Seconds so far, and at last the classifier."""
    started = time.monotonic()
    for model in TrainedModel.loading(archive):
        yield model or time.monotonic() - started


def _share(seconds: TrainedModel | float) -> float:
    return 1.0 if isinstance(seconds, TrainedModel) else min(0.95, seconds / _USUAL_S)


def _adopt(trained: int) -> None:
    """Choose a classifier that has just been opened, after the `trained` ones."""
    job = jobs.current(_JOB)
    if job is None or job.state is not JobState.DONE:
        return
    opened = st.session_state.get("opened")
    if opened is None or opened[1] is not job.snapshot:
        st.session_state["opened"] = (st.session_state["open_name"], job.snapshot)
        st.session_state["lane"] = trained
        st.session_state["home_tab"] = "Try it"
        st.toast(f"{st.session_state['open_name']} is open", icon=":material/check:")
