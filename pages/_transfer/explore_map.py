"""The map of embeddings: a photo that is selected, and the ones most like it."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping

import numpy as np
import streamlit as st

from core import cluster
from core.vision.embedding_map import lay_out, neighbours
from core.vision.transfer.datasets import LabelledPhoto
from core.wording import counted, escaped
from pages._transfer import cached
from pages._transfer.exploration import PART_NAMES, ExplorationView
from pages._transfer.explore_circled import circled, circled_photos
from pages._transfer.explore_colours import colouring_input, explained
from pages._ui import jobs, pictures, widgets
from pages._ui.embedding_map import Tip, embedding_map
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
_TIP_PX = 96


@fragment
def embeddings(
    exploration: ExplorationView, findings: Mapping[int, str | None] | None = None
) -> None:
    """The map as far as it is known, beside the photo that is selected on it.

    All photos that came in are on it, those that are excluded as crosses, so that a correction
    moves nothing.

    Parameters
    ----------
    findings : what was found of photos, see `colouring_input`.
    """
    lab = exploration.lab
    if tuple(lab.corrections.items()) != exploration.corrections:
        st.rerun()  # the rest of the page has to know
    drawn, beside = st.columns([2.2, 1], gap="medium")
    with beside:
        position = _selected(exploration)
        near, cosines = neighbours(exploration.vectors, position, _NEIGHBOURS)
        _photo(exploration, position)
        _most_alike(exploration, position, near, cosines)
    with drawn:
        with st.container(horizontal=True, gap="medium"):
            method = _method_input()
            colouring = colouring_input(exploration, findings)
        shown, positions = _positions(exploration, method)
        photos, sheet = lab.original.photos, exploration.whole.sheet
        embedding_map(
            positions,
            colouring=colouring,
            texts=[photo.name for photo in photos] if sheet is not None else None,
            sheet=sheet,
            tip=None if sheet is not None else lambda number: _tip(photos[number]),
            has_pictures=True,
            selected=exploration.origin[position],
            near=exploration.origin[near],
            circled=circled(lab).members,
            on_click=_select,
            on_circle=circled(lab).circle,
            key="lab_map_canvas",
        )
        circled_photos(exploration, colouring)
        st.caption(
            f"{counted(len(photos), 'photo')} by their features in "
            f"{widgets.title_of(exploration.step.backbone)}, computed here. {_EXPLAINED[shown]}"
            f"{'' if shown == method else f' It is shown until the {method} is there.'} "
            f"{explained(exploration, colouring)}"
        )


def _tip(photo: LabelledPhoto) -> Tip:
    return Tip(photo.name, cached.square(photo.data, _TIP_PX))


def _method_input() -> str:
    methods = [name for name in _METHODS if _has_umap() or name != "UMAP"]
    return widgets.choice("Map of the features", methods, key="lab_map")


def _has_umap() -> bool:
    return importlib.util.find_spec("umap") is not None


def _positions(exploration: ExplorationView, method: str) -> tuple[str, np.ndarray]:
    """Where all photos lie by a method; by PCA, which takes no time, until that is known."""
    whole = exploration.whole
    if method == "t-SNE" and whole.positions is not None:
        return method, whole.positions
    if method == "UMAP" and whole.vectors is not None:
        vectors = whole.vectors
        job = jobs.start_anew(
            _UMAP,
            (exploration.lab.original.digest, whole.backbone),
            "Drawing the UMAP",
            lambda: cluster.steps(lay_out, vectors, "umap", apart=True),
            is_long=True,
        )
        jobs.panel(_UMAP, job, lambda _: (None, "drawing"))
        if job.is_over and job.snapshot is not None:
            return method, job.snapshot
    return "PCA", exploration.pca


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
    about = [
        f"**{escaped(exploration.class_of(position))}**",
        f"{photo.width:,} x {photo.height:,} px",
    ]
    st.caption(" · ".join([*about, f"{part} part"] if part else about))


def _most_alike(
    exploration: ExplorationView, position: int, near: np.ndarray, cosines: np.ndarray
) -> None:
    if not near.size:
        return
    own_class = exploration.class_of(position)
    same = sum(exploration.class_of(other) == own_class for other in near)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**Most similar**: {same} of {near.size} are also {escaped(own_class)}")
        st.button(
            "Select these",
            key="lab_circle_similar",
            help="This photo and the most similar ones, together on the map",
            on_click=circled(exploration.lab).circle,
            args=(exploration.origin[[position, *near]].tolist(),),
        )
    with st.container(horizontal=True, gap="xsmall"):
        for other, cosine in zip(near.tolist(), cosines, strict=True):
            name = exploration.class_of(other)
            with st.container(width=_NEIGHBOUR_PX, gap="xxsmall"):
                st.image(
                    cached.square(exploration.dataset.photos[other].data, 2 * _NEIGHBOUR_PX),
                    width="stretch",
                    alt=f"{exploration.names[other]}, of {name}",
                )
                st.caption(
                    f"{cosine:.2f}" if name == own_class else f"{cosine:.2f} **{escaped(name)}**"
                )
    st.caption("Cosine similarity of the features; 1 means identical features.")
