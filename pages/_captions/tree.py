"""The beam search of a caption as a tree."""

from __future__ import annotations

import streamlit as st

from core.vision.captioning import CaptionSearch
from pages._captions.beam_tree import beam_tree
from pages._captions.choices import sentence


def show(search: CaptionSearch, width: int) -> None:
    """All words that were weighed, those that went on, and the way to the best caption."""
    best = search.captions[0]
    st.caption(
        f"Each column is a word further. Of all candidates the best {width} go on, and as many "
        "that came close are shown in grey, as is what later led nowhere. Point at a word for its "
        "probability; press ▶ to watch the tree grow."
        if width > 1
        else "Greedy decoding: the most probable word goes on each time, the runner-up, in grey, "
        "does not. Point at a word for its probability; press ▶ to watch it grow."
    )
    beam_tree(
        search.nodes,
        search.words,
        best_path(search),
        label=f"Beam search of width {width}; it ends in: {sentence(best)}",
        key="beam_tree",
    )


def best_path(search: CaptionSearch) -> tuple[int, ...]:
    """Places among the nodes of the best caption's words."""
    places = {(node.parent, search.words[i]): i for i, node in enumerate(search.nodes)}
    path = [-1]
    for step in search.captions[0].steps:
        path.append(places[path[-1], step.word])
    return tuple(path[1:])
