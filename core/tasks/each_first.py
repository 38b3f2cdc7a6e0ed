"""How a task on a data set is done on a folder of any size: on each example first, then on all."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pyarrow as pa

    from core.tasks.task import Settings, Task


@dataclass(frozen=True, slots=True, eq=False)
class LookedAt:
    """What is known of each of N examples of C classes, as rows of a table.

    Attributes
    ----------
    names : of the examples, in order.
    labels : (N,) int64 in 0..C-1
    classes : their names, sorted.
    rows : tables of rows in any order, each with (n,) int64, the positions of its examples. All of
        them together may not fit into memory.
    """

    names: Sequence[str]
    labels: np.ndarray
    classes: Sequence[str]
    rows: Iterable[tuple[np.ndarray, pa.Table]] = field(repr=False)


@dataclass(frozen=True, slots=True)
class EachFirst:
    """Two parts of a task on a data set, of which the first may be done by many machines.

    Attributes
    ----------
    task : on many examples, makes a row of each. Its settings are some of those of the whole.
    then : what is found in these rows by the settings of the whole, in snapshots with `stage`,
        `done` and `total`; the last, of the stage "done", is a result of the whole.
    """

    task: Task
    then: Callable[[LookedAt, Settings], Iterator[Any]]

    def settings(self, whole: Settings) -> Settings:
        """Those of `task`."""
        names = self.task.settings.model_fields
        return self.task.settings(**{name: getattr(whole, name) for name in names})
