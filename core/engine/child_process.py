"""Work in a process of its own: TensorFlow and its memory come and go with it.

The server that started it stays small and quick, other pages keep the cores they need, and
whoever waits for the work can leave at any moment.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import queue
import subprocess
import sys
import tempfile
import threading
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

from core.engine.devices import KERNELS_KEPT
from core.engine.messages import Receiver, Sender, spaced
from core.errors import WorkerError

_HEARTBEAT_S = 0.1
_NICE = 10  # a page, which a visitor waits for, goes before training, which is watched


def run_in_process(
    function: Callable[..., Iterator[Any]], *arguments: Any, background: bool = True
) -> Iterator[Any]:
    """Drive the generator `function(*arguments)` in another process.

    Parameters
    ----------
    function : importable by name; it, its arguments and its snapshots can be pickled.
    background : at low priority; otherwise at that of this process, for what somebody waits for.

    Yields
    ------
    Its snapshots, the last one for certain, others at most ten a second; in between, the latest
    again, so that the caller gets a chance to leave every 0.1 s. None before the first.
    When the caller leaves, the process is ended, and what it left in its temporary folder goes.

    Raises
    ------
    What the generator raises; WorkerError if the process ends without a word.
    """
    messages: queue.SimpleQueue[tuple[str, Any]] = queue.SimpleQueue()
    below_normal = getattr(subprocess, "BELOW_NORMAL_PRIORITY_CLASS", 0)  # of Windows
    niceness = _NICE if background else 0
    with tempfile.TemporaryDirectory(prefix="graft-", ignore_cleanup_errors=True) as scratch:
        process = subprocess.Popen(
            [
                sys.executable,
                "-c",
                f"from core.engine.child_process import serve; serve({niceness})",
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**child_environment(), "TMPDIR": scratch},
            creationflags=below_normal if background else 0,
        )
        task = (function, arguments)
        talk = threading.Thread(
            target=_talk, args=(process, *_pipes(process), task, messages), daemon=True
        )
        talk.start()
        try:
            yield from _received(messages)
        finally:
            process.kill()
            talk.join()
            process.wait()


def _pipes(process: subprocess.Popen[bytes]) -> tuple[IO[bytes], IO[bytes]]:
    if process.stdin is None or process.stdout is None:
        raise RuntimeError("the process was started without pipes")
    return process.stdin, process.stdout


def child_environment() -> dict[str, str]:
    """The environment of this process, with the house on the path of Python's modules."""
    root = Path(__file__).parents[2]
    path = os.pathsep.join([str(root), *filter(None, [os.environ.get("PYTHONPATH")])])
    environment = {**os.environ, "PYTHONPATH": path}
    environment.pop(KERNELS_KEPT, None)  # TensorFlow would take a tenth longer
    return environment


def _received(messages: queue.SimpleQueue[tuple[str, Any]]) -> Iterator[Any]:
    latest = None
    while True:
        try:
            kind, content = messages.get(timeout=_HEARTBEAT_S)
        except queue.Empty:
            yield latest
            continue
        if kind == "error":
            raise content
        if kind == "end":
            return
        latest = content
        yield latest


def _talk(
    process: subprocess.Popen[bytes],
    to_child: IO[bytes],
    from_child: IO[bytes],
    task: tuple,
    messages: queue.SimpleQueue[tuple[str, Any]],
) -> None:
    """Hand over the task, then pass on what comes back."""
    try:
        pickle.dump(task, to_child, protocol=5)
        to_child.flush()
        receive = Receiver(from_child)
        while True:
            kind, content = receive()
            messages.put((kind, content))
            if kind != "snapshot":
                return
    except (EOFError, OSError, pickle.UnpicklingError):
        code = process.wait()
        messages.put(("error", WorkerError.ended(code)))
    except Exception as err:  # noqa: BLE001 - a task that cannot be pickled; the caller raises it
        messages.put(("error", err))
    finally:
        for stream in (to_child, from_child):
            with contextlib.suppress(OSError):  # what could not be flushed is not missed
                stream.close()


def serve(niceness: int) -> None:
    """Be the other process: read the task, write its snapshots."""
    if hasattr(os, "nice"):
        os.nice(niceness)
    output = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what libraries print must not get between the messages
    send = Sender(output)
    try:
        function, arguments = pickle.load(sys.stdin.buffer)
        threading.Thread(target=_leave_with_parent, daemon=True).start()
        for snapshot in spaced(function(*arguments)):
            send("snapshot", snapshot)
        send("end", None)
    except Exception as err:  # noqa: BLE001 - the other process raises it
        send("error", _picklable(err))


def _leave_with_parent() -> None:
    sys.stdin.buffer.read()  # returns when the other end is closed, or gone
    os._exit(1)


def _picklable(error: Exception) -> Exception:
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:  # noqa: BLE001 - whatever is wrong with it, its text will do
        return RuntimeError("".join(traceback.format_exception(error)))
    error.add_note("".join(traceback.format_exception(error)))
    return error
