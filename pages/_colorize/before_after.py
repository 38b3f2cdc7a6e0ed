"""Two pictures in one frame with a handle between them: left of it the one, right the other."""

from __future__ import annotations

import numpy as np

from core.media import encode_jpeg
from pages._ui import pictures
from pages._ui.components import component

_HTML = """
<figure class="compare" hidden>
  <img class="right" alt=""><img class="left" alt="">
  <input type="range" min="0" max="100" step="0.5" value="50">
  <i class="line" aria-hidden="true"><b>&#8249;&#8250;</b></i>
  <span class="name of-left" aria-hidden="true"></span>
  <span class="name of-right" aria-hidden="true"></span>
</figure>
"""
_CSS = """
.compare { position: relative; margin: 0 auto; overflow: hidden; font: 0.8rem var(--st-font);
  border-radius: var(--st-base-radius); aspect-ratio: var(--ratio); --at: 50%;
  width: min(100%, 70vh * var(--ratio)); user-select: none; }
.compare[hidden] { display: none; }
img { position: absolute; inset: 0; width: 100%; height: 100%; pointer-events: none; }
.left { clip-path: inset(0 calc(100% - var(--at)) 0 0); }
input { position: absolute; inset: 0; width: 100%; height: 100%; margin: 0; opacity: 0;
  cursor: ew-resize; touch-action: pan-y; appearance: none; -webkit-appearance: none; }
input::-webkit-slider-thumb { -webkit-appearance: none; width: 1px; height: 100vh; }
input::-moz-range-thumb { width: 1px; height: 100%; border: 0; }
.line { position: absolute; top: 0; bottom: 0; left: var(--at); width: 2px; margin-left: -1px;
  background: #fff; box-shadow: 0 0 4px #0009; pointer-events: none; }
.line b { position: absolute; top: 50%; left: 50%; transform: translate(-50%, -50%); width: 2.4rem;
  height: 2.4rem; border-radius: 50%; background: #fff; color: #1f2a24; letter-spacing: 0.25rem;
  font: 700 1.5rem/2.1rem var(--st-font); text-align: center; text-indent: 0.2rem;
  box-shadow: 0 1px 5px #0007; }
input:focus-visible ~ .line b { outline: 3px solid var(--st-primary-color); outline-offset: 2px; }
.name { position: absolute; top: 0.6rem; padding: 0.15rem 0.6rem; border-radius: 1rem;
  color: #fff; background: #000a; pointer-events: none; }
.of-left { left: 0.6rem; } .of-right { right: 0.6rem; }
"""
_mount = component(__file__, html=_HTML, css=_CSS)


def before_after(
    left: np.ndarray, right: np.ndarray, names: tuple[str, str], *, label: str, key: str
) -> None:
    """Draw two pictures of one size, (H, W, 3) uint8; the handle stays where it is left.

    Parameters
    ----------
    names : of both, in a word.
    label : what is compared, for whoever does not see it.
    """
    _mount(
        key=key,
        data={
            "left": pictures.data_url(encode_jpeg(left)),
            "right": pictures.data_url(encode_jpeg(right)),
            "ratio": left.shape[1] / left.shape[0],
            "names": list(names),
            "label": label,
        },
    )
