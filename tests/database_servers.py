"""A real PostgreSQL and a real S3 endpoint on this machine, for tests of several folders."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator

import pytest

from tests.waiting import wait_until


@pytest.fixture(scope="session")
def postgresql(tmp_path_factory) -> Iterator[Callable[[], str]]:
    """A function that makes an empty database on a server of its own, and returns its URL."""
    os.environ.setdefault("XDG_RUNTIME_DIR", str(tmp_path_factory.mktemp("runtime")))
    import pgserver
    import psycopg

    folder = tempfile.mkdtemp(prefix="graft-")  # a short path, which the name of a socket has to be
    server = pgserver.get_server(folder, cleanup_mode="delete")
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET fsync = off")  # nobody cuts its power
        connection.execute("SELECT pg_reload_conf()")
    made = 0

    def make() -> str:
        nonlocal made
        made += 1
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE projects{made}")
        return server.get_uri(f"projects{made}")

    yield make
    server.cleanup()


@pytest.fixture(scope="session")
def s3() -> Iterator[str]:
    """The URL of a bucket on an S3 endpoint of this machine."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    environment = {**os.environ, "MOTO_S3_DEFAULT_MAX_KEYS": "7"}  # so that lists have pages
    with subprocess.Popen(command, stderr=subprocess.DEVNULL, env=environment) as process:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{port}")
            patch.setenv("AWS_ACCESS_KEY_ID", "graft")
            patch.setenv("AWS_SECRET_ACCESS_KEY", "graft")
            wait_until(lambda: _answers(port), 60)
            import s3fs

            s3fs.S3FileSystem(use_listings_cache=False).mkdir("projects")
            yield "s3://projects"
        process.terminate()


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
