"""When a page in the browser is ready to be looked at."""

from __future__ import annotations

from typing import Any


def settle(page: Any) -> None:
    """Wait until a page has its heading and its script has run to the end."""
    page.locator("h1").first.wait_for()
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()
