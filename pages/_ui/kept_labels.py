"""What somebody has answered in Label the rest: by example, for the session and its project."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial

import streamlit as st

from core.projects import Item, Project
from pages._ui import project
from pages._ui.project import Change

_KEPT, _SAVED = "kept_labels", "kept_labels_saved"
_ABOUT = "answers"
_MOST = 5_000  # answers; the oldest ones go

Answers = Mapping[str, str | None]
"""By the digest of an example the name of its class; None for one that was skipped."""


def answers() -> Answers:
    """Those of this session or its project, in the order in which they came."""
    _restore()
    known: Answers = st.session_state.get(_KEPT, {})
    return known


def keep(given: Answers, among: set[str]) -> None:
    """Keep the answers about a pool of examples as they are now.

    Parameters
    ----------
    among : digests of the pool, of which the others have no answer any more.
    """
    known = answers()
    others = [(digest, label) for digest, label in known.items() if digest not in among]
    now = dict([*others, *given.items()][-_MOST:])
    if now != known:
        st.session_state[_KEPT] = now
        project.save()  # a fragment may run, and not the page, which saves at its end


class _Labels:
    """The answers of a session in its project, one item for all that anybody has given."""

    name = _KEPT

    def changes(self) -> Iterator[Change]:
        """What was answered or taken back here since."""
        now: Answers = st.session_state.get(_KEPT, {})
        saved: dict[str, str | None] = st.session_state.setdefault(_SAVED, {})
        if now != saved:
            save = partial(_save, now, saved)
            yield Change(("labels", tuple(now.items())), save, is_large=False)

    def setting(self) -> None:
        """Which pool is on show, the address says as far as it can."""

    def start_anew(self) -> None:
        """Another project has none of them yet."""
        st.session_state.pop(_SAVED, None)

    def title(self) -> None:
        """The data set has a name."""

    def removed(self, item: Item, *, is_back: bool) -> None:
        """What is known to have been saved is not saved again."""


project.KEEPERS.append(_Labels())


def _save(now: Answers, saved: dict[str, str | None], into: Project) -> None:
    """Put in what is new and take out what was taken back; what others have answered stays."""
    item = next(iter(into.items("labels")), None)
    there: dict[str, str | None] = {} if item is None else dict(item.about[_ABOUT])
    for digest in saved.keys() - now.keys():
        there.pop(digest, None)
    about = {_ABOUT: dict([*{**there, **now}.items()][-_MOST:])}
    if item is None:
        into.add("labels", "Labels", about)
    else:
        into.change(item, about=about)
    saved.clear()
    saved.update(now)


def _restore() -> None:
    window = project.to_restore(_KEPT)
    if window is None or window.project is None:
        return
    window.restored.add(_KEPT)
    for item in window.project.items("labels"):
        st.session_state[_KEPT] = dict(item.about[_ABOUT])
        st.session_state[_SAVED] = dict(item.about[_ABOUT])
