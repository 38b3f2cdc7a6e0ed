"""Pages as visitors find them, without a browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core import engine

NAVIGATION = Path(__file__).parents[2] / "pages" / "navigation.py"


@pytest.fixture(scope="session", autouse=True)
def all_jobs_end() -> Iterator[None]:
    """An interpreter that leaves while a job is inside OpenVINO is aborted."""
    yield
    for queue in (engine.jobs, engine.downloads):
        for job in queue.jobs():
            queue.cancel(job)
            job.wait(60)


@pytest.fixture
def visit() -> Callable[..., AppTest]:
    """A function that opens a page as a new visitor, with settings in the URL."""

    def open_page(page: str, **settings: str | list[str]) -> AppTest:
        app = AppTest.from_file(NAVIGATION, default_timeout=60).run()
        assert not app.exception
        app.switch_page(page)
        for name, value in settings.items():
            app.query_params[name] = value
        app.run()
        assert not app.exception
        return app

    return open_page


@pytest.fixture
def finish() -> Callable[[AppTest, str], None]:
    """A function that waits for a visitor's job and draws the page again, as a browser does."""

    def wait(app: AppTest, job: str) -> None:
        assert app.session_state[job].wait(60)
        app.run()
        assert not app.exception

    return wait


@pytest.fixture
def messages() -> Callable[[AppTest], list[str]]:
    """A function that lists the errors and warnings on a page."""

    def read(app: AppTest) -> list[str]:
        assert not app.exception
        return [box.value for box in (*app.error, *app.warning)]

    return read
