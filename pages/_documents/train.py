"""The room Train on yours: texts with labels become a classifier to test, try and take along."""

from __future__ import annotations

import streamlit as st

from core import zoo
from core.text.classifier_script import NEEDS
from core.text.document_training import (
    EVIDENCE,
    DocumentTrainingSettings,
    DocumentTrainingStep,
    split_of,
)
from core.text.encoders import DEFAULT_ENCODER
from pages._documents.desk import DESKS, tested_texts
from pages._documents.take_along import export, try_it
from pages._documents.text_cards import text_cards
from pages._documents.text_tables import text_tables
from pages._documents.texts import texts_input
from pages._ui import errors, evaluation_panel, inputs, jobs
from pages._ui.desk import Desk
from pages._ui.unmarked import unmarked

_EVIDENCE = {"both": "Meaning and words", "meaning": "Meaning", "words": "Words"}


def room() -> None:
    """Texts and settings at the left; the classifier beside them."""
    controls, result = st.columns([1, 2.4], gap="large")
    with controls, errors.shown():
        desk = texts_input()
        settings = _settings()
        ready = _split(desk, settings)
        st.button(
            "Train",
            type="primary",
            icon=":material/model_training:",
            disabled=not ready,
            on_click=DESKS.begin,
            args=(desk, settings),
        )
        if ready and desk.is_sample and desk.step is None and desk.job is None:
            DESKS.begin(desk, settings)
    with result, errors.shown():
        desk = _state(DESKS.current())
    if desk.is_trained:
        _outcome(desk, desk.step)


def _settings() -> DocumentTrainingSettings:
    evidence = st.segmented_control(
        "Go by",
        list(_EVIDENCE),
        format_func=_EVIDENCE.get,
        default="both",
        required=True,
        key="desk_evidence",
        bind="query-params",
        wrap=True,
    )
    evidence = evidence or "both"  # an empty value in the URL is None
    st.caption(EVIDENCE[evidence])
    with st.expander("More settings"):
        encoder = DEFAULT_ENCODER if evidence == "words" else _encoder()
        seed = st.number_input(
            "Seed",
            0,
            2**31 - 1,
            0,
            key="desk_seed",
            bind="query-params",
            help="Decides which texts are for the test. The same seed gives the same classifier.",
        )
        test = st.slider(
            "Texts for the test, %", 5, 50, 30, 5, key="desk_test_share", bind="query-params"
        )
        validation = st.slider(
            "Of the rest, to choose the penalty, %",
            5,
            50,
            15,
            5,
            key="desk_validation_share",
            bind="query-params",
        )
    return DocumentTrainingSettings(
        evidence=evidence,
        encoder=encoder,
        seed=int(seed),
        test_share=test / 100,
        validation_share=validation / 100,
    )


def _encoder() -> str:
    """A text encoder that is on this machine, or a text embedding of TF-Hub."""
    encoder = st.selectbox(
        "Encoder",
        [name for name in NEEDS if zoo.is_on_disk(zoo.network(name))],
        format_func=inputs.title_of,
        key="desk_encoder",
        bind="query-params",
        help="What turns a text into a vector. It is frozen: one layer learns on top of it.",
    )
    module = st.text_input(
        "Or a TF-Hub module",
        placeholder="URL or folder of a SavedModel",
        key="desk_module",
        bind="query-params",
        help="A text embedding: strings in, vectors out. It is opened by TensorFlow, which takes "
        "some seconds the first time; a URL is fetched once.",
    ).strip()
    return module or encoder


def _split(desk: Desk, settings: DocumentTrainingSettings) -> bool:
    """Say how the texts are divided; whether they can be."""
    with errors.shown():
        split = split_of(desk.dataset, settings)
        st.caption(
            f"{len(split.train):,} texts to learn from, {len(split.validation):,} to choose the "
            f"penalty by, {len(split.test):,} for the test, which training never sees."
        )
        return True
    return False


def _state(desk: Desk) -> Desk:
    """The training, and the texts it is about; the page goes on with what it returns."""
    if desk.job is not None and desk.job is jobs.current(DESKS.job):
        jobs.panel(DESKS.job, _progress)
        desk = DESKS.current()  # the job may have ended since
    if desk.is_trained:
        _headline(desk, desk.step)
    text_tables(desk.dataset)
    return desk


def _outcome(desk: Desk, step: DocumentTrainingStep) -> None:
    good, trying, files = st.tabs(
        ["How good", "Try it", "Take it along"], on_change="rerun", key="desk_tab"
    )
    if good.open:
        with good, errors.shown():
            _evaluation(desk, step)
    if trying.open:
        with trying, errors.shown():
            try_it(step.model, desk)
    if files.open:
        with files, errors.shown():
            export(step.model, desk)


def _progress(step: DocumentTrainingStep) -> tuple[float, str]:
    return step.share, step.stage


def _headline(desk: Desk, step: DocumentTrainingStep) -> None:
    seen = step.evaluation
    learnt = len(step.split.train) + len(step.split.validation)
    title = unmarked(inputs.title_of(step.settings.encoder))
    by = {"both": f"{title} and TF-IDF", "meaning": title, "words": "TF-IDF"}
    st.markdown(
        f"##### {seen.accuracy:.0%} of {seen.labels.size:,} test texts right, after "
        f"{learnt:,} to learn from"
    )
    st.caption(
        f"{unmarked(desk.name)}, {len(seen.classes)} classes, by {by[step.settings.evidence]}; "
        f"measured here, in {step.seconds:.1f} s."
    )


def _evaluation(desk: Desk, step: DocumentTrainingStep) -> None:
    seen, texts = step.evaluation, tested_texts(desk)
    evaluation_panel.figures(seen, "text")
    evaluation_panel.confusion(
        seen, lambda rows: text_cards(texts, seen, rows, "cell"), "text", prefix="desk_"
    )
    evaluation_panel.surest(seen, lambda rows: text_cards(texts, seen, rows, "surest"), "text")
    evaluation_panel.by_class(seen, "text")
