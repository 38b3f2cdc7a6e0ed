"""Colours to choose from, each with a word."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from pages._ui.components import call_with_number, component

_HTML = '<div class="swatches" role="group" hidden></div>'
_CSS = """
.swatches { display: flex; flex-wrap: wrap; gap: 0.5rem; font: 0.85rem var(--st-font); }
.swatches[hidden] { display: none; }
.swatches > * { font: inherit; color: var(--st-text-color); text-align: center; padding: 0.3rem;
  background: var(--st-secondary-background-color); border: 1px solid var(--st-border-color);
  border-radius: var(--st-base-radius); }
button { cursor: pointer; }
button:hover, button:focus-visible { border-color: var(--st-primary-color);
  outline: 2px solid var(--st-primary-color); }
i { display: block; width: 3.6rem; height: 2.6rem; margin-bottom: 0.25rem;
  border-radius: calc(var(--st-base-radius) - 0.2rem); }
"""
_mount = component(__file__, html=_HTML, css=_CSS)


def hex_of(rgb: Sequence[int] | np.ndarray) -> str:
    """#rrggbb of three numbers of 0..255."""
    return "#" + "".join(f"{int(value):02x}" for value in rgb)


def swatches(
    colors: Sequence[tuple[np.ndarray, str]],
    *,
    label: str,
    key: str,
    on_choose: Callable[[int], None] | None = None,
) -> None:
    """Draw colours, (3,) uint8, in a row; with `on_choose` they are buttons.

    Parameters
    ----------
    label : what they are, for whoever does not see them.
    on_choose : called with the number of what was chosen, before the page is drawn again.
    """
    _mount(
        key=key,
        data={
            "colors": [[hex_of(rgb), word] for rgb, word in colors],
            "label": label,
            "clickable": on_choose is not None,
        },
        on_chosen_change=lambda: call_with_number(key, "chosen", on_choose),
    )
