"""Buttons that say what an example is, each with a key; others skip and undo."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from pages._ui.components import component

SKIP, UNDO = -1, -2
_HTML = """
<div class="keys" hidden>
  <div class="classes" role="group"></div>
  <div class="others">
    <button class="skip" type="button">Skip <kbd></kbd></button>
    <button class="undo" type="button">Undo <kbd>Backspace</kbd></button>
    <span class="hint"></span>
  </div>
</div>
"""
_CSS = """
[hidden] { display: none !important; }
.keys { font: 1rem/1.3 var(--st-font); color: var(--st-text-color); }
.classes { display: grid; gap: 0.5rem;
  grid-template-columns: repeat(auto-fill, minmax(7rem, 1fr));
  max-height: 22rem; overflow: auto; padding: 3px; }
.others { display: flex; flex-wrap: wrap; gap: 0.5rem; align-items: center; margin-top: 0.5rem;
  padding: 3px; }
button { font: inherit; color: inherit; cursor: pointer; text-align: left; min-height: 2.75rem;
  padding: 0.4rem 0.7rem; background: var(--st-background-color); overflow-wrap: anywhere;
  border: 1px solid var(--st-border-color); border-radius: var(--st-button-radius); }
.classes button { display: flex; gap: 0.6rem; align-items: center; }
button:not(:disabled):hover { border-color: var(--st-primary-color); }
button.pressed { background: color-mix(in srgb, var(--st-primary-color) 25%,
  var(--st-background-color)); border-color: var(--st-primary-color); }
button:disabled { opacity: 0.45; cursor: default; }
button:focus-visible { outline: 3px solid var(--st-primary-color); outline-offset: 1px; }
kbd { font: 0.8rem/1.2 var(--st-code-font, monospace); min-width: 1.2em; text-align: center;
  padding: 0.1rem 0.35rem; border: 1px solid var(--st-border-color); border-radius: 4px;
  background: var(--st-secondary-background-color); flex: none; }
.hint { font-size: 0.8rem; opacity: 0.8; }
@media (hover: none) { kbd, .hint { display: none; } }
"""
_mount = component(__file__, html=_HTML, css=_CSS)


def label_keys(
    classes: Sequence[str],
    asked: int,
    *,
    key: str,
    may_undo: bool,
    on_answer: Callable[[int, int], None],
) -> None:
    """Draw the buttons and listen to the keys, wherever on the page the focus is but in a field.

    Parameters
    ----------
    asked : tells the example from others: what was pressed before it was drawn is not about it.
    on_answer : called with `asked` and a class, `SKIP` or `UNDO`, before the page is drawn again.
    """

    def receive() -> None:
        answer = st.session_state[key].answer
        if isinstance(answer, dict):
            about, choice = answer.get("asked"), answer.get("choice")
            if isinstance(about, int) and isinstance(choice, int):
                on_answer(about, choice)

    keys = _keys(classes)
    skip = [one for one in ("0", " ") if one not in keys]
    _mount(
        key=key,
        data={
            "classes": list(classes),
            "keys": keys,
            "skip": skip,
            "asked": asked,
            "mayUndo": may_undo,
            "hint": "0 or space to skip" if len(skip) > 1 else "",
        },
        on_answer_change=receive,
    )


def _keys(classes: Sequence[str]) -> list[str]:
    """The key of each class: 1 to 9 in their order, but digits have their own."""
    if all(len(name) == 1 and name in "0123456789" for name in classes):
        return list(classes)
    return [str(number) if number <= 9 else "" for number in range(1, len(classes) + 1)]
