"""The sockets that this process listens on."""

from __future__ import annotations

import contextlib
import os
import socket
import stat

_MOST = 256  # descriptors to look at; a server listens before it opens many files


def send_at_once() -> int:
    """Have every connection that is accepted from now on send small packets at once.

    Streamlit binds its socket without naming the protocol, so that asyncio does not know it for
    TCP and leaves Nagle's algorithm on: the end of an answer on a kept connection then waits for
    the acknowledgement of its beginning, which comes 40 ms later. What is accepted inherits the
    option from the socket that listens.

    Returns
    -------
    How many sockets listen.
    """
    count = 0
    for descriptor in range(_MOST):
        with contextlib.suppress(OSError):
            if not stat.S_ISSOCK(os.fstat(descriptor).st_mode):
                continue
            with socket.socket(fileno=os.dup(descriptor)) as listening:
                if listening.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
                    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    count += 1
    return count
