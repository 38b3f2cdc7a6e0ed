"""A spectrogram that scrolls and bars that move, drawn anew without a flicker."""

from __future__ import annotations

from collections.abc import Sequence

from pages._ui.components import component

_HTML = """
<div class="live" hidden>
  <div class="picture">
    <img alt="Spectrogram of the last seconds, the newest at the right">
  </div>
  <div class="times"><span></span><span>now</span></div>
  <div class="bars" role="img"></div>
  <p></p>
</div>
"""
_CSS = """
.live { font: 0.95rem/1.3 var(--st-font); color: var(--st-text-color); }
.picture { position: relative; }
.picture small { position: absolute; left: 0.5rem; transform: translateY(-50%);
  font-size: 0.75rem; color: #fff; text-shadow: 0 0 3px #000, 0 0 3px #000; }
.times { display: flex; justify-content: space-between; font-size: 0.8rem; opacity: 0.75; }
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

_mount = component(__file__, html=_HTML, css=_CSS)


def live_sound(
    picture: str,
    *,
    seconds: int,
    ticks: Sequence[tuple[float, str]],
    bars: Sequence[tuple[str, float]],
    pace: str,
    key: str,
) -> None:
    """Draw what was heard last.

    Parameters
    ----------
    picture : data URL of the spectrogram.
    seconds : that it shows.
    ticks : where frequencies lie, as shares of the height from the top, and what to write there.
    bars : names and scores in 0..1, the largest first.
    pace : how fast it goes, in words.
    """
    _mount(
        key=key,
        data={
            "picture": picture,
            "seconds": seconds,
            "ticks": [list(tick) for tick in ticks],
            "bars": [[name, round(score, 4)] for name, score in bars],
            "pace": pace,
        },
    )
