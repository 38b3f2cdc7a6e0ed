"""The room One text: what it is about, where it lies, and what is like it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import islice

import numpy as np
import pandas as pd
import streamlit as st

from core import zoo
from core.media import plain_text
from core.text import documents, pieces
from core.text.documents import DocumentModel, Neighbour, SearchBy
from core.text.transfer import saved
from core.wording import escaped
from pages._documents import document_charts
from pages._documents.names import CATEGORIES, MODELS
from pages._documents.samples import CREDIT, SAMPLES
from pages._ui import (
    charts,
    downloads,
    errors,
    layout,
    saved_classifiers,
    task_settings,
    use_from_code,
)
from pages._ui.numbers import percent
from pages._ui.spinners import PREPARING
from pages._ui.text_input import text_input
from pages._ui.use_from_code import call

_MOST_WORDS = 100_000
_ANSWERS, _ANSWERS_PX = 3, 96  # categories of each model
_SHOWN = 3_000  # characters of a text beside its result
_READ_WORDS = pieces.PIECE_WORDS * pieces.MOST_PIECES
_BY: dict[SearchBy, str] = {"meaning": "By meaning", "keywords": "By keywords"}
_HOW: dict[SearchBy, str] = {
    "meaning": "Cosine similarity of MiniLM embeddings: similar meaning, whatever the words.",
    "keywords": "Cosine similarity of TF-IDF weights: shared words and pairs of words.",
}
_COLUMNS = {
    "Similarity": st.column_config.ProgressColumn(format="%.2f", min_value=0, max_value=1),
    "Top terms": st.column_config.TextColumn(width="medium"),
}


_search = st.cache_data(max_entries=256, show_spinner=PREPARING)(documents.search)
_place = st.cache_data(max_entries=256, show_spinner=PREPARING)(documents.place)
_document_map = st.cache_resource(show_spinner=False)(documents.document_map)


@st.cache_data(max_entries=256, show_spinner=PREPARING)
def _probabilities(text: str, model: str) -> np.ndarray:
    """(C,) float64"""
    return documents.predict([text], model=model)[0]


def room() -> None:
    """The text at the left; beside it what the models make of it."""
    controls, result = layout.two_parts()
    text, near, own = "", {}, None
    with controls:
        with errors.shown():
            text = text_input("document", SAMPLES, CREDIT)
            own = saved_classifiers.choice("text")
        count = task_settings.count_slider("nearest-documents", "k", key="nearest")
        if text and st.session_state["document_source"] != "Write":
            with st.container(border=True, height=260):
                st.text(text[:_SHOWN])
    with result, errors.shown():
        if not plain_text(text).strip():
            st.info("Write or upload a text to see its topic.", icon=":material/article:")
            return
        text = _cut(text)
        near = {by: _search(text, count, by) for by in _BY}
        answers, beside = st.columns([1, 1.5])
        with answers:
            _answers(text, own)
        with beside:
            _map(text, near["meaning"])
    if near:
        _neighbours(near)
        use_from_code.show(
            *(
                call("documents", {"texts": text}, model=model)
                for model in filter(None, (own, *MODELS))
            ),
            *(call("nearest-documents", {"text": text}, k=count, by=by) for by in _BY),
        )


def _cut(text: str) -> str:
    """As much of the text as is read while somebody waits."""
    beyond = next(islice(re.finditer(r"\S+", text), _MOST_WORDS, None), None)
    if beyond is None:
        return text
    st.info(f"Only the first {_MOST_WORDS:,} words were read.", icon=":material/content_cut:")
    return text[: beyond.start()]


def _answers(text: str, own: str | None) -> None:
    """The categories, as probable as each model thinks they are; those of one's own first."""
    if own is not None:
        with st.container(border=True, gap="xsmall"), errors.shown():
            _own_answer(own, text)
    probabilities = {model: _probabilities(text, model) for model in MODELS}
    for model, scores in probabilities.items():
        with st.container(border=True, gap="xsmall"):
            _answer(model, scores)
    tops = {
        CATEGORIES[documents.CLASSES[int(scores.argmax())]] for scores in probabilities.values()
    }
    agree = "Both models agree." if len(tops) == 1 else "**The models disagree.**"
    words = len(text.split())
    long = (
        f" Of its {words:,} words the encoder read {_READ_WORDS:,}, in "
        f"{pieces.MOST_PIECES} pieces spread evenly."
        if words > _READ_WORDS
        else ""
    )
    st.caption(
        f"{agree} They were trained on English posts of 1993 in six categories; a text about "
        f"anything else is assigned to one of these.{long}"
    )


def _answer(model: DocumentModel, scores: np.ndarray) -> None:
    macro_f1 = documents.card()["metrics"][model]["macro_f1"]
    st.markdown(f"**{MODELS[model]}**", help=documents.MODELS[model])
    about = f"Macro F1 in the recipe's test: {macro_f1:.3f}"
    _ranked(list(CATEGORIES.values()), scores, about, model)


def _own_answer(name: str, text: str) -> None:
    """What a classifier of one's own predicts."""
    spec = zoo.saved_classifier(name, "text")
    st.markdown(f"**{escaped(spec.title)}**", help="A classifier of your project.")
    if not saved.model_of(name).knows(text):
        st.info(
            "The classifier knows none of its words, so there is no prediction.",
            icon=":material/question_mark:",
        )
        return
    about = saved_classifiers.evaluation(spec)
    _ranked(spec.labels.names, _probabilities(text, name), about, "own")


def _ranked(classes: Sequence[str], scores: np.ndarray, about: str, key: str) -> None:
    """The first few classes, the most probable one in words."""
    order = np.argsort(-scores, kind="stable")[:_ANSWERS]
    names = [classes[i] for i in order]
    title = names[0].capitalize() if key in MODELS else names[0]
    st.markdown(f"##### {escaped(title)}, {percent(scores[order[0]])}\n:small[{about}]")
    bars = charts.score_bars(names, scores[order], room=0.45)  # the place is narrow
    bars.update_layout(height=_ANSWERS_PX)
    st.plotly_chart(
        bars,
        config=charts.CONFIG,
        key=f"scores_{key}",
        alt=", ".join(f"{name} {percent(scores[i])}" for name, i in zip(names, order, strict=True)),
    )


def _map(text: str, near: tuple[Neighbour, ...]) -> None:
    drawn = _document_map()
    st.plotly_chart(
        document_charts.document_map(
            drawn,
            list(CATEGORIES.values()),
            _place(text),
            [document.position for document in near],
            dark=st.context.theme.type == "dark",
        ),
        config={**charts.CONFIG, "scrollZoom": True},
        key="document_map",
        alt=f"A map of {len(drawn.labels):,} documents, and the text among them",
    )
    st.caption(
        f"{len(drawn.labels):,} posts by their embeddings, projected by t-SNE: neighbours are "
        "similar, but large distances and the sizes of groups mean little. Your text is "
        "placed among the ten nearest in meaning. Point at a document to see its top terms; "
        "scroll to zoom. The posts themselves are not included."
    )


def _neighbours(near: dict[SearchBy, tuple[Neighbour, ...]]) -> None:
    st.subheader("Similar documents", anchor=False)
    measured = documents.card()["metrics"]["search"]
    halves = st.grid(2, min_column_width=340, gap="large")
    for by, neighbours in near.items():
        with halves.cell():
            st.markdown(
                f"**{_BY[by]}** · {percent(measured[by])} of ten neighbours share the category",
                help=(
                    f"{_HOW[by]} Measured by the recipe with {measured['queries']:,} test "
                    "posts; the neighbours are training posts."
                ),
            )
            if not neighbours:
                st.info("No document shares a term with this text.", icon=":material/search_off:")
                continue
            st.caption(_tally(neighbours))
            st.dataframe(
                _table(neighbours),
                column_config=_COLUMNS,
                hide_index=True,
                alt=f"The nearest documents {_BY[by].lower()}",
            )
            downloads.table(f"{_BY[by]} (CSV)", _table(neighbours), f"nearest_{by}.csv")


def _table(neighbours: tuple[Neighbour, ...]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "Category": [CATEGORIES[document.category] for document in neighbours],
            "Top terms": [document.description for document in neighbours],
            "Similarity": [document.similarity for document in neighbours],
        }
    )


def _tally(neighbours: tuple[Neighbour, ...]) -> str:
    """How many are of which category, the most first."""
    names = pd.Series([CATEGORIES[document.category] for document in neighbours])
    counts = names.value_counts()
    return "Here: " + ", ".join(f"{count} {name}" for name, count in counts.items()) + "."
