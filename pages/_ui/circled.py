"""Examples that are selected together on a map: what they are, and what is done to all of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st

from core.wording import counted, escaped
from pages._ui import corrections
from pages._ui.workspace import LEFT_OUT, Workspace

_CLASSES = 8  # that are named


@dataclass(frozen=True)
class Circled:
    """What is selected together of a workspace.

    Attributes
    ----------
    prefix : of the keys of widgets and of the session's state.
    noun : what an example is.
    """

    work: Workspace[Any]
    prefix: str
    noun: str

    @property
    def members(self) -> np.ndarray:
        """(n,) int64, positions in the data set as it came in, ascending."""
        if st.session_state.get(f"{self.prefix}circled_of") is not self.work:
            self.circle([])
        return np.asarray(st.session_state[f"{self.prefix}circled"], np.int64)

    def circle(self, positions: list[int]) -> None:
        """Select examples together, in place of others; a callback."""
        most = len(self.work.original.members)
        kept = tuple(one for one in positions if 0 <= one < most)
        st.session_state[f"{self.prefix}circled"] = kept
        st.session_state[f"{self.prefix}circled_of"] = self.work

    def class_now(self, position: int) -> str | None:
        """The class of an example as it is corrected, `LEFT_OUT` if it is excluded."""
        member = self.work.original.members[position]
        return self.work.corrections.get(position, self.work.original.classes[member.label])

    def counts(self) -> str:
        """How many they are, and of which classes, in a line of Markdown."""
        members = self.members.tolist()
        found = Counter(self.class_now(one) for one in members)
        named = [
            f"{'excluded' if name is LEFT_OUT else escaped(name)} {count:,}"
            for name, count in found.most_common(_CLASSES)
        ]
        rest = f" · {len(found) - _CLASSES:,} more classes" if len(found) > _CLASSES else ""
        return f"**{counted(len(members), self.noun)} selected**: {' · '.join(named)}{rest}"

    def correct(self, seen: Collection[int] = ()) -> None:
        """Buttons that correct all of them.

        Parameters
        ----------
        seen : see `core.learning.card.CorrectedLabel`: those whose test result was on show.
        """
        members = self.members.tolist()
        st.menu_button(
            "Move to class",
            self.work.original.classes,
            icon=":material/drive_file_move:",
            format_func=escaped,
            key=f"{self.prefix}circled_move",
            on_click=self._move,
            args=(members, seen),
        )
        st.button(
            f"Exclude {counted(len(members), self.noun)}",
            icon=":material/block:",
            key=f"{self.prefix}circled_exclude",
            disabled=all(self.class_now(one) is LEFT_OUT for one in members),
            on_click=corrections.correct_all,
            args=(self.work, members, LEFT_OUT, seen),
        )
        if noted := [one for one in members if one in self.work.corrections]:
            st.button(
                f"Undo {counted(len(noted), 'correction')}",
                icon=":material/undo:",
                key=f"{self.prefix}circled_undo",
                on_click=self._undo,
                args=(noted,),
            )

    def _move(self, members: list[int], seen: Collection[int]) -> None:
        name = st.session_state[f"{self.prefix}circled_move"]
        if name is not None:
            corrections.correct_all(self.work, members, name, seen)

    def _undo(self, noted: list[int]) -> None:
        for position in noted:
            corrections.take_back(self.work, position)
