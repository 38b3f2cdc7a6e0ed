"""The room First look: what is wrong with texts that have labels, and where they lie."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

import numpy as np
import pandas as pd
import streamlit as st

from core import cluster
from core.learning.feature_cache import FeatureCache
from core.text.encoders import DEFAULT_ENCODER
from core.text.exploration import TextExplorationStep, explore
from core.text.transfer.dataset import TextDataset
from core.wording import counted
from pages._documents import train
from pages._documents.training_input import TextWorkspace
from pages._ui import corrections, downloads, widgets
from pages._ui.findings import Findings
from pages._ui.first_look import FirstLook
from pages._ui.look_map import look_map
from pages._ui.workspace import LEFT_OUT

_CHARACTERS = 300
_IN_TIP = 120
_STAGES = {
    "texts": "reading the texts",
    "embeddings": "computing embeddings",
    "duplicates": "searching for near duplicates",
    "review": "looking for what is wrong",
    "map": "drawing the map",
    "done": "done",
}


class _TextLook(FirstLook[TextDataset, TextExplorationStep]):
    stages = _STAGES

    def explore(self, dataset: TextDataset, cache: FeatureCache) -> Iterator[TextExplorationStep]:
        return cluster.steps(explore, dataset, cache=cache)

    @property
    def network(self) -> str:
        return widgets.title_of(DEFAULT_ENCODER)

    def draw(self, work: TextWorkspace, position: int) -> None:
        st.text(_shortened(work.original.texts[position].text, _CHARACTERS))

    def as_html(self, work: TextWorkspace, position: int) -> str:
        return f"<pre>{escape(_shortened(work.original.texts[position].text, _CHARACTERS))}</pre>"

    def overview(self, work: TextWorkspace, look: TextExplorationStep, findings: Findings) -> None:
        if look.lengths is not None:
            st.caption(_in_words(look))
        if look.vectors is not None:
            tips = [_shortened(text.text, _IN_TIP) for text in work.original.texts]
            look_map(findings, look.vectors, look.positions, tips)

    def corrected_files(self, work: TextWorkspace) -> None:
        if work.original.layout is not None:
            corrections.corrected_files(work, "texts", ".txt")
            return
        labels = [
            work.corrections.get(i, work.original.classes[text.label])
            for i, text in enumerate(work.original.texts)
        ]
        rows = pd.DataFrame({"text": [text.text for text in work.original.texts], "label": labels})
        kept = rows[[label is not LEFT_OUT for label in labels]]
        downloads.table("Corrected set (CSV)", kept, "texts-corrected.csv")


def _shortened(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[:most]} …"


def _in_words(look: TextExplorationStep) -> str:
    """How long texts are, and in which languages."""
    lengths = look.lengths if look.lengths is not None else np.zeros(1, np.int64)
    low, middle, high = np.percentile(lengths, (5, 50, 95)).astype(int)
    parts = [
        f"Half of the texts have at most {counted(middle, 'word')}, nine of ten {low:,} to {high:,}"
    ]
    if look.copies:
        parts.append(f"{counted(look.copies, 'text')} the same as an earlier one")
    known = pd.Series([name for name in look.languages or () if name]).value_counts()
    if len(known):
        named = ", ".join(f"{name} {count:,}" for name, count in known.head(5).items())
        parts.append(f"languages: {named}")
    return "; ".join(parts) + "."


ROOM = _TextLook(train.ROOM, task="explore-texts")
