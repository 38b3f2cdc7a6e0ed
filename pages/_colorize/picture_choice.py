"""Pictures to choose one from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple

import numpy as np

from core.media import encode_jpeg
from pages._ui import pictures
from pages._ui.components import call_with_number, component

_HTML = '<div class="choice" role="group" hidden></div>'
_CSS = """
.choice { display: grid; gap: 0.6rem; font: 0.85rem var(--st-font); color: var(--st-text-color);
  grid-template-columns: repeat(var(--columns), minmax(0, 1fr)); padding: 4px; }
.choice[hidden] { display: none; }
.choice.large { gap: 1.2rem; }
@media (max-width: 640px) { .choice.large { grid-template-columns: minmax(0, 1fr); } }
button { font: inherit; color: inherit; background: none; border: 0; padding: 0; cursor: pointer;
  display: flex; flex-direction: column; align-items: center; gap: 0.3rem; min-width: 0; }
button:disabled { cursor: default; }
.view { position: relative; display: block; max-width: 100%; line-height: 0; }
img { max-width: 100%; border-radius: var(--st-base-radius); outline: 3px solid transparent;
  outline-offset: 1px; }
.large img { max-height: 68vh; min-height: 8rem; object-fit: contain; }
.choice:not(.large) img { width: 100%; }
button:not(:disabled):hover img, button:focus-visible img { outline-color: var(--st-primary-color);
  cursor: pointer; }
button:focus-visible { outline: none; }
.right img, .chosen img { outline-color: #2f9d5f; outline-width: 4px; }
.wrong img { outline-color: #d9762b; outline-width: 4px; }
.large .word { font-size: 1.25rem; font-weight: 600; }
.letter { position: absolute; top: 0.6rem; left: 0.6rem; padding: 0.5rem 0.9rem; line-height: 1;
  font-size: 1.5rem; font-weight: 700; color: #fff; background: #000a; border-radius: 0.5rem; }
"""
_mount = component(__file__, html=_HTML, css=_CSS)


class Choice(NamedTuple):
    """A picture, (H, W, 3) uint8, what stands below it, on it, and how it is framed."""

    picture: np.ndarray
    word: str
    letter: str = ""
    mark: Literal["", "chosen", "right", "wrong"] = ""


def picture_choice(
    choices: Sequence[Choice],
    *,
    columns: int,
    label: str,
    key: str,
    on_choose: Callable[[int], None] | None = None,
    large: bool = False,
) -> None:
    """Draw pictures as buttons; without `on_choose` they only lie there.

    Parameters
    ----------
    label : what they are, for whoever does not see them.
    on_choose : called with the number of what was chosen, before the page is drawn again.
    large : as high as a window allows, and below each other in a narrow one.
    """
    _mount(
        key=key,
        data={
            "choices": [
                [
                    pictures.data_url(encode_jpeg(choice.picture)),
                    choice.word,
                    choice.letter,
                    choice.mark,
                ]
                for choice in choices
            ],
            "columns": columns,
            "label": label,
            "large": large,
            "clickable": on_choose is not None,
        },
        on_chosen_change=lambda: call_with_number(key, "chosen", on_choose),
    )
