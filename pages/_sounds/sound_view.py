"""A sound on one time axis: its spectrogram, a map over it, scores below; linked to a player."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pages._ui.components import component

_HTML = """
<div class="view" hidden>
  <div class="hz" aria-hidden="true"></div>
  <div class="plot picture"><img class="below" alt=""><img class="above" alt=""></div>
  <div class="names"></div>
  <div class="plot rows"></div>
  <div class="seconds" aria-hidden="true"></div>
  <div class="area" tabindex="0" role="slider"><i></i></div>
  <div class="tip" role="tooltip" hidden></div>
</div>
"""
_CSS = """
.view { position: relative; display: grid; grid-template-columns: clamp(5.2rem, 16%, 9rem) 1fr;
  column-gap: 0.5rem; font: 0.8rem/1.2 var(--st-font); color: var(--st-text-color); }
.view[hidden] { display: none; }
.hz, .names { position: relative; text-align: right; }
.hz { grid-area: 1 / 1; }
.picture { grid-area: 1 / 2; }
.names { grid-area: 2 / 1; }
.rows { grid-area: 2 / 2; }
.seconds { grid-area: 3 / 2; }
.area { grid-area: 1 / 2 / 3 / 3; }
.hz span { position: absolute; right: 0; transform: translateY(-50%); opacity: 0.75; }
.plot { position: relative; overflow: hidden; }
.picture { height: 260px; background: #000; border-radius: var(--st-base-radius); }
.picture img { position: absolute; inset: 0; width: 100%; height: 100%; }
.picture img:not([src]) { display: none; }
.rows, .names { margin-top: 0.4rem; }
.names div, .rows div { height: 1.35rem; line-height: 1.35rem; margin-bottom: 2px;
  white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
.rows div { position: relative; background: var(--st-secondary-background-color); }
.rows i { position: absolute; inset: 0 auto 0 auto; background: var(--st-primary-color); }
.seconds { position: relative; height: 1.4rem; }
.seconds span { position: absolute; top: 0.2rem; transform: translateX(-50%); opacity: 0.75;
  white-space: nowrap; }
.seconds span:first-child { transform: none; }
.seconds span:last-child { transform: translateX(-100%); }
.area { position: relative; z-index: 1; cursor: pointer; }
.area:focus-visible { outline: 2px solid var(--st-primary-color); outline-offset: 2px; }
.area i { position: absolute; inset: 0 auto 0 0; width: 2px; margin-left: -1px;
  background: #e8423f; box-shadow: 0 0 0 1px rgb(255 255 255 / 60%); pointer-events: none; }
.tip { position: absolute; z-index: 2; pointer-events: none; white-space: nowrap;
  padding: 0.15rem 0.5rem; background: var(--st-text-color); color: var(--st-background-color);
  border-radius: var(--st-base-radius); }
"""

_mount = component(__file__, html=_HTML, css=_CSS)


def sound_view(
    picture: str,
    *,
    seconds: float,
    ticks: Sequence[tuple[float, str]],
    above: str = "",
    times: Sequence[float] | np.ndarray = (),
    duration: float = 0.0,
    rows: Sequence[tuple[str, np.ndarray]] = (),
    player: str = "",
    label: str,
    key: str,
) -> None:
    """Draw a sound; a click lets the player go on from there, and a line shows where it is.

    Parameters
    ----------
    picture : data URL of the spectrogram.
    seconds : that the picture is wide.
    ticks : shares of its height from the top, and what to write beside them.
    above : data URL of what is laid over it.
    times : (W,) float, where windows begin in seconds.
    duration : of each window in seconds.
    rows : name and (W,) scores in 0..1 of what was heard in the windows.
    player : key of the container of an `st.audio`.
    label : what it shows, for whoever does not see it.
    """
    middles = np.asarray(times) + duration / 2
    edges = [0.0, *((middles[1:] + middles[:-1]) / 2).tolist(), seconds]
    _mount(
        key=key,
        data={
            "picture": picture,
            "above": above,
            "seconds": round(seconds, 3),
            "ticks": [[round(place, 4), text] for place, text in ticks],
            "times": np.asarray(times).round(3).tolist(),
            "duration": duration,
            "edges": [round(edge, 3) for edge in edges],
            "rows": [[name, np.asarray(scores).round(4).tolist()] for name, scores in rows],
            "player": f".st-key-{player} audio" if player else "",
            "label": label,
        },
    )
