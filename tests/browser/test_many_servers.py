"""Two real servers behind one address, with projects in PostgreSQL and S3; one of them dies."""

from __future__ import annotations

import os
import re
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from core.projects import Project, Projects
from tests.conftest import Server
from tests.sticky_proxy import COOKIE, StickyProxy, sticky_proxy
from tests.waiting import SLACK, wait_until

# slow: two servers; leases, runs and jobs of the web API have quicker tests of their own
pytestmark = [pytest.mark.browser, pytest.mark.slow]

ROOM = "documents?room=Train+your+own&desk_source=Upload&desk_evidence=Words"
GOES_ON_WITHIN_S = 20.0  # of which ten are those of the lease


class ManyServers:
    """Two of them, and the proxy in front."""

    def __init__(self, stack: ExitStack, serving: Any, gate: Path, *places: str) -> None:
        database, blobs = places
        environment = {"GRAFT_DATABASE": database, "GRAFT_BLOBS": blobs, "PACED_UNTIL": str(gate)}
        start = partial(serving, "tests/paced_app.py", **environment)
        self.servers: list[Server] = [stack.enter_context(start()) for _ in range(2)]
        urls = [server.url for server in self.servers]
        self.proxy: StickyProxy = stack.enter_context(sticky_proxy(*urls))
        self.gate, self.store = gate, Projects(database, blobs)
        stack.callback(self.store.close)

    @property
    def url(self) -> str:
        return self.proxy.url

    def of(self, page: Any) -> Server:
        """The one that a page has come to."""
        (cookie,) = (each for each in page.context.cookies() if each["name"] == COOKIE)
        return self.servers[int(cookie["value"])]

    def kill(self, server: Server) -> float:
        """End it and what it has started without a word; when that was."""
        os.killpg(server.process.pid, signal.SIGKILL)
        server.process.wait(10)
        return time.monotonic()


@pytest.fixture
def many(serving, postgresql, s3, tmp_path) -> Iterator[ManyServers]:
    """Whose trainings end once there is a file `gate`."""
    with ExitStack() as stack:
        yield ManyServers(stack, serving, tmp_path / "gate", postgresql(), s3)


@pytest.fixture
def letters(pack) -> Any:
    """A function that makes a ZIP file of so many texts of each of two classes."""

    def make(count: int) -> bytes:
        return pack(
            {
                f"{kind}/{number}.txt": f"A letter about the {kind}, number {number}.".encode()
                for kind in ("low", "high")
                for number in range(count)
            }
        )

    return make


def of(page: Any, many: ManyServers) -> Project:
    return many.store.open(parse_qs(urlsplit(page.url).query)["project"][0])


def test_visitors_of_a_server_that_dies_reload_and_go_on(many, visit, upload, letters, cat):
    page = visit(ROOM, on=many)
    upload(page, **{"Letters.zip": letters(20)})
    page.get_by_text("24 training texts").first.wait_for()
    page.get_by_role("button", name="Save as project").click()
    page.get_by_test_id("stMain").get_by_text(re.compile("^Saved at")).first.wait_for()
    project = of(page, many)
    page.get_by_role("button", name="Train", exact=True).click()
    wait_until(lambda: any(job.about.get("saved") for job in project.items("job")), 60)
    dies, other = many.of(page), None

    # the same project on the other server: followed there, and not begun again
    follower = visit(f"{ROOM}&project={project.token}", on=many)
    other = many.of(follower)
    assert other is not dies
    follower.get_by_text("It runs on another server").wait_for()
    assert follower.get_by_text("was interrupted").count() == 0

    # a job of the web API, which is asked for without a cookie
    begun = requests.post(f"{dies.url}/api/dream", data=cat, timeout=60).json()["links"]["self"]
    states = {requests.get(f"{many.url}{begun}", timeout=60).json()["state"] for _ in range(4)}
    assert states <= {"queued", "running"}

    killed = many.kill(dies)
    page.reload()
    page.get_by_text(re.compile("It runs on another server|was interrupted")).wait_for()
    reloaded = time.monotonic() - killed
    assert many.of(page) is other
    page.get_by_text("was interrupted").wait_for(timeout=GOES_ON_WITHIN_S * SLACK * 1000)
    interrupted = time.monotonic() - killed
    assert requests.get(f"{many.url}{begun}", timeout=60).json()["state"] == "failed"
    page.get_by_role("button", name="Go on").click()
    wait_until(lambda: other_goes_on(project), GOES_ON_WITHIN_S * SLACK)
    gone_on = time.monotonic() - killed
    print(f"reloaded {reloaded:.1f} s, interrupted {interrupted:.1f} s, gone on {gone_on:.1f} s")
    assert gone_on < GOES_ON_WITHIN_S * SLACK
    many.gate.touch()
    page.get_by_text(re.compile("correct after training")).wait_for(timeout=120_000)
    wait_until(lambda: not project.items("job"), 60)
    assert len(project.items("text-model")) == 1

    # uploads go where the websocket is, with a token from the server that died
    upload(page, **{"More.zip": letters(10)})
    page.get_by_text("12 training texts").first.wait_for()
    assert many.of(page) is other


def other_goes_on(project: Project) -> bool:
    """Whether a server has the training in its hands."""
    items = project.items("job")
    return not items or bool(project.leases.elsewhere([item.id for item in items]))
