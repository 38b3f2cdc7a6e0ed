"""What the rooms that look at new examples beside a visitor's own know of a kind of examples."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic

import streamlit as st

from core.errors import GraftError, InvalidInputError
from core.learning.feature_cache import FeatureCache
from core.learning.findings.changes import Changes
from core.learning.findings.embedding import Embed
from core.memory.results import SharedResults
from core.wording import counted, escaped
from pages._ui import errors, held_data
from pages._ui.example_tables import left_out
from pages._ui.inputs import digest
from pages._ui.training_set import DataT
from pages._ui.widgets import NamedFile
from pages._ui.workspace import Workspace

UPLOAD = "Upload"


@dataclass(frozen=True, slots=True)
class Made(Generic[DataT]):
    """New examples made of a set, to try the room with: what is done, and what does it."""

    about: str
    make: Callable[[DataT], tuple[DataT, DataT]]


@dataclass(frozen=True, slots=True)
class NewExamples(Generic[DataT]):
    """Examples that a visitor has brought beside the labelled ones."""

    name: str
    dataset: DataT


class ExampleKind(ABC, Generic[DataT]):
    """Photos, texts or recordings.

    Attributes
    ----------
    noun : what an example is.
    prefix : of the keys of widgets, and of what they put into the URL.
    suffix : of files of examples that have no file name of their own.
    task : the name of what compares two sets of them.
    tile_px : how wide a small example is at least.
    made : by name; each makes two sets of one, the second with changed examples.
    embed : computes vectors.
    """

    noun: str
    prefix: str
    suffix: str = ""
    task: str
    tile_px: int
    made: Mapping[str, Made[DataT]]
    embed: Embed

    @abstractmethod
    def work(self) -> tuple[Workspace[DataT], bool]:
        """The labelled examples on show, and whether they are the app's own."""

    @abstractmethod
    def network_input(self) -> str:
        """Whose vectors are compared."""

    @abstractmethod
    def cache(self, work: Workspace[DataT]) -> FeatureCache:
        """The vectors that are there."""

    def practice(self, work: Workspace[DataT], *, is_sample: bool) -> tuple[str, DataT]:
        """What labelling is tried with, and its name: the labelled examples."""
        return work.name, work.corrected().dataset

    @abstractmethod
    def files_input(self, key: str) -> Sequence[NamedFile]:
        """Draw an uploader; what is in it."""

    @abstractmethod
    def read(self, files: Sequence[tuple[str, bytes]]) -> DataT:
        """Files without labels.

        Raises
        ------
        InvalidInputError
            If none can be used.
        """

    @abstractmethod
    def changes(
        self, first: DataT, second: DataT, network: str, cache: FeatureCache
    ) -> Iterator[Changes]:
        """Compare two sets, on the cluster if there is one."""

    @abstractmethod
    def tile(self, example: Any) -> None:
        """Draw an example, small."""

    @abstractmethod
    def large(self, example: Any) -> None:
        """Draw an example so that one can say what it is."""

    @abstractmethod
    def give(self, dataset: DataT, name: str, work: Workspace[DataT]) -> Workspace[DataT]:
        """Work on another data set from now on, in place of `work`; a callback."""

    def new_input(self) -> NewExamples[DataT] | None:
        """What was uploaded last in any room; None if nothing was."""
        key = f"{self.prefix}new"
        turn = st.session_state.setdefault(f"{key}_turn", 0)
        files = self.files_input(f"{key}_files_{turn}")
        named = [(file.name, file.getvalue()) for file in files]
        mark = digest(repr([(name, digest(data)) for name, data in named]).encode())
        if named and st.session_state.get(f"{key}_mark") != mark:
            st.session_state[f"{key}_mark"] = mark
            st.session_state.pop(f"{key}_refused", None)
            name = named[0][0] if len(named) == 1 else counted(len(named), "file")
            try:
                with st.spinner(f"Reading {name}"):
                    dataset = self.read(named)
                    held_data.check_room(f"new {self.noun}s", dataset)
                    st.session_state[key] = NewExamples(name, dataset)
            except GraftError as err:
                st.session_state[f"{key}_refused"] = f"{name}: {err}"
        if f"{key}_refused" in st.session_state:
            with errors.shown():
                raise InvalidInputError(st.session_state[f"{key}_refused"])
        new: NewExamples[DataT] | None = st.session_state.get(key)
        if new is not None:
            st.caption(f"{escaped(new.name)}: {counted(len(new.dataset.members), self.noun)}")
            left_out(new.dataset.skipped, "file")
        return new


def halves(dataset: DataT) -> tuple[DataT, DataT]:
    """Every other example of each class, in the order of their contents."""
    labels, digests = dataset.labels, dataset.digests
    order = sorted(range(len(digests)), key=lambda i: (labels[i], digests[i]))
    return dataset.at(sorted(order[::2])), dataset.at(sorted(order[1::2]))


@st.cache_resource(show_spinner=False)
def sample_changes() -> SharedResults[Changes]:
    """The comparisons of the app's own examples, by what was compared."""
    return SharedResults()
