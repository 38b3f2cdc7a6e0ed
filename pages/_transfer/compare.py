"""Two classifiers of a race: which photos does only one of them get right, and is that chance?"""

from __future__ import annotations

import streamlit as st

from core.learning.comparison import Comparison, compare
from core.wording import counted
from pages._transfer import data, lanes
from pages._transfer.photo_grid import photo_grid
from pages._transfer.state import Lab
from pages._ui import links, widgets
from pages._ui.numbers import percent

_LIKELY = 0.05  # up to which a difference is hardly chance


def room() -> None:
    """Two classifiers that were trained in this session, on the same test photos."""
    lab = data.ensure_lab()
    ready = lab.ready()
    if len(ready) < 2:
        lanes.invite("Train with two strategies or more to compare their classifiers here.")
        return
    chosen = _choose(lab)
    one, other = (ready[number] for number in chosen)
    titles = [lanes.title(lane.settings) for lane in (one, other)]
    if one is other:
        st.info("Choose two different classifiers.", icon=":material/compare:")
        return
    first, second = one.evaluation, other.evaluation
    compared = compare(first.labels, first.predictions, second.predictions)
    st.markdown(f"##### {_finding(compared, titles)}")
    st.caption(_chance(compared, len(first.labels)))
    parts = {
        "first": ("Only the first is right", compared.only_first),
        "second": ("Only the second is right", compared.only_second),
        "neither": ("Both are wrong", compared.neither),
        "both": ("Both are right", compared.both),
    }
    first_shown = next(name for name, (_, rows) in parts.items() if len(rows))
    links.follow("compare_part", first_shown, tuple(titles))
    part = widgets.choice(
        "Photos",
        {name: f"{title}: {len(rows):,}" for name, (title, rows) in parts.items()},
        key="compare_part",
        default=first_shown,
        hidden=True,
    )
    _, rows = parts[part]
    if not len(rows):
        st.caption("No photos.")
    photo_grid(lab, (one, other), rows, key=f"compare_{part}")


def _choose(lab: Lab) -> list[int]:
    """Numbers of two classifiers; the first and the last of the race to begin with."""
    names = lanes.titles(lab)
    widgets_of = {
        "compare_first": ("First classifier", 0),
        "compare_second": ("Second classifier", len(names) - 1),
    }
    numbers: list[int] = []
    for column, (key, (label, default)) in zip(st.columns(2), widgets_of.items(), strict=True):
        links.follow(key, default, tuple(names))
        number = column.selectbox(
            label,
            range(len(names)),
            default,
            format_func=names.__getitem__,
            key=key,
            bind="query-params",
            persist_state="session",
        )
        numbers.append(number)
    return numbers


def _finding(compared: Comparison, titles: list[str]) -> str:
    ones, others = len(compared.only_first), len(compared.only_second)
    if not ones and not others:
        return "They are right and wrong on the same photos."
    better, more, less = (titles[0], ones, others) if ones >= others else (titles[1], others, ones)
    if ones == others:
        return f"Each is right on {counted(ones, 'photo')} that the other gets wrong."
    return (
        f"{better}: right on {counted(more, 'photo')} that the other gets wrong, against {less:,}."
    )


def _chance(compared: Comparison, tested: int) -> str:
    if not len(compared.only_first) and not len(compared.only_second):
        return f"On {counted(tested, 'test photo')}, which is too few to tell them apart."
    low, high = (100 * bound for bound in compared.interval)
    verdict = (
        "which is hardly chance"
        if compared.p_value <= _LIKELY
        else "so that chance alone may be why they differ"
    )
    return (
        f"Accuracy: {100 * compared.difference:+.1f} points (95% interval {low:+.1f} to "
        f"{high:+.1f}) on {counted(tested, 'test photo')}. Two equally good classifiers would "
        f"differ at least as much in {percent(compared.p_value)} of such tests (McNemar's exact "
        f"test), {verdict}."
    )
