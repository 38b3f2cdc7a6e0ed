"""Jobs as Ray tasks that stream their snapshots, on whichever node has room."""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import Any

from core import engine
from core.cluster.carrying import reader, writer
from core.cluster.connection import ClusterError, NodeLostError
from core.cluster.link import ask
from core.learning.resuming import ResumePoint

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Work:
    """A generator that a node drives; see `core.cluster.steps`."""

    function: Callable[..., Iterable[Any]]
    arguments: tuple[Any, ...] = ()
    keywords: Mapping[str, Any] = field(default_factory=dict)
    apart: bool = False
    resumes: bool = False
    every: bool = False

    def going_on(self, point: ResumePoint) -> Work:
        """The same, from a point on."""
        return replace(self, keywords={**self.keywords, "resume": point})


def steps(work: Work) -> Iterator[Any]:
    """The snapshots of work that a node does, once it is its owner's turn.

    Where its node ends, another goes on from the last point that the snapshots had, as often as
    there is a new one; without one it begins again once.

    Yields
    ------
    The latest snapshot several times a second, None before the first; at the end the last one.
    Where none may be left out, each once, and None several times a second.
    Whoever leaves ends the work.

    Raises
    ------
    ClusterError
        If the cluster cannot be used, or nodes end too often.
    What the work raises.
    """
    latest: Any = None
    point: ResumePoint | None = None
    received = failures = 0
    while True:
        yield (
            None if work.every else latest
        )  # so that whoever waits can leave before there is a connection
        read, again = reader(), 0
        try:
            with closing(_asked(work)) as messages:
                for message in messages:
                    if isinstance(message, int):
                        engine.jobs.resize(message)
                        continue
                    if message is None:
                        yield None if work.every else latest
                        continue
                    kind, content = read(message)
                    if kind == "error":
                        raise content
                    for snapshot in content:
                        again += 1
                        if work.every and again <= received:  # known from a node before
                            continue
                        received, latest = again, snapshot
                        yield latest
            return
        except NodeLostError as err:
            further = getattr(latest, "resume_point", None) if work.resumes else None
            if further is not None and (point is None or further.number > point.number):
                point, failures = further, 1
                work, received = work.going_on(further), 0
            else:
                failures += 1
            if failures > 1:
                raise ClusterError(
                    "The node that worked on this has ended too early, and so did another after "
                    "it. Most likely their memory ran out: take less data. Then start again."
                ) from err
            _log.warning("%s goes on elsewhere: its node has ended", work.function.__name__)


def _asked(work: Work) -> Generator[Any]:
    return ask("messages", writer()("work", work), work.apart, engine.owner_of_work())
