"""What somebody has answered in Label the rest: by example, for the session and its project."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

import streamlit as st

from pages._ui import project

_KEPT = "kept_labels"
_MOST = 5_000  # answers of a session; the oldest ones go

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
    if given == {digest: label for digest, label in known.items() if digest in among}:
        return
    others = [(digest, label) for digest, label in known.items() if digest not in among]
    st.session_state[_KEPT] = dict([*others, *given.items()][-_MOST:])
    project.save_shown(_KEEPER)  # a fragment may run, and not the page, which saves at its end


class _Labels:
    """The answers of a session in its project, among what its pages show."""

    name = _KEPT

    def changes(self) -> Iterator[project.Change]:
        """They are saved as a setting."""
        return iter(())

    def setting(self) -> str | None:
        """All answers as JSON."""
        return json.dumps(dict(answers())) if st.session_state.get(_KEPT) is not None else None

    def start_anew(self) -> None:
        """Settings are saved anew by themselves."""

    def title(self) -> None:
        """The data set has a name."""

    def removed(self, item: project.Item, *, is_back: bool) -> None:
        """They are no item."""


_KEEPER = _Labels()
project.KEEPERS.append(_KEEPER)


def _restore() -> None:
    window = project.to_restore(_KEPT)
    if window is None:
        return
    window.restored.add(_KEPT)
    saved = window.settings.get("shown", {}).get(_KEPT)
    if saved is not None:
        st.session_state[_KEPT] = json.loads(saved)
