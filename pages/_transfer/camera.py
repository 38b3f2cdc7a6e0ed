"""The Camera room: photos of a few things by a camera, a training of seconds, and a live trial."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import streamlit as st

from core import cluster
from core.errors import GraftError
from core.vision.transfer import TrainingSettings
from core.vision.transfer.datasets import ImageDataset
from core.vision.transfer.trained_model import TrainedModel
from core.wording import counted, escaped
from pages._transfer.camera_classes import CLASSES, CameraClass, CameraClasses
from pages._transfer.camera_view import Sent, camera_view
from pages._transfer.class_card import class_card
from pages._transfer.state import LABS, Lab
from pages._ui import (
    cached_photos,
    errors,
    jobs,
    layout,
    pictures,
    saved_work,
)
from pages._ui.fragments import fragment

SOURCE = "Camera"
_CREDIT = (
    "Frames of a camera, several a second. Test photos are from the same recordings as training "
    "photos, so other scenes are harder than the test says."
)
_THUMBNAIL_PX = 88
_CLASSES, _DRAWN, _GIVEN, _MODEL, _SEEN = (
    f"camera_{what}" for what in ("classes", "drawn", "given", "model", "seen")
)


@dataclass(frozen=True, slots=True)
class _Seen:
    """The last message of the camera, and what the classifier says of its frame.

    Attributes
    ----------
    scores : names and probabilities of classes, if there was a frame.
    """

    id: int = 0
    scores: tuple[tuple[str, float], ...] = ()
    each_ms: float = 0.0
    is_done: bool = False
    error: GraftError | None = None


def room() -> None:
    """Classes at the left; the camera, the training and the answers beside them."""
    LABS.current()  # what a project has of it comes back, and a training that has ended
    classes = _classes()
    st.session_state[_DRAWN] = classes.mark()
    controls, result = layout.two_parts()
    with result:  # at a place that stays: a camera that moves in the page begins anew, and is off
        above, below = st.container(), st.container()
        lab = None
        with above, errors.shown():
            lab = _lab(classes)
        with above, errors.shown():
            _training(classes, lab)
    with below, errors.shown():
        fragment(_watch)(classes, _model(lab))
        st.caption(
            "The picture stays in your browser. Photos that you record, and frames once there is a "
            "classifier, are sent only to the machine that runs this app. Photos stay in its "
            "memory while this session lasts, and in your project if you have one."
        )
    with controls, errors.shown():
        fragment(_cards)(classes)


def refill(lab: Lab) -> object:
    """Have the photos of a data set that came from here again; their `mark`."""
    dataset = lab.original
    photos: dict[str, list[bytes]] = {name: [] for name in dataset.classes}
    for photo in dataset.photos:
        photos[dataset.classes[photo.label]].append(photo.data)
    st.session_state[_CLASSES] = classes = CameraClasses(photos)
    st.session_state[_GIVEN] = classes.mark()
    return classes.mark()


LABS.refills[SOURCE] = refill


def _classes() -> CameraClasses:
    classes: CameraClasses = st.session_state.setdefault(_CLASSES, CameraClasses())
    return classes


def _lab(classes: CameraClasses, *, anew: bool = False) -> Lab | None:
    """The data set of the photos that are there.

    Parameters
    ----------
    anew : also where another one was trained on, which else stays with its classifier.
    """
    lab = LABS.last_from(SOURCE)
    is_busy = lab is not None and lab.is_training
    if not is_busy:
        classes.compute_features()  # of those that a project has brought, or a training has left
    if lab is not None and (is_busy or (lab.ready() and not anew)):
        LABS.resume(SOURCE)
        return lab
    st.session_state[_GIVEN] = mark = classes.mark()
    files = classes.files()
    if not files:
        LABS.forget(SOURCE)
        return None
    features = classes.features.cache
    lab = LABS.give(
        SOURCE,
        mark,
        lambda: Lab(ImageDataset.from_classes(files), SOURCE, _CREDIT, features=features),
    )
    st.session_state["lab_source"] = SOURCE
    saved_work.read_trainings(LABS, lab)
    return lab


def _model(lab: Lab | None) -> TrainedModel | None:
    """The classifier of the last training, also while photos come and go since."""
    if lab is not None and (ready := lab.ready()):
        st.session_state[_MODEL] = ready[0].model
    model: TrainedModel | None = st.session_state.get(_MODEL)
    return model


def _training(classes: CameraClasses, lab: Lab | None) -> None:
    missing = _missing(classes)
    row = st.container(horizontal=True, vertical_alignment="center")
    row.button(
        "Train",
        type="primary",
        icon=":material/model_training:",
        key="camera_train",
        disabled=bool(missing) or lab is None or lab.is_training,
        on_click=_train,
        args=(classes,),
    )
    if lab is not None and lab.job is not None:
        jobs.panel(LABS.job, lab.job, LABS.progress, is_steady=False)
        LABS.current()  # the job may have ended since
    row.caption(missing or _outcome(classes, lab), width="stretch")
    if classes.features.error is not None:
        raise classes.features.error


def _outcome(classes: CameraClasses, lab: Lab | None) -> str:
    """What the last training has come to, in words."""
    ready = [] if lab is None else lab.ready()
    if lab is None or not ready:
        return ""
    if classes.mark() != st.session_state.get(_GIVEN):
        return "Photos or names have changed since the training. Train again to use them."
    evaluation, split, job = ready[0].evaluation, ready[0].step.split, lab.job
    took = ""
    if job is not None and job.is_over:
        took = f" in {job.elapsed_s:.1f} s"
    return (
        f"Trained{took} on {counted(len(split.train_and_validation), 'photo')}; correct on "
        f"{np.trace(evaluation.confusion)} of {counted(len(evaluation.labels), 'test photo')}, "
        "which are frames of the same recordings. “Mistakes” and “Export” have the classifier."
    )


def _missing(classes: CameraClasses) -> str:
    """What is needed before a training, in words; nothing if it can begin."""
    least = ImageDataset.least_per_class
    counts = [len(each.photos) for each in classes if each.photos]
    if len(counts) < CLASSES.start or min(counts) < least:
        return (
            f"Record at least {counted(least, 'photo')} of each of two classes, better 20 from "
            "several sides."
        )
    return ""


def _train(classes: CameraClasses) -> None:
    """Train on the photos that are there; a callback."""
    try:
        lab = _lab(classes, anew=True)
    except GraftError:
        return  # which the page says
    if lab is not None:
        settings = TrainingSettings(backbone=classes.features.backbone)
        cache = classes.features.for_training()
        LABS.begin(lab, [settings], cache.copy() if cluster.is_used() else cache)


def _watch(classes: CameraClasses, model: TrainedModel | None) -> None:
    """The camera; the page runs again once a recording is here."""
    seen: _Seen = st.session_state.get(_SEEN, _Seen())
    camera_view(
        answered=seen.id,
        is_live=model is not None,
        scores=() if model is None else seen.scores,
        each_ms=seen.each_ms,
        key="camera_view",
        on_sent=partial(_receive, classes, model),
    )
    if seen.error is not None:
        with errors.shown():
            raise seen.error
    if seen.is_done and classes.mark() != st.session_state[_DRAWN]:
        st.rerun()


def _receive(classes: CameraClasses, model: TrainedModel | None, sent: Sent) -> None:
    """Keep photos, classify a frame."""
    seen, began = _Seen(sent.id, is_done=sent.is_done), time.perf_counter()
    try:
        for number, data in sent.photos:
            classes.add(number, data)
        if model is not None and sent.frame is not None:
            scores = zip(model.classes, model.predict([sent.frame])[0].tolist(), strict=True)
            places = {each.name: place for place, each in enumerate(classes)}
            ordered = sorted(scores, key=lambda one: places.get(one[0], len(places)))
            each_ms = 1e3 * (time.perf_counter() - began)
            seen = replace(seen, scores=(*ordered,), each_ms=each_ms)
    except GraftError as err:
        seen = replace(seen, error=err)
    st.session_state[_SEEN] = seen


def _cards(classes: CameraClasses) -> None:
    """A card for each class; the page runs again once other photos are there."""
    for each in classes:
        with st.container(border=True, gap="xsmall"):
            _card(classes, each)
    _more_or_fewer(classes)
    if classes.mark() != st.session_state[_DRAWN]:
        st.rerun()


def _card(classes: CameraClasses, each: CameraClass) -> None:
    key = f"camera_name_{each.number}"
    st.text_input(
        f"Name of class {each.number}",
        each.name,
        max_chars=60,
        key=key,
        on_change=lambda: classes.rename(each.number, st.session_state[key]),
        label_visibility="collapsed",
    )
    class_card(
        each.number,
        each.name,
        [
            (photo.number, pictures.data_url(cached_photos.thumbnail(photo.data, _THUMBNAIL_PX)))
            for photo in reversed(each.photos)
        ],
        key=f"camera_card_{each.number}",
        on_remove=classes.remove,
    )


def _more_or_fewer(classes: CameraClasses) -> None:
    with st.container(horizontal=True):
        st.button(
            "Add a class",
            icon=":material/add:",
            key="camera_add",
            on_click=classes.add_class,
            type="tertiary",
            disabled=len(classes) + 1 not in CLASSES,
        )
        is_least = len(classes) - 1 not in CLASSES
        with st.popover("Remove a class…", key="camera_fewer", type="tertiary", disabled=is_least):
            st.markdown("Its photos are removed too. You can't get them back.")
            for each in classes:
                st.button(
                    f"{escaped(each.name)}, {counted(len(each.photos), 'photo')}",
                    icon=":material/delete:",
                    key=f"camera_remove_{each.number}",
                    on_click=classes.remove_class,
                    args=(each.number,),
                )
