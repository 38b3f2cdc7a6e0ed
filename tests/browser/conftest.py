"""Chromium on the real app, and a watch on what it asks of whom."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import sync_playwright

from tests.browser.settling import settle

POLICY = re.compile(".*(?:Content.Security.Policy|Permissions.policy violation).*", re.I)
_NAMES = (
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
)


@pytest.fixture(scope="package")
def launch() -> Iterator[Callable[..., Any]]:
    """A function that starts a browser with these flags besides the usual ones."""
    path = next(filter(None, map(shutil.which, _NAMES)), None)
    if path is None:
        pytest.skip("needs Chromium on the PATH")
    arguments = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-background-networking"]
    arguments += ["--use-fake-ui-for-media-stream"]
    with sync_playwright() as playwright:
        yield lambda *flags: playwright.chromium.launch(
            executable_path=path, args=[*arguments, *flags]
        )


@pytest.fixture(scope="package")
def chromium(launch) -> Iterator[Any]:
    """A browser whose camera shows a test picture."""
    browser = launch("--use-fake-device-for-media-stream=fps=5")
    yield browser
    browser.close()


@pytest.fixture(scope="package")
def fresh_server(serving) -> Iterator[Any]:
    """A server of `test_fresh_server.py`, and then of those who want TensorFlow in it."""
    with serving() as started:
        yield started


@pytest.fixture
def visit(chromium, server, start_server) -> Iterator[Callable[..., Any]]:
    """A function that opens a page as a new visitor and waits until it is drawn.

    Servers of a test's own, if it starts any, outlive the pages, hence `start_server`.
    Afterwards every request must have stayed on this machine, no script may have failed, and
    nothing may have been refused for the sake of the headers.
    """
    contexts, asked, failures = [], [], []

    def open_page(
        path: str = "",
        *,
        on: Any = server,
        width: int = 1280,
        height: int = 900,
        settled: bool = True,
    ) -> Any:
        context = chromium.new_context(
            viewport={"width": width, "height": height},
            reduced_motion="reduce",  # or drawing what moves would take a fifth of the CPU
        )
        context.set_default_timeout(60_000)
        contexts.append(context)
        context.on("request", lambda request: asked.append(request.url))
        page = context.new_page()
        page.on("websocket", lambda socket: asked.append(socket.url))
        page.on("pageerror", lambda error: failures.append(str(error)))
        page.on("console", lambda said: failures.extend(POLICY.findall(said.text)))
        page.goto(f"{on.url}/{path}")
        if settled:
            settle(page)
        return page

    yield open_page
    for context in contexts:
        context.close()
    hosts = {urlsplit(url).hostname for url in asked if not url.startswith(("blob:", "data:"))}
    assert hosts == {"127.0.0.1"}
    assert not failures


@pytest.fixture(scope="session")
def upload() -> Callable[..., None]:
    """A function that hands files over to a page's uploader, by name."""

    def choose(page: Any, **files: bytes) -> None:
        payload = [
            {"name": name, "mimeType": "application/octet-stream", "buffer": data}
            for name, data in files.items()
        ]
        page.locator("input[type=file]").first.set_input_files(payload)

    return choose


@pytest.fixture
def choose() -> Callable[[Any, str, str], None]:
    """A function that chooses an option of a select box by their labels."""

    def pick(page: Any, label: str, option: str) -> None:
        box = page.locator("[data-testid=stSelectbox]").filter(has_text=label)
        box.locator("input").click()
        page.get_by_role("option", name=option).click()

    return pick
