"""Labels that a visitor puts right: noted, taken back, and trained with."""

from __future__ import annotations

import io
from collections.abc import Callable, Collection, Iterable
from typing import Any

import numpy as np
import streamlit as st

from core.learning.corrected_files import changes_csv, write_corrected
from core.wording import counted, escaped
from pages._ui.workspace import LEFT_OUT, Workspace

LEAVE_OUT = "Exclude"
TAKE_BACK = "Undo correction"
_LISTED = 50
Work = Workspace[Any]


def choices(work: Work, position: int) -> list[str]:
    """What can be done to the example at a position in `work.trained_on`."""
    label = work.trained_on.members[position].label
    return _choices(work, int(work.origin[position]), work.trained_on.classes[label])


def _choices(work: Work, original: int, label: str, suggested: str | None = None) -> list[str]:
    names = [name for name in work.original.classes if name not in (label, suggested)]
    first = [] if suggested in (None, label) else [suggested]
    back = [TAKE_BACK] if original in work.corrections else []
    return [*first, *names, LEAVE_OUT, *back]


def correct(work: Work, position: int, choice: str) -> None:
    """Note one of `choices` for an example that was tested."""
    original = int(work.origin[position])
    correct_original(work, original, choice)
    if original in work.corrections:
        work.tested.add(original)


def correct_original(work: Work, original: int, choice: str) -> None:
    """Note the name of a class, `LEAVE_OUT` or `TAKE_BACK` for an example of `work.original`."""
    was = work.original.classes[work.original.members[original].label]
    if choice in (TAKE_BACK, was):
        take_back(work, original)
        return
    work.corrections[original] = LEFT_OUT if choice == LEAVE_OUT else choice


def correct_all(
    work: Work, originals: Iterable[int], name: str | None, seen: Collection[int] = ()
) -> None:
    """Note the class `name`, or `LEFT_OUT`, for many examples at once; a callback.

    Parameters
    ----------
    originals : positions in `work.original`.
    seen : those of them whose test result was on show; see `Workspace.tested`.
    """
    for original in originals:
        if work.original.classes[work.original.members[original].label] == name:
            take_back(work, original)
            continue
        work.corrections[original] = name
        if original in seen:
            work.tested.add(original)


def take_back(work: Work, original: int | None = None) -> None:
    """Forget the correction of a position in `work.original`, or all."""
    gone = list(work.corrections) if original is None else [original]
    for position in gone:
        work.corrections.pop(position, None)
        work.tested.discard(position)


def note(work: Work, original: int) -> str:
    """What is noted for an example of `work.original`, in a few words; nothing if it is as it
    came."""
    if original not in work.corrections:
        return ""
    name = work.corrections[original]
    return "excluded" if name is LEFT_OUT else f"is {name}"


def badge(work: Work, position: int) -> None:
    """Show what is noted for an example that was tested."""
    badge_of_original(work, int(work.origin[position]))


def badge_of_original(work: Work, original: int) -> None:
    """Show what is noted for an example of `work.original`."""
    if noted := note(work, original):
        st.badge(escaped(noted), icon=":material/edit:", color="orange")


def menu(work: Work, position: int, key: str, noun: str) -> None:
    """A button that opens on `choices`."""
    _menu(choices(work, position), key, noun, follow, (work, position, key))


def follow(work: Work, position: int, key: str) -> None:
    """Note what was chosen in the widget `key`; a callback."""
    choice = st.session_state[key]
    if choice is not None:
        correct(work, position, choice)


def menu_of_original(
    work: Work, original: int, key: str, noun: str, suggested: str | None = None
) -> None:
    """As `menu`, for any example of `work.original`.

    Parameters
    ----------
    suggested : the class that comes first.
    """
    member = work.original.members[original]
    label = work.corrections.get(original) or work.original.classes[member.label]
    options = _choices(work, original, label, suggested)
    _menu(options, key, noun, _follow_original, (work, original, key))


def _follow_original(work: Work, original: int, key: str) -> None:
    choice = st.session_state[key]
    if choice is not None:
        correct_original(work, original, choice)


def _menu(
    options: list[str],
    key: str,
    noun: str,
    on_click: Callable[[Work, int, str], None],
    about: tuple[Work, int, str],
) -> None:
    st.menu_button(
        "Correct",
        options,
        help=f"Correct the label, or exclude the {noun}",
        format_func=escaped,
        key=key,
        on_click=on_click,
        args=about,
    )


def panel(work: Work, noun: str, train_again: Callable[[], None]) -> None:
    """How many corrections there are, what they do to the figures, and a way to use them.

    Parameters
    ----------
    noun : what an example is.
    train_again : a callback: train as before, on the data set as it is corrected now.
    """
    count, pending = len(work.corrections), _pending(work)
    if not count and not pending:
        st.caption(
            f"Found a wrong label? Correct it below the {noun}, or exclude the {noun}; then "
            "train again."
        )
        return
    plural = counted(count, "correction")
    with st.container(horizontal=True, vertical_alignment="center", border=True):
        if pending:
            st.button(
                f"Train again {f'with {plural}' if count else 'without corrections'}",
                type="primary",
                icon=":material/replay:",
                key="train_again",
                on_click=train_again,
            )
        if count:
            with st.popover(plural, icon=":material/edit_note:"):
                _list(work)
        if tested := len(work.tested & work.corrections.keys()):  # some may be taken back since
            what = f"concerns a test {noun}" if tested == 1 else f"concern test {noun}s"
            st.caption(
                f"{tested} of {plural} {what}, found by reviewing mistakes. "
                "Wrong labels "
                "that the classifier agrees with were not reviewed, so the accuracy after "
                "retraining is slightly optimistic.",
                width="stretch",
            )


def corrected_files(work: Work, file_name: str, suffix: str = "") -> None:
    """Buttons for the data set with its corrections, and for the list of these, if there are any.

    Parameters
    ----------
    file_name : without its ending.
    suffix : see `core.learning.corrected_files.write_corrected`.
    """
    if not work.corrections:
        return
    known = dict(work.corrections)

    def archive() -> bytes:
        buffer = io.BytesIO()
        write_corrected(buffer, work.original, known, suffix=suffix)
        return buffer.getvalue()

    st.download_button(
        "Corrected set (ZIP)",
        archive,
        f"{file_name}-corrected.zip",
        "application/zip",
        icon=":material/download:",
        on_click="ignore",
        help="In the folders that it came in, with a list of what has changed.",
    )
    st.download_button(
        f"{counted(len(known), 'correction')} (CSV)",
        lambda: changes_csv(work.original, known),
        f"{file_name}-changes.csv",
        "text/csv",
        icon=":material/download:",
        on_click="ignore",
    )


def _list(work: Work) -> None:
    for original, name in list(work.corrections.items())[:_LISTED]:
        example = work.original.members[original]
        was, now = work.original.classes[example.label], "excluded" if name is LEFT_OUT else name
        row = st.container(horizontal=True, vertical_alignment="center")
        row.markdown(f"{escaped(example.name)}: {escaped(was)} → **{escaped(now)}**")
        row.button(
            "",
            icon=":material/undo:",
            help="Undo",
            key=f"take_back_{original}",
            on_click=take_back,
            args=(work, original),
        )
    if len(work.corrections) > _LISTED:
        st.caption(f"and {len(work.corrections) - _LISTED} more")
    st.button("Undo all", key="take_all_back", on_click=take_back, args=(work,))


def _pending(work: Work) -> bool:
    """Whether what was trained on is something else than the data set with all corrections."""
    if work.training_set is None:
        return True
    corrected = work.corrected()
    return not (
        np.array_equal(corrected.origin, work.origin)
        and np.array_equal(corrected.dataset.labels, work.trained_on.labels)
    )
