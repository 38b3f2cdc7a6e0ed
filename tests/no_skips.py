"""A pytest plugin: with GRAFT_NO_SKIPS=1 a test that is skipped has failed.

Weights or a browser that are missing skip their tests, which on a build machine would go unseen
for years. Only the tests marked `slow` may be skipped there, since they have to be asked for.
"""

from __future__ import annotations

import os
from collections.abc import Generator
from typing import TypeVar

import pytest

Report = TypeVar("Report", pytest.TestReport, pytest.CollectReport)
SLOW = "takes long; python -m pytest -m slow runs it"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Slow tests run when they are asked for."""
    if "slow" in config.getoption("markexpr"):
        return
    for item in items:
        if item.get_closest_marker("slow"):
            item.add_marker(pytest.mark.skip(reason=SLOW))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A test that was skipped fails with the reason, unless it only was not asked for."""
    report = yield
    return _failed(report)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """So does a module that was skipped as a whole."""
    report = yield
    return _failed(report)


def _failed(report: Report) -> Report:
    if not os.environ.get("GRAFT_NO_SKIPS") or not report.skipped or hasattr(report, "wasxfail"):
        return report
    reason = report.longrepr[-1] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    if not reason.endswith(SLOW):
        report.outcome = "failed"
        report.longrepr = f"GRAFT_NO_SKIPS is set, and this was skipped. {reason}"
    return report
