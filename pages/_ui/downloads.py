"""What a visitor takes along."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
import streamlit as st

from core.media import encode_png
from core.vision.classification import Classification


def picture(label: str, pixels: np.ndarray | Callable[[], np.ndarray], file_name: str) -> None:
    """A picture as PNG; a function is called once somebody wants it."""
    st.download_button(
        label,
        lambda: encode_png(pixels() if callable(pixels) else pixels),
        file_name,
        "image/png",
        icon=":material/download:",
        on_click="ignore",
    )


def table(label: str, rows: pd.DataFrame, file_name: str) -> None:
    """A table as CSV."""
    st.download_button(
        label,
        lambda: rows.to_csv(index=False).encode(),
        file_name,
        "text/csv",
        icon=":material/download:",
        on_click="ignore",
    )


def zip_file(
    label: str, make: Callable[[], bytes], file_name: str, *, disabled: bool, help: str
) -> None:
    """A ZIP file, which is made once somebody wants it."""
    st.download_button(
        label,
        make,
        file_name,
        "application/zip",
        icon=":material/folder_zip:",
        on_click="ignore",
        disabled=disabled,
        help=help,
    )


def answers(label: str, named: Sequence[tuple[str, Classification]], file_name: str) -> None:
    """Classifications as CSV, a row for each photo and class."""
    table(label, answer_rows(named), file_name)


def features(names: Sequence[str], vectors: np.ndarray, network: str, noun: str = "photo") -> None:
    """Embeddings as NPZ (names, features) and as CSV."""

    def npz() -> bytes:
        buffer = io.BytesIO()
        np.savez_compressed(buffer, names=np.array(names), features=vectors, network=network)
        return buffer.getvalue()

    st.download_button(
        f"Features, {vectors.shape[1]:,} numbers a {noun} (NPZ)",
        npz,
        "features.npz",
        icon=":material/download:",
        on_click="ignore",
    )
    columns = pd.DataFrame(vectors, columns=[f"f{i}" for i in range(vectors.shape[1])])
    columns.insert(0, "photo", list(names))
    table("Features (CSV)", columns, "features.csv")


def answer_rows(named: Sequence[tuple[str, Classification]]) -> pd.DataFrame:
    """Columns photo, rank, class, wnid, probability, network, precision."""
    return pd.DataFrame(
        [
            {
                "photo": name,
                "rank": rank,
                "class": label,
                "wnid": wnid,
                "probability": float(score),
                "network": answer.backbone,
                "precision": answer.precision,
            }
            for name, answer in named
            for rank, (label, wnid, score) in enumerate(
                zip(answer.labels, answer.wnids, answer.scores, strict=True), start=1
            )
        ]
    )
