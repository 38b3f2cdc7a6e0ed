"""The process in which a server uses Ray: whatever becomes of the cluster, the server goes on.

Where the head of a cluster ends, Ray ends the processes that have joined it, or lets their calls
wait for ever. So there is nothing of Ray in a server: it starts this process, opens a connection to
it for each thing that it asks, and starts another one where this has ended.
"""

from __future__ import annotations

import logging
import os
import pickle
import shutil
import sys
import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from multiprocessing import AuthenticationError
from multiprocessing.connection import Connection, Listener
from typing import Any

from core.cluster.connection import ClusterError, connected, is_answering
from core.cluster.serving import answered
from core.cluster.status import look
from core.cluster.streaming import messages
from core.errors import GraftError, WorkerError
from core.settings import settings

_LOST_S = 15.0  # a head that does not answer for so long is gone
_log = logging.getLogger(__name__)
_closing = threading.Event()
_BACKLOG = 256  # connections that are opened at once


def serve() -> None:
    """Be that process, until the one that has started it is gone, or the cluster."""
    to_server = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what libraries print must not get between
    key: bytes = pickle.load(sys.stdin.buffer)
    try:
        ray = connected()
    except GraftError as err:
        _say(to_server, err)
        return
    listener = Listener(backlog=_BACKLOG, authkey=key)
    address = listener.address
    _say(to_server, address)
    for watch in (_accept, _watch_head):
        threading.Thread(target=watch, args=(listener,), daemon=True).start()
    sys.stdin.buffer.read()  # returns when the other end is closed, or gone
    _closing.set()
    listener.close()
    logging.disable()  # handles report their load until the end, and complain that there is no Ray
    ray.shutdown()
    _leave(0, address)


def _say(stream: Any, what: object) -> None:
    pickle.dump(what, stream)
    stream.flush()


def _leave(code: int, address: object) -> None:
    """At once, whatever Ray still does; without the folder that the socket is in."""
    folder = os.path.dirname(str(address))
    if os.path.basename(folder).startswith("pymp-"):  # as multiprocessing names it
        shutil.rmtree(folder, ignore_errors=True)
    os._exit(code)


def _watch_head(listener: Listener) -> None:
    address = settings().cluster
    seen = time.monotonic()
    while address == "auto" or time.monotonic() - seen < _LOST_S:
        time.sleep(1.0)
        if address == "auto" or is_answering(address):
            seen = time.monotonic()
    _leave(1, listener.address)


def _accept(listener: Listener) -> None:
    while not _closing.is_set():
        try:
            connection = listener.accept()
        except (OSError, EOFError, AuthenticationError):  # of one who has gone again, or a stranger
            continue
        threading.Thread(target=_answer, args=(connection,), daemon=True).start()


def _answer(connection: Connection) -> None:
    """Say all that comes of what is asked; whoever leaves ends it."""
    try:
        with connection:
            name, arguments = connection.recv()
            with closing(_ASKED[name](*arguments)) as steps:
                for message in _told(steps):
                    connection.send(message)
    except (OSError, EOFError):  # nobody listens any more
        return


def _told(steps: Iterator[Any]) -> Iterator[tuple[str, Any]]:
    try:
        for step in steps:
            yield "step", step
    except Exception as err:  # noqa: BLE001 - the server raises it
        yield "error", _told_by(err)
    else:
        yield "end", None


def _told_by(error: Exception) -> Exception:
    """An error without what only operators should know; Ray's are of classes that no server has."""
    import ray
    from ray.serve.exceptions import RayServeException

    if isinstance(error, GraftError):
        return error
    _log.error("the cluster did not do what it was asked", exc_info=error)
    is_of_cluster = isinstance(error, (ray.exceptions.RayError, RayServeException, ConnectionError))
    if is_of_cluster and not isinstance(error, ray.exceptions.RayTaskError):
        return ClusterError(
            "Expected the cluster to do this. Received: a failure, which the log describes. Try "
            "again."
        )
    return WorkerError("The cluster ended this with an error, which the log describes.")


def _once(function: Callable[..., Any]) -> Callable[..., Generator[Any]]:
    def steps(*arguments: Any) -> Generator[Any]:
        yield function(*arguments)

    return steps


def _folder(*arguments: Any) -> Generator[Any]:
    from core.cluster.folders import told_steps  # with the table of tasks

    yield from told_steps(*arguments)


_ASKED: dict[str, Callable[..., Generator[Any]]] = {
    "answered": _once(answered),
    "folder": _folder,
    "messages": messages,
    "status": _once(look),
}
