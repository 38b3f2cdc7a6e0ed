"""A beam search as a tree that grows to the right, a word at a step."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence

import streamlit as st

from core.vision.captioning import CaptionSearch
from core.vision.captioning.beam_search import Node
from pages._captions.choices import sentence
from pages._ui.components import component

_HTML = """
<div class="search" hidden>
  <div class="bar">
    <button type="button"></button>
    <input type="range" min="1" aria-label="Step">
    <output></output>
  </div>
  <div class="frame" tabindex="0" role="group">
    <div class="tree"><svg aria-hidden="true"></svg></div>
  </div>
  <div class="legend" aria-hidden="true">
    <span class="best">best caption</span><span class="kept">in the beam</span>
    <span class="pruned">pruned</span><span><i class="stop"></i> end of a caption</span>
  </div>
  <div class="tip" role="tooltip" hidden></div>
</div>
"""
_CSS = """
.search { position: relative; font: 0.85rem/1.2 var(--st-font); color: var(--st-text-color);
  --grey: color-mix(in srgb, var(--st-text-color) 48%, var(--st-background-color)); }
.search[hidden] { display: none; }
.bar { display: flex; align-items: center; gap: 0.8rem; margin-bottom: 0.6rem; }
.bar button { width: 2.4rem; height: 2.1rem; cursor: pointer; font-size: 0.9rem;
  color: var(--st-background-color); background: var(--st-primary-color); border: 0;
  border-radius: var(--st-base-radius); }
.bar button:focus-visible, .frame:focus-visible { outline: 2px solid var(--st-primary-color);
  outline-offset: 2px; }
.bar input { flex: 1; max-width: 22rem; accent-color: var(--st-primary-color); }
.bar output { white-space: nowrap; }
.frame { overflow: auto; max-height: 34rem; border: 1px solid var(--st-border-color);
  border-radius: var(--st-base-radius); background: var(--st-secondary-background-color); }
.tree { position: relative; }
.tree svg { position: absolute; inset: 0; width: 100%; height: 100%; pointer-events: none; }
.tree path { fill: none; stroke: var(--st-text-color); stroke-opacity: 0.55; stroke-width: 1.3; }
.tree path.pruned { stroke: var(--grey); stroke-opacity: 0.4; stroke-width: 1; }
.tree path.best { stroke: var(--st-primary-color); stroke-opacity: 1; stroke-width: 2.5; }
.tree span { position: absolute; box-sizing: border-box; padding: 0 0.3rem; height: 20px;
  line-height: 20px; overflow: hidden; text-overflow: ellipsis; white-space: nowrap;
  border-radius: 4px; cursor: default; }
.tree span.pruned { color: var(--grey); }
.tree span.best { color: #fff; background: #2f7d4f; font-weight: 600; }
.tree span:hover { outline: 2px solid var(--st-primary-color); }
.stop { display: inline-block; width: 0.55rem; height: 0.55rem; border-radius: 2px;
  background: currentColor; vertical-align: baseline; }
.later { display: none; }
.legend { display: flex; flex-wrap: wrap; gap: 0.4rem 1.2rem; margin-top: 0.5rem;
  font-size: 0.8rem; }
.legend .best { color: #fff; background: #2f7d4f; border-radius: 4px; padding: 0 0.3rem; }
.legend .pruned { color: var(--grey); }
.tip { position: absolute; z-index: 2; pointer-events: none; max-width: 20rem;
  padding: 0.25rem 0.55rem; background: var(--st-text-color); color: var(--st-background-color);
  border-radius: var(--st-base-radius); }
"""

_mount = component(__file__, html=_HTML, css=_CSS)


def search_tree(search: CaptionSearch, width: int) -> None:
    """All words that were weighed, those that went on, and the way to the best caption."""
    best = search.captions[0]
    st.caption(
        f"Each column is one more word. The best {width} candidates are kept; runners-up and "
        "branches that were dropped later are grey. Point at a word for its probability; "
        "press ▶ to watch the tree grow."
        if width > 1
        else (
            "Greedy decoding: only the most probable word is kept at each step; the runner-up "
            "is grey. Point at a word for its probability; press ▶ to watch it grow."
        )
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


def beam_tree(
    nodes: Sequence[Node], words: Sequence[str], best: Collection[int], *, label: str, key: str
) -> None:
    """Draw a search, with a slider and a button that go through it step by step.

    Parameters
    ----------
    nodes : every word that was weighed, each after its parent.
    words : of each node, empty for the end.
    best : places of the nodes of the best hypothesis.
    label : what it shows, for whoever does not see it.
    """
    _mount(
        key=key,
        data={
            "nodes": [
                [
                    node.parent,
                    word,
                    round(math.exp(node.log_probability), 5),
                    round(node.total, 3),
                    node.fate,
                ]
                for node, word in zip(nodes, words, strict=True)
            ],
            "best": sorted(best),
            "label": label,
        },
    )
