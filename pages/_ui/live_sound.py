"""A spectrogram that scrolls and bars that move, drawn anew without a flicker."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import streamlit as st

_HTML = """
<div class="live" hidden>
  <img alt="Spectrogram of the last seconds, the newest at the right">
  <div class="bars" role="img"></div>
  <p></p>
</div>
"""
_CSS = """
.live { font: 0.95rem/1.3 var(--st-font); color: var(--st-text-color); }
img { display: block; width: 100%; height: 240px; background: #000;
  border-radius: var(--st-base-radius); }
.bars { display: grid; grid-template-columns: auto 1fr 3.6rem; gap: 0.4rem 0.6rem;
  align-items: center; margin-top: 0.9rem; }
.bars b { font-weight: 400; text-align: right; white-space: nowrap; }
.bars i { height: 1.2rem; width: 100%; transform-origin: left; background: #8a948e;
  transition: transform 0.15s linear; border-radius: 2px; }
.bars i.best { background: var(--st-primary-color); }
.bars span { font-variant-numeric: tabular-nums; }
p { margin: 0.8rem 0 0; font-size: 0.8rem; opacity: 0.75; }
"""

_mount = st.components.v2.component(
    "live_sound",
    html=_HTML,
    css=_CSS,
    js=Path(__file__).with_suffix(".js").read_text("utf-8"),
)


def live_sound(picture: str, *, bars: Sequence[tuple[str, float]], pace: str, key: str) -> None:
    """Draw what was heard last.

    Parameters
    ----------
    picture : data URL of the spectrogram.
    bars : names and scores in 0..1, the largest first.
    pace : how fast it goes, in words.
    """
    _mount(
        key=key,
        data={
            "picture": picture,
            "bars": [[name, round(score, 4)] for name, score in bars],
            "pace": pace,
        },
    )
