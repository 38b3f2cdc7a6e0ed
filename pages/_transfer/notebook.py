"""A Jupyter notebook that repeats the training of a classifier, and the photos for it."""

from __future__ import annotations

import json

import streamlit as st

from core.learning.card import ModelCard
from core.learning.folders import FolderLayout
from core.vision.transfer.notebook import training_notebook
from core.wording import counted
from pages._transfer.state import Lab
from pages._ui.numbers import percent


def notebook(lab: Lab | None, card: ModelCard | None, name: str) -> None:
    """The notebook to download.

    Parameters
    ----------
    lab : with the photos; None if they are not here.
    """
    if card is None or card.figures is None:
        st.caption("Settings and figures of this classifier are not known, so it has no notebook.")
        return
    layout = None if lab is None else lab.original.layout
    archive = f"{name}.zip" if lab is None or layout is None else lab.name
    if lab is None or layout is not None:
        packed = None
    else:
        packed, layout = lab.original.to_zip, FolderLayout(0, {})
    written = training_notebook(card, archive, layout)
    st.markdown(
        "A Jupyter notebook that trains this classifier again with Graft's Python API, on the "
        "same photos, with the same settings, corrections and seed, and prints its figures beside "
        f"those of this one: {percent(card.figures.accuracy)} of "
        f"{counted(card.figures.tested, 'test photo')} correct. Run it in the environment of "
        f"Graft, with `{archive}` in the same folder."
    )
    with st.container(horizontal=True):
        st.download_button(
            "Notebook",
            written,
            f"{name}.ipynb",
            "application/x-ipynb+json",
            icon=":material/download:",
            type="primary",
            on_click="ignore",
        )
        if packed is not None:
            st.download_button(
                "Photos (ZIP)",
                packed,
                archive,
                "application/zip",
                icon=":material/photo_library:",
                on_click="ignore",
            )
    if lab is None:
        st.caption("The photos are not here: give the archive that it was trained on that name.")
    with st.expander("Code of the notebook"):
        code = [
            cell["source"] for cell in json.loads(written)["cells"] if cell["cell_type"] == "code"
        ]
        st.code("\n\n".join(code), language="python")
