"""A server's link to the process in which it uses Ray."""

from __future__ import annotations

import importlib.util
import pickle
import secrets
import subprocess
import sys
import threading
import time
from collections.abc import Generator
from contextlib import closing
from multiprocessing.connection import Client
from typing import Any

from core import engine
from core.cluster.connection import NOT_INSTALLED, ClusterError, check_answers
from core.engine.child_process import child_environment
from core.settings import settings

_STARTS_WITHIN_S, _ENDS_WITHIN_S = 60.0, 10.0
_FAILED_S = 5.0
_lock = threading.Lock()
_links: list[_Link] = []  # the one that is used
_failures: dict[str, tuple[str, float]] = {}  # of clusters: why, until when it holds


class _Link:
    """That process; what is asked of it comes back over a connection of its own."""

    def __init__(self, cluster: str) -> None:
        self.cluster = cluster
        self._key = secrets.token_bytes(16)
        self._process = subprocess.Popen(
            [sys.executable, "-c", "from core.cluster.driver import serve; serve()"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=child_environment() | {"GRAFT_CLUSTER": cluster},
            start_new_session=True,  # Ctrl-C is for the server, which ends it
        )
        if self._process.stdin is None or self._process.stdout is None:
            raise RuntimeError("the process was started without pipes")
        too_late = threading.Timer(_STARTS_WITHIN_S, self._process.kill)
        too_late.start()
        try:
            pickle.dump(self._key, self._process.stdin)
            self._process.stdin.flush()
            self._address = pickle.load(self._process.stdout)
        except (EOFError, OSError) as err:
            self.close()
            raise ClusterError(
                f"Expected a Ray cluster at {cluster}, as GRAFT_CLUSTER says. Received: none that "
                f"could be joined within {_STARTS_WITHIN_S:g} s; perhaps something else answers "
                "there."
            ) from err
        finally:
            too_late.cancel()
        if isinstance(self._address, Exception):
            self.close()
            raise self._address

    @property
    def is_alive(self) -> bool:
        return self._process.poll() is None

    def ask(self, asked: list[tuple[Any, ...]]) -> Generator[Any]:
        """What comes back, step by step; `asked` is empty then, since it may be large."""
        with closing(self._messages(asked)) as messages:
            for kind, content in messages:
                if kind == "error":  # some of Graft's are of the kinds that a connection raises
                    raise content
                if kind == "end":
                    return
                yield content

    def _messages(self, asked: list[tuple[Any, ...]]) -> Generator[tuple[str, Any]]:
        try:
            with Client(self._address, authkey=self._key) as connection:
                connection.send(asked.pop())
                while True:
                    yield connection.recv()
        except (OSError, EOFError) as err:
            raise cluster_lost(self.cluster) from err

    def close(self) -> None:
        """End the process; jobs are done here again."""
        engine.jobs.resize(engine.LONG_JOBS)
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        try:
            self._process.wait(_ENDS_WITHIN_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def ask(name: str, *arguments: Any) -> Generator[Any]:
    """What `core.cluster.driver` does under a name, step by step, over Ray.

    Raises
    ------
    ClusterError
        If Ray is not installed, or the cluster does not answer, or no longer.
    """
    return _link().ask([(name, arguments)])


def close() -> None:
    """Leave the cluster, if it was used; whatever runs there for this process ends."""
    with _lock:
        while _links:
            _links.pop().close()


def cluster_lost(cluster: str) -> ClusterError:
    """What to say where a cluster was there and is no longer."""
    return ClusterError(
        f"Expected the Ray cluster at {cluster} to go on. Received: no answer any more; its head "
        "has ended or cannot be reached. Start again once it is back."
    )


def _link() -> _Link:
    cluster = settings().cluster
    with _lock:
        if _links and (not _links[0].is_alive or _links[0].cluster != cluster):
            _links.pop().close()
        if not _links:
            if importlib.util.find_spec("ray") is None:
                raise ClusterError(NOT_INSTALLED)
            failure, until = _failures.get(cluster, ("", 0.0))
            if time.monotonic() < until:
                raise ClusterError(failure)  # or each who waits here would wait for that anew
            began = time.monotonic()
            try:
                check_answers(cluster)
                _links.append(_Link(cluster))
            except ClusterError as err:
                now = time.monotonic()
                _failures[cluster] = str(err), now + max(_FAILED_S, now - began)
                raise
        return _links[0]
