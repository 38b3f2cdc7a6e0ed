"""A visitor's labelled examples: as they came in, what is put right, and what was trained on."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Generic, TypeVar

import numpy as np
import streamlit as st

from core.engine import Job
from core.errors import MemoryBudgetError
from core.learning.card import CorrectedLabel, ModelCard
from core.learning.resuming import ResumePoint
from core.learning.training import BaseTrainingSettings
from core.learning.training_file import TrainingFile
from core.projects import Item, Kind
from core.projects.datasets import DatasetKind
from core.projects.runs import Progress
from pages._ui import errors, links, project, saved_runs, saved_work, widgets
from pages._ui.held_data import check_room
from pages._ui.inputs import digest
from pages._ui.saved_work import SAMPLE, Saved, Training
from pages._ui.training_set import Attempt, DataT, TrainingSet

LEFT_OUT = None


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
    job : what trains, or has.
    attempt : what that job trains. What was trained before stays until it has finished, and if it
        is cancelled.
    saved : what of it is in the project.
    """

    original: DataT
    name: str
    credit: str = ""
    corrections: dict[int, str | None] = field(default_factory=dict)
    tested: set[int] = field(default_factory=set)
    training_set: TrainingSet[DataT] | None = None
    purpose: str = ""
    missing: str = ""
    job: Job[Any] | None = None
    attempt: Attempt[DataT, Any] | None = None
    saved: Saved = field(default_factory=Saved)

    @property
    def is_training(self) -> bool:
        """Whether its job is under way."""
        return self.job is not None and not self.job.is_over

    def settle(self) -> None:
        """Put the outcome of the job in its place, if it is over."""

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

    def as_trained(self, origin: np.ndarray, labels: np.ndarray) -> TrainingSet[DataT]:
        """The data set with (n,) `labels` of the examples at (n,) `origin`, and no others."""
        before = self.original.labels[origin]
        changed = {
            int(origin[i]): self.original.classes[labels[i]]
            for i in np.flatnonzero(before != labels)
        }
        return TrainingSet(self.original.relabelled(changed).at(origin), origin)

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


class Workspaces(ABC, Generic[WorkT]):
    """The workspaces of a room: of each visitor the one on show, and the last of each way in.

    They are kept in the visitor's project, if there is one; see `saved_work`.

    Parameters
    ----------
    current, kept : keys of these in the session's state.
    kind, model_kind : what data sets and classifiers are in a project.
    job : under which a visitor's training runs.

    Attributes
    ----------
    refills : by source, what puts the examples of a workspace back into the widgets that it came
        from, and returns what `give` is told about them.
    """

    kind: DatasetKind
    model_kind: Kind
    job: str

    def __init__(self, current: str, kept: str) -> None:
        self._current, self._kept = current, kept
        self.refills: dict[str, Callable[[WorkT], Hashable]] = {}
        project.KEEPERS.append(self)

    @property
    def name(self) -> str:
        """Tells them from those of other rooms."""
        return self._kept

    @abstractmethod
    def new(self, dataset: Any, name: str, credit: str) -> WorkT:
        """A workspace of a data set that somebody has brought."""

    @abstractmethod
    def sample(self, name: str) -> WorkT | None:
        """A workspace of a sample; None if there is none of that name any more."""

    @abstractmethod
    def trainings(self, work: WorkT) -> list[Training]:
        """Those whose classifiers belong into a project."""

    @abstractmethod
    def add_trainings(self, work: WorkT, trained: Sequence[tuple[Any, TrainingFile]]) -> None:
        """Put classifiers of one run with their trainings back; `training_set` is there."""

    @abstractmethod
    def settings_from(self, stored: Mapping[str, Any]) -> BaseTrainingSettings:
        """Settings of a training, as `dataclasses.asdict` has left them."""

    @abstractmethod
    def progress(self, step: Any) -> Progress:
        """How far a training is, by its last snapshot."""

    @abstractmethod
    def go_on(self, work: WorkT, attempt: Attempt[Any, Any], point: ResumePoint | None) -> None:
        """Train from there on, or from the beginning."""

    def current(self) -> WorkT | None:
        """This visitor's."""
        self._restore()
        return st.session_state.get(self._current)

    def give(self, source: str, about: Hashable, read: Callable[[], WorkT]) -> WorkT:
        """Work on what `read` returns; as it was left, if `about` is what came last from there.

        It has to fit beside what this session has brought: see `check_room` for errors.
        """
        kept = self._by_source()
        if source not in kept or kept[source][0] != about:
            replaced, new = kept.pop(source, None), read()
            try:
                check_room(source, new.original)
            except MemoryBudgetError:
                if replaced is not None:
                    kept[source] = replaced  # with what was put right in it
                raise
            before = None if replaced is None else replaced[1]
            kept[source] = (about, self._in_place_of(before, source, new))
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
        about, before = self._by_source()[source]
        self._by_source()[source] = (about, self._in_place_of(before, source, work))
        st.session_state[self._current] = work

    def forget(self, source: str) -> None:
        """Put away what came from there, and remove it from the project."""
        _, work = self._by_source().pop(source, (None, None))
        if work is not None:
            self._places().pop((source, work.name), None)
            st.session_state.setdefault(f"{self._kept}_gone", []).append(work.saved)
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
        with errors.shown():
            self._restore()
        source = widgets.choice(label, list(ways), key=key, on_change=on_change)
        is_refused = True
        with errors.shown():
            ways[source]()
            is_refused = False
        if not self.has(source):
            links.name_missing_file(source)
        return source, self.current() or fallback(), is_refused

    def by_source(self) -> list[tuple[str, WorkT]]:
        """What this session has by now, by where it came from."""
        kept: dict[str, tuple[Hashable, WorkT]] = st.session_state.get(self._kept, {})
        return [(source, work) for source, (_, work) in kept.items()]

    def changes(self) -> Iterator[project.Change]:
        """What is not in the project yet."""
        yield from saved_work.changes(self)
        for _, work in self.by_source():
            yield from saved_runs.changes(self, work)
        yield from saved_work.removals(st.session_state.get(f"{self._kept}_gone", []))

    def setting(self) -> str | None:
        """Where that came from which is on show."""
        work = st.session_state.get(self._current)
        return next((source for source, one in self.by_source() if one is work), None)

    def removed(self, item: Item, *, is_back: bool) -> None:
        """A data set that was removed is saved again once something is done with it."""
        for _, work in self.by_source():
            saved_work.note_removed(self, work, item, is_back=is_back)

    def start_anew(self) -> None:
        """Another project has nothing of any workspace yet."""
        self._places().clear()
        for _, work in self.by_source():
            work.saved = Saved()

    def title(self) -> str | None:
        """The name of what somebody has brought last."""
        names = [work.name for source, work in self.by_source() if source != SAMPLE]
        return names[-1].removesuffix(".zip") if names else None

    def put_back(self, source: str, work: WorkT) -> None:
        """Have what the project has from there."""
        refill = self.refills.get(source)
        about = ("saved", digest(work.name.encode())) if refill is None else refill(work)
        about = work.name if source == SAMPLE else about
        saved_runs.take_up(self, work)
        st.session_state[self._kept][source] = (about, work)

    def show_again(self, source: str | None) -> None:
        """Work on what came last from there, or else on what came last, unless the session has
        something of its own."""
        kept = st.session_state[self._kept]
        if kept and self.setting() in (None, SAMPLE):
            last = source if source in kept else list(kept)[-1]
            st.session_state[self._current] = kept[last][1]

    def _restore(self) -> None:
        window = project.to_restore(self._kept)
        if window is not None:
            st.session_state.setdefault(self._kept, {})
            window.restored.add(self._kept)
            try:
                saved_work.restore(self, window)
            except BaseException:
                window.restored.discard(self._kept)
                raise

    def note(self, source: str, item: Item) -> None:
        """A data set of that name from there would be this one of the project."""
        self._places()[source, item.name] = Saved(item)

    def _places(self) -> dict[tuple[str, str], Saved]:
        """What the session knows to be in the project, by source and name."""
        places: dict[tuple[str, str], Saved]
        places = st.session_state.setdefault(f"{self._kept}_at", {})
        return places

    def _in_place_of(self, before: WorkT | None, source: str, work: WorkT) -> WorkT:
        """The workspace with what the project has of it; to be saved where one of its name is."""
        places = self._places()
        if before is not None:
            places[source, before.name] = before.saved
        saved, of = places.get((source, work.name)), project.opened()
        is_same = before is not None and source != SAMPLE and before.name == work.name
        goes_on = before is not None and is_same and saved_work.go_on_with(work, before)
        if saved is None or of is None:
            return work
        known = None if saved.item is None else saved.item.about.get("content")
        if saved.item is not None and (source == SAMPLE or known == work.original.digest):
            saved_work.fill(work, saved.item, of, self.model_kind)
            saved_runs.take_up(self, work)
        elif goes_on:
            work.saved = saved
        return work

    def _by_source(self) -> dict[str, tuple[Hashable, WorkT]]:
        self._restore()
        kept: dict[str, tuple[Hashable, WorkT]] = st.session_state.setdefault(self._kept, {})
        return kept
