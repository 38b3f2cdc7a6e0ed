"""The map of embeddings: a photo that is selected, and the ones most like it."""

from __future__ import annotations

import importlib.util

import numpy as np
import streamlit as st

from core import cluster
from core.vision.contact_sheet import ContactSheet
from core.vision.embedding_map import lay_out, map_2d, neighbours
from core.wording import counted
from pages._transfer import cached
from pages._transfer.embedding_map import embedding_map
from pages._transfer.exploration import PART_NAMES, ExplorationView
from pages._ui import jobs, pictures, widgets
from pages._ui.fragments import fragment

_PHOTO = "lab_photo"
_UMAP = "lab_umap"
_METHODS = ("t-SNE", "PCA", "UMAP")
_EXPLAINED = {
    "t-SNE": (
        "t-SNE (seed 0) preserves neighbourhoods: neighbours are similar, but large "
        "distances and the sizes of groups mean little."
    ),
    "PCA": (
        "PCA preserves large distances, along the two directions in which the photos differ most."
    ),
    "UMAP": "UMAP (seed 0) preserves neighbourhoods, and more of the large distances than t-SNE.",
}
_NEIGHBOURS = 9
_NEIGHBOUR_PX = 54
_PHOTO_PX = 480


@fragment
def embeddings(exploration: ExplorationView, sheet: ContactSheet) -> None:
    """The map as far as it is known, beside the photo that is selected on it."""
    drawn, beside = st.columns([2.2, 1], gap="medium")
    with beside:
        position = _selected(exploration)
        near, cosines = neighbours(exploration.vectors, position, _NEIGHBOURS)
        _photo(exploration, position)
        _most_alike(exploration, position, near, cosines)
    with drawn:
        method = _method_input()
        shown, positions = _positions(exploration, method)
        embedding_map(
            positions,
            names=exploration.names,
            labels=exploration.dataset.labels,
            classes=exploration.dataset.classes,
            sheet=sheet,
            tiles=exploration.origin,
            selected=exploration.origin[position],
            near=exploration.origin[near],
            on_click=_select,
            key="lab_map_canvas",
        )
        st.caption(
            f"{counted(len(exploration.names), 'photo')} by their features in "
            f"{widgets.title_of(exploration.step.backbone)}, computed here. {_EXPLAINED[shown]}"
            f"{'' if shown == method else f' It is shown until the {method} is there.'}"
        )


def _method_input() -> str:
    umap = importlib.util.find_spec("umap") is not None
    methods = [name for name in _METHODS if umap or name != "UMAP"]
    return widgets.choice("Map of the features", methods, key="lab_map")


def _positions(exploration: ExplorationView, method: str) -> tuple[str, np.ndarray]:
    """Where photos lie by a method; by PCA, which takes no time, until that is known."""
    if method == "t-SNE" and exploration.step.positions is not None:
        return method, exploration.step.positions
    if method == "UMAP":
        vectors = exploration.whole.vectors
        job = jobs.start_anew(
            _UMAP,
            (exploration.lab.original.digest, exploration.whole.backbone),
            "Drawing the UMAP",
            lambda: cluster.steps(lay_out, vectors, "umap", apart=True),
            is_long=True,
        )
        jobs.panel(_UMAP, job, lambda _: (None, "drawing"))
        if job.is_over and job.snapshot is not None:
            return method, job.snapshot[exploration.origin]
    if "pca" not in exploration.maps:
        exploration.maps["pca"] = map_2d(exploration.vectors, "pca")
    return "PCA", exploration.maps["pca"]


def _select(given: int) -> None:
    st.session_state[_PHOTO] = given


def _selected(exploration: ExplorationView) -> int:
    """The position of the photo that is selected, by a click on the map or here."""
    choices = exploration.origin.tolist()
    names = dict(zip(choices, exploration.names, strict=True))
    chosen_of = st.session_state.setdefault("lab_photo_of", exploration.lab)
    if chosen_of is not exploration.lab or st.session_state.get(_PHOTO, choices[0]) not in names:
        st.session_state[_PHOTO] = choices[0]  # the browser would go on showing what it had
    st.session_state["lab_photo_of"] = exploration.lab
    given = st.selectbox(
        "Photo",
        choices,
        format_func=names.__getitem__,
        key=_PHOTO,
        bind="query-params",
        help="Or click a photo on the map.",
    )
    return choices.index(given)


def _photo(exploration: ExplorationView, position: int) -> None:
    photo = exploration.dataset.photos[position]
    part = PART_NAMES[int(exploration.parts[position])]
    st.image(
        pictures.photo_array(photo.data, _PHOTO_PX),
        width="stretch",
        alt=f"{exploration.names[position]}, of {exploration.class_of(position)}",
    )
    about = [f"**{exploration.class_of(position)}**", f"{photo.width:,} x {photo.height:,} px"]
    st.caption(" · ".join([*about, f"{part} part"] if part else about))


def _most_alike(
    exploration: ExplorationView, position: int, near: np.ndarray, cosines: np.ndarray
) -> None:
    if not near.size:
        return
    own_class = exploration.class_of(position)
    same = sum(exploration.class_of(other) == own_class for other in near)
    st.markdown(f"**Most similar**: {same} of {near.size} are also {own_class}")
    with st.container(horizontal=True, gap="xsmall"):
        for other, cosine in zip(near.tolist(), cosines, strict=True):
            name = exploration.class_of(other)
            with st.container(width=_NEIGHBOUR_PX, gap="xxsmall"):
                st.image(
                    cached.square(exploration.dataset.photos[other].data, 2 * _NEIGHBOUR_PX),
                    width="stretch",
                    alt=f"{exploration.names[other]}, of {name}",
                )
                st.caption(f"{cosine:.2f}" if name == own_class else f"{cosine:.2f} **{name}**")
    st.caption("Cosine similarity of the features; 1 means identical features.")
