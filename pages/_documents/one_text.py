"""The room One text: what it is about, where it lies, and what is like it."""

from __future__ import annotations

import re
from itertools import islice

import numpy as np
import pandas as pd
import streamlit as st

from core.media import plain_text
from core.text import documents, pieces
from core.text.documents import DocumentModel, Neighbour, SearchBy
from pages._documents import document_charts
from pages._documents.names import CATEGORIES, MODELS
from pages._documents.samples import CREDIT, SAMPLES
from pages._ui import charts, downloads, errors, layout
from pages._ui.spinners import PREPARING
from pages._ui.text_input import text_input

_MOST_WORDS = 100_000
_ANSWERS, _ANSWERS_PX = 3, 96  # categories of each model
_SHOWN = 3_000  # characters of a text beside its result
_READ_WORDS = pieces.PIECE_WORDS * pieces.MOST_PIECES
_BY: dict[SearchBy, str] = {"meaning": "By meaning", "keywords": "By keywords"}
_HOW: dict[SearchBy, str] = {
    "meaning": "Cosines of the embeddings by MiniLM: what is said, in whatever words.",
    "keywords": "Cosines of TF-IDF weights: the words and pairs of words they share.",
}
_COLUMNS = {
    "Similarity": st.column_config.ProgressColumn(format="%.2f", min_value=0, max_value=1),
    "Its weightiest terms": st.column_config.TextColumn(width="medium"),
}


_search = st.cache_data(max_entries=256, show_spinner=PREPARING)(documents.search)
_place = st.cache_data(max_entries=256, show_spinner=PREPARING)(documents.place)
_document_map = st.cache_resource(show_spinner=False)(documents.document_map)


@st.cache_data(max_entries=256, show_spinner=PREPARING)
def _probabilities(text: str, model: DocumentModel) -> np.ndarray:
    """(6,) float64"""
    return documents.predict([text], model=model)[0]


def room() -> None:
    """The text at the left; beside it what the models make of it."""
    controls, result = layout.two_parts()
    text, near = "", {}
    with controls:
        with errors.shown():
            text = text_input("document", SAMPLES, CREDIT)
        count = st.slider("Nearest documents", 5, 30, 10, key="nearest", bind="query-params")
        if text and st.session_state["document_source"] != "Write":
            with st.container(border=True, height=260):
                st.text(text[:_SHOWN])
    with result, errors.shown():
        if not plain_text(text).strip():
            st.info(
                "What it is about appears here once there is a text.", icon=":material/article:"
            )
            return
        text = _cut(text)
        near = {by: _search(text, count, by) for by in _BY}
        answers, beside = st.columns([1, 1.5])
        with answers:
            _answers(text)
        with beside:
            _map(text, near["meaning"])
    if near:
        _neighbours(near)


def _cut(text: str) -> str:
    """As much of the text as is read while somebody waits."""
    beyond = next(islice(re.finditer(r"\S+", text), _MOST_WORDS, None), None)
    if beyond is None:
        return text
    st.info(f"Only the first {_MOST_WORDS:,} words were read.", icon=":material/content_cut:")
    return text[: beyond.start()]


def _answers(text: str) -> None:
    """The categories, as probable as each model thinks they are."""
    probabilities = {model: _probabilities(text, model) for model in MODELS}
    for model, scores in probabilities.items():
        with st.container(border=True, gap="xsmall"):
            _answer(model, scores)
    tops = {
        CATEGORIES[documents.CLASSES[int(scores.argmax())]] for scores in probabilities.values()
    }
    agree = "Both say the same." if len(tops) == 1 else "**They do not agree.**"
    words = len(text.split())
    long = (
        f" Of its {words:,} words the encoder read {_READ_WORDS:,}, in "
        f"{pieces.MOST_PIECES} pieces spread evenly."
        if words > _READ_WORDS
        else ""
    )
    st.caption(
        f"{agree} They learnt from English posts of 1993 in six categories, and know no others; "
        f"a text about something else gets one of these all the same.{long}"
    )


def _answer(model: DocumentModel, scores: np.ndarray) -> None:
    order = np.argsort(-scores, kind="stable")
    order = order[:_ANSWERS]
    names = [CATEGORIES[documents.CLASSES[i]] for i in order]
    macro_f1 = documents.card()["metrics"][model]["macro_f1"]
    st.markdown(f"**{MODELS[model]}**", help=documents.MODELS[model])
    st.markdown(
        f"##### {names[0].capitalize()}, {scores[order[0]]:.1%}\n"
        f":small[Macro F1 in the recipe's test: {macro_f1:.3f}]"
    )
    bars = charts.score_bars(names, scores[order], room=0.45)  # the place is narrow
    bars.update_layout(height=_ANSWERS_PX)
    st.plotly_chart(
        bars,
        config=charts.CONFIG,
        key=f"scores_{model}",
        alt=", ".join(f"{name} {scores[i]:.1%}" for name, i in zip(names, order, strict=True)),
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
        f"{len(drawn.labels):,} posts by their embeddings, laid out by t-SNE in the recipe: what "
        "lies close is alike, but far distances and the sizes of groups say little. The text is "
        "placed amid the ten nearest in meaning. Point at a document for its weightiest terms; "
        "scroll to zoom. The posts themselves are not shipped."
    )


def _neighbours(near: dict[SearchBy, tuple[Neighbour, ...]]) -> None:
    st.subheader("What is like it", anchor=False)
    measured = documents.card()["metrics"]["search"]
    halves = st.grid(2, min_column_width=340, gap="large")
    for by, neighbours in near.items():
        with halves.cell():
            st.markdown(
                f"**{_BY[by]}** · {measured[by]:.1%} of ten neighbours share the category",
                help=f"{_HOW[by]} The share was measured by the recipe with "
                f"{measured['queries']:,} test posts; the neighbours are training posts.",
            )
            if not neighbours:
                st.info("No document shares a term with it.", icon=":material/search_off:")
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
            "Its weightiest terms": [document.description for document in neighbours],
            "Similarity": [document.similarity for document in neighbours],
        }
    )


def _tally(neighbours: tuple[Neighbour, ...]) -> str:
    """How many are of which category, the most first."""
    names = pd.Series([CATEGORIES[document.category] for document in neighbours])
    counts = names.value_counts()
    return "Here: " + ", ".join(f"{count} {name}" for name, count in counts.items()) + "."
