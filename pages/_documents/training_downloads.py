"""A classifier of texts at work: on a text, and as a file to take along."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from core.media import plain_text
from core.text.transfer.classifier import TextClassifier
from core.text.transfer.file import SCRIPT_NAME
from core.text.transfer.script import NEEDS, NEEDS_MODULE
from pages._documents.training_input import TextWorkspace, TrainedTexts
from pages._ui import downloads
from pages._ui.predictions import prediction, tested_examples
from pages._ui.text import slug
from pages._ui.text_input import text_input

_SAMPLES = 6
_TERMS = 8


def try_it(model: TextClassifier, work: TextWorkspace) -> None:
    """What the classifier says to a text of the test part, or to another one."""
    left, right = st.columns(2, gap="large")
    with left:
        samples = _test_samples(work)
        text = text_input("text", samples, "Test texts, not used in training.", key="desk_text")
    with right:
        if not plain_text(text).strip():
            st.info("Write or upload a text to see the prediction.", icon=":material/article:")
            return
        if not model.knows(text):
            st.info(
                "The classifier knows none of its words, so there is no prediction.",
                icon=":material/question_mark:",
            )
            return
        prediction(model.classes, model.predict([text])[0], key="desk_scores")
    if st.session_state["desk_text_source"] != "Write":
        with left, st.container(border=True):
            st.text(text[:2_000])


def export(work: TextWorkspace, trained: TrainedTexts) -> None:
    """The file, what is in it, and what the classifier goes by."""
    model = trained.model
    needs = "which needs only NumPy."
    if model.encoder:
        needs = (
            f"which needs NumPy and, for the meaning of a text, "
            f"{NEEDS.get(model.encoder, NEEDS_MODULE)}; its first lines say how to get them."
        )
    st.markdown(
        "**One ZIP file**: the classes, the weights as plain arrays, the model card, and "
        f"`{SCRIPT_NAME}`, {needs}"
    )
    st.code(f"python {SCRIPT_NAME} text.txt", language="bash")
    texts = work.test_part()
    rows = tested_examples(
        trained.evaluation,
        {"name": [text.name for text in texts], "text": [text.text for text in texts]},
    )
    with st.container(horizontal=True):
        st.download_button(
            "The classifier (ZIP)",
            lambda: model.to_bytes(work.card),
            f"{slug(work.name)}.zip",
            "application/zip",
            icon=":material/download:",
            on_click="ignore",
            type="primary",
        )
        downloads.table("Test texts with predictions (CSV)", rows, "answers.csv")
    if model.terms is not None:
        st.markdown("**Words with the most evidence for each class**")
        st.dataframe(
            pd.DataFrame(
                {
                    "Class": model.classes,
                    "Words": [", ".join(model.top_terms(c, _TERMS)) for c in model.classes],
                }
            ),
            hide_index=True,
            alt="Words with the most evidence for each class",
        )


def _test_samples(work: TextWorkspace) -> dict[str, str]:
    """Some test texts of different classes, by name."""
    firsts = {text.label: text for text in reversed(work.test_part())}
    return {text.name: text.text for _, text in sorted(firsts.items())[:_SAMPLES]}
