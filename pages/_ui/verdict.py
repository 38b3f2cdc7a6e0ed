"""For or against, as one large word, its probability, and its place between both ends."""

from __future__ import annotations

from pages._ui.components import component
from pages._ui.numbers import percent

_HTML = """
<div class="verdict" hidden>
  <div class="says"><b class="was"></b><span class="arrow">&rarr;</span>
    <b class="word"></b><span class="sure"></span></div>
  <div class="scale" role="img">
    <i class="before"></i><i class="move"></i><i class="now"></i>
  </div>
  <div class="ends"><span>negative</span><span>undecided</span><span>positive</span></div>
</div>
"""
_CSS = """
.verdict { font: 1rem/1.3 var(--st-font); color: var(--st-text-color);
  --for: color-mix(in srgb, #2f9d5f 82%, var(--st-text-color));
  --against: color-mix(in srgb, #d9762b 85%, var(--st-text-color)); }
.says { display: flex; flex-wrap: wrap; align-items: baseline; gap: 0.2rem 0.9rem; }
.word { font-size: 2.6rem; line-height: 1.1; letter-spacing: -0.01em; }
.was, .arrow { font-size: 1.5rem; opacity: 0.75; }
.sure { font-size: 1.05rem; }
.scale { position: relative; height: 0.7rem; margin: 0.9rem 0.5rem 0.35rem; border-radius: 0.35rem;
  background: linear-gradient(90deg, #d9822b, #d9822b33 50%, #2f7d4f33 50%, #2f7d4f); }
.scale i { position: absolute; top: 50%; transform: translate(-50%, -50%); border-radius: 50%; }
.now { width: 1.25rem; height: 1.25rem; border: 3px solid var(--st-background-color);
  background: var(--st-text-color); box-shadow: 0 0 0 1.5px var(--st-text-color);
  transition: left 0.35s; }
.before { width: 0.8rem; height: 0.8rem; border: 2px solid var(--st-text-color);
  background: var(--st-background-color); }
.scale .move { height: 3px; transform: translate(0, -50%); border-radius: 0;
  background: var(--st-text-color); }
.ends { display: flex; justify-content: space-between; font-size: 0.8rem; opacity: 0.7; }
[hidden] { display: none !important; }
"""
_mount = component(__file__, html=_HTML, css=_CSS)


def word(probability: float) -> str:
    """For or against; of an even chance neither."""
    if probability == 0.5:
        return "Undecided"
    return "Positive" if probability > 0.5 else "Negative"


def sure(probability: float) -> str:
    """How probable the decision is, as a share in per cent; never rounded to certainty."""
    decided = max(probability, 1 - probability)
    return percent(decided)


def verdict(
    probability: float, *, key: str, before: float | None = None, undecided: str | None = None
) -> None:
    """Draw what a model says of a review.

    Parameters
    ----------
    probability : float in [0, 1], of a positive review.
    before : the same before something was changed, to be shown beside it.
    undecided : why there is no verdict, if there is none.
    """
    _mount(
        key=key,
        data={
            "probability": round(probability, 5),
            "word": word(probability),
            "sure": undecided or f"probability {sure(probability)}",
            "before": None if before is None else round(before, 5),
            "was": "" if before is None else f"{word(before)} {sure(before)}",
        },
    )
