"""What a visitor takes along of one photo."""

from __future__ import annotations

import json

import pandas as pd
import streamlit as st

from core.vision.captioning import CAPTIONER, CaptionSearch
from pages._captions.choices import SearchSettings
from pages._captions.sheet import captioned_sheet
from pages._ui import downloads
from pages._ui.inputs import NamedPhoto


def show(photo: NamedPhoto, searches: dict[int, CaptionSearch], settings: SearchSettings) -> None:
    """Every hypothesis as a table, the photo with its caption, and all of it as JSON."""
    rows = table_of(photo.name, searches, settings)
    st.dataframe(
        rows.drop(columns=["photo", "length_penalty", "temperature"]),
        column_config={
            "log_probability": st.column_config.NumberColumn(format="%.2f"),
            "score": st.column_config.NumberColumn(format="%.3f"),
        },
        hide_index=True,
        alt="All captions found by the searches",
    )
    with st.container(horizontal=True):
        downloads.table("All captions (CSV)", rows, "captions.csv")
        text = next(iter(reversed(searches.values()))).captions[0].text
        downloads.picture(
            "Photo with its caption (PNG)",
            lambda: captioned_sheet([photo.data], [text]),
            "caption.png",
        )
        st.download_button(
            "Words and attention (JSON)",
            lambda: as_json(photo.name, searches, settings),
            "captions.json",
            "application/json",
            icon=":material/download:",
            on_click="ignore",
        )


def table_of(
    name: str, searches: dict[int, CaptionSearch], settings: SearchSettings
) -> pd.DataFrame:
    """A row for each hypothesis of each beam."""
    return pd.DataFrame(
        [
            {
                "photo": name,
                "beam": width,
                "rank": rank,
                "caption": caption.text,
                "log_probability": caption.log_probability,
                "score": caption.score,
                "finished": caption.is_finished,
                "length_penalty": settings.length_penalty,
                "temperature": settings.temperature,
            }
            for width, search in searches.items()
            for rank, caption in enumerate(search.captions, start=1)
        ]
    )


def as_json(name: str, searches: dict[int, CaptionSearch], settings: SearchSettings) -> str:
    """The settings, and each beam's best caption with its words and where it looked."""
    return json.dumps(
        {
            "photo": name,
            "network": CAPTIONER,
            "length_penalty": settings.length_penalty,
            "temperature": settings.temperature,
            "captions": [
                {
                    "beam": width,
                    "text": search.captions[0].text,
                    "log_probability": search.captions[0].log_probability,
                    "steps": [
                        {
                            "word": step.word,
                            "log_probability": step.log_probability,
                            "attention": step.attention.round(5).tolist(),
                        }
                        for step in search.captions[0].steps
                    ],
                }
                for width, search in searches.items()
            ],
        },
        indent=1,
    )
