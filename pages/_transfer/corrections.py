"""Labels that a visitor puts right: noted, taken back, and trained with."""

from __future__ import annotations

import numpy as np
import streamlit as st

from pages._transfer.state import LEFT_OUT, Lab

LEAVE_OUT = "Leave it out"
TAKE_BACK = "Take the correction back"
_LISTED = 50


def choices(lab: Lab, position: int) -> list[str]:
    """What can be done to the photo at a position in `lab.trained_on`."""
    label = lab.trained_on.photos[position].label
    others = [name for i, name in enumerate(lab.trained_on.classes) if i != label]
    back = [TAKE_BACK] if int(lab.origin[position]) in lab.corrections else []
    return [*others, LEAVE_OUT, *back]


def correct(lab: Lab, position: int, choice: str) -> None:
    """Note one of `choices` for a photo that was tested."""
    given = int(lab.origin[position])
    was = lab.given.classes[lab.given.photos[given].label]
    if choice in (TAKE_BACK, was):
        take_back(lab, given)
        return
    lab.corrections[given] = LEFT_OUT if choice == LEAVE_OUT else choice
    _tested(lab).add(given)


def take_back(lab: Lab, given: int | None = None) -> None:
    """Forget the correction of a position in `lab.given`, or all."""
    gone = list(lab.corrections) if given is None else [given]
    for one in gone:
        lab.corrections.pop(one, None)
        _tested(lab).discard(one)


def note(lab: Lab, position: int) -> str:
    """What is noted for a photo, in a few words; nothing if it is as it came."""
    given = int(lab.origin[position])
    if given not in lab.corrections:
        return ""
    name = lab.corrections[given]
    return "left out" if name is LEFT_OUT else f"is {name}"


def panel(lab: Lab) -> None:
    """How many corrections there are, what they do to the figures, and a way to use them."""
    count, pending = len(lab.corrections), _pending(lab)
    if not count and not pending:
        st.caption(
            "A wrong label among them? Correct it under its photo, or leave the photo out; then "
            "train again."
        )
        return
    noun = "correction" if count == 1 else "corrections"
    with st.container(horizontal=True, vertical_alignment="center", border=True):
        if pending:
            st.button(
                f"Train again {f'with {count}' if count else 'without'} {noun}",
                type="primary",
                icon=":material/replay:",
                key="train_again",
                on_click=_train_again,
            )
        if count:
            with st.popover(f"{count} {noun}", icon=":material/edit_note:"):
                _list(lab)
        if tested := len(_tested(lab)):
            what = "concerns a test photo" if tested == 1 else "concern test photos"
            st.caption(
                f"{tested} of {count} {noun} {what}, found by looking at mistakes. Wrong labels "
                "that the classifier agrees with went unseen, so the accuracy after training "
                "again will be a little flattered.",
                width="stretch",
            )


def _list(lab: Lab) -> None:
    for given, name in list(lab.corrections.items())[:_LISTED]:
        photo = lab.given.photos[given]
        now = "left out" if name is LEFT_OUT else name
        row = st.container(horizontal=True, vertical_alignment="center")
        row.markdown(f"{photo.name}: {lab.given.classes[photo.label]} → **{now}**")
        row.button(
            "",
            icon=":material/undo:",
            help="Take it back",
            key=f"take_back_{given}",
            on_click=take_back,
            args=(lab, given),
        )
    if len(lab.corrections) > _LISTED:
        st.caption(f"and {len(lab.corrections) - _LISTED} more")
    st.button("Take all back", key="take_all_back", on_click=take_back, args=(lab,))


def _pending(lab: Lab) -> bool:
    """Whether the trainings were on something else than the data set with all corrections."""
    dataset, origin = lab.corrected()
    return not (
        np.array_equal(origin, lab.origin) and np.array_equal(dataset.labels, lab.trained_on.labels)
    )


def _train_again() -> None:
    from pages._transfer import train

    train.run_again()


def _tested(lab: Lab) -> set[int]:
    """Positions in `lab.given` of corrections that were made after seeing a test result."""
    kept = st.session_state.get("tested_corrections")
    if kept is None or kept[0] is not lab:
        kept = st.session_state["tested_corrections"] = (lab, set())
    kept[1].intersection_update(lab.corrections)  # another room may have taken some back
    return kept[1]
