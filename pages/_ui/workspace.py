"""A visitor's labelled examples: as they came in, what is put right, and what was trained on."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Generic, Literal, TypeVar

import numpy as np
import pandas as pd
import streamlit as st

from core.learning.card import CorrectedLabel, ModelCard
from core.learning.datasets import LabelledExamples, SkippedFile
from pages._ui import errors, links, widgets
from pages._ui.inputs import digest

LEFT_OUT = None
DataT = TypeVar("DataT", bound=LabelledExamples)


@dataclass(frozen=True, slots=True)
class TrainingSet(Generic[DataT]):
    """A data set as it was corrected by then.

    Attributes
    ----------
    origin : (N,) int64, where each of its examples is in the data set as it came in.
    """

    dataset: DataT
    origin: np.ndarray


@dataclass(slots=True)
class Workspace(Generic[DataT]):
    """One visitor's examples, what is wrong with them, and what was trained on.

    It stays as it was left while its visitor looks at something else.

    Attributes
    ----------
    original : the data set as it came in.
    name, credit : what it is called, and where it comes from.
    corrections : by position in `original`, the class that a visitor says is right, or `LEFT_OUT`.
    tested : positions of corrections that were made after seeing a test result.
    training_set : what was trained on; positions in a split are positions in it.
    purpose, missing : what somebody says of its classifiers; see `ModelCard`.
    """

    original: DataT
    name: str
    credit: str = ""
    corrections: dict[int, str | None] = field(default_factory=dict)
    tested: set[int] = field(default_factory=set)
    training_set: TrainingSet[DataT] | None = None
    purpose: str = ""
    missing: str = ""

    @property
    def trained_on(self) -> DataT:
        """The data set of the training."""
        return self._training_set().dataset

    @property
    def origin(self) -> np.ndarray:
        """(N,) int64, position in `original` of each example of `trained_on`."""
        return self._training_set().origin

    def _training_set(self) -> TrainingSet[DataT]:
        if self.training_set is None:
            raise RuntimeError("There is no training yet. Press Train.")
        return self.training_set

    def corrected(self) -> TrainingSet[DataT]:
        """The data set with all corrections."""
        labels = {i: name for i, name in self.corrections.items() if name is not LEFT_OUT}
        out = {i for i, name in self.corrections.items() if name is LEFT_OUT}
        kept = [i for i in range(len(self.original.members)) if i not in out]
        origin = np.array(kept, np.int64)
        return TrainingSet(self.original.relabelled(labels).at(origin), origin)

    def complete(self, card: ModelCard | None) -> ModelCard | None:
        """The card of a classifier trained on these, with what is known here alone."""
        if card is None:
            return None
        return replace(
            card,
            purpose=self.purpose,
            missing=self.missing,
            data=replace(card.data, name=self.name, credit=self.credit),
            corrections=tuple(self._trained_corrections()),
        )

    def _trained_corrections(self) -> Iterator[CorrectedLabel]:
        """Those of the training, which may be others than are noted by now."""
        trained = {int(i): place for place, i in enumerate(self.origin)}
        for i, example in enumerate(self.original.members):
            label = self.trained_on.members[trained[i]].label if i in trained else None
            if label != example.label:
                yield CorrectedLabel(
                    name=example.name,
                    was=self.original.classes[example.label],
                    now=None if label is None else self.original.classes[label],
                    tested=i in self.tested,
                )


WorkT = TypeVar("WorkT", bound=Workspace[Any])


class Workspaces(Generic[WorkT]):
    """The workspaces of a room: of each visitor the one on show, and the last of each way in.

    Parameters
    ----------
    current, kept : keys of these in the session's state.
    """

    def __init__(self, current: str, kept: str) -> None:
        self._current, self._kept = current, kept

    def current(self) -> WorkT | None:
        """This visitor's."""
        return st.session_state.get(self._current)

    def give(self, source: str, about: Hashable, read: Callable[[], WorkT]) -> WorkT:
        """Work on what `read` returns; as it was left, if `about` is what came last from there."""
        kept = self._by_source()
        if source not in kept or kept[source][0] != about:
            kept.pop(source, None)
            kept[source] = (about, read())
        work = st.session_state[self._current] = kept[source][1]
        return work

    def resume(self, source: str) -> None:
        """Work on what came last from there, if anything did."""
        if self.has(source):
            st.session_state[self._current] = self._by_source()[source][1]

    def has(self, source: str) -> bool:
        """Whether anything came from there."""
        return source in self._by_source()

    def last_from(self, source: str) -> WorkT | None:
        """The work on what came last from there."""
        return self._by_source()[source][1] if self.has(source) else None

    def mark(self, source: str) -> str:
        """Tells what came last from there from what came before."""
        about, _ = self._by_source()[source]
        return digest(repr(about).encode())

    def exchange(self, source: str, work: WorkT) -> None:
        """Work on what came last from there, read in another way."""
        about, _ = self._by_source()[source]
        self._by_source()[source] = (about, work)
        st.session_state[self._current] = work

    def forget(self, source: str) -> None:
        """Put away what came from there."""
        _, work = self._by_source().pop(source, (None, None))
        if work is not None and self.current() is work:
            del st.session_state[self._current]

    def choose(
        self,
        label: str,
        ways: Mapping[str, Callable[[], object]],
        *,
        key: str,
        fallback: Callable[[], WorkT],
        on_change: Callable[[], None] | None = None,
    ) -> tuple[str, WorkT, bool]:
        """A choice among ways in, each of which may `give`.

        Parameters
        ----------
        fallback : gives what is on show as long as no way in has given anything.

        Returns
        -------
        Which it is, what is on show, and whether what came that way was refused.
        """
        source = widgets.choice(label, list(ways), key=key, on_change=on_change)
        is_refused = True
        with errors.shown():
            ways[source]()
            is_refused = False
        if not self.has(source):
            links.name_missing_file(source)
        return source, self.current() or fallback(), is_refused

    def _by_source(self) -> dict[str, tuple[Hashable, WorkT]]:
        kept: dict[str, tuple[Hashable, WorkT]] = st.session_state.setdefault(self._kept, {})
        return kept


def class_counts(
    dataset: LabelledExamples, noun: str, *, height: int | Literal["auto"] = "auto"
) -> None:
    """How many examples there are of each class; `noun` is what they are."""
    column = f"{noun.capitalize()}s"
    counts = pd.DataFrame(list(dataset.counts().items()), columns=["Class", column])
    many = st.column_config.ProgressColumn(
        format="%d", min_value=0, max_value=int(counts[column].max())
    )
    st.dataframe(
        counts,
        hide_index=True,
        height=height,
        column_config={column: many},
        alt=f"Number of {noun}s per class",
    )


def left_out(skipped: tuple[SkippedFile, ...], noun: str) -> None:
    """What could not be used, and why."""
    if not skipped:
        return
    were = f"{noun} was" if len(skipped) == 1 else f"{noun}s were"
    with st.expander(f"{len(skipped):,} {were} skipped", icon=":material/warning:"):
        st.dataframe(
            pd.DataFrame(
                {
                    noun.capitalize(): [file.name for file in skipped],
                    "Why": [file.reason for file in skipped],
                }
            ),
            hide_index=True,
            alt=f"Skipped {noun}s, with the reason",
        )
