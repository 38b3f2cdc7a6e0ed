"""What runs on nodes of a cluster: functions by name, on what came in a message."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.learning.resuming import ResumePoint
from core.tasks import task as task_named
from core.tasks.task import Given, Settings


def run_task(
    name: str, inputs: Mapping[str, Given], settings: Settings, resume: ResumePoint | None = None
) -> Any:
    """The task of a name; nodes have a table of their own."""
    return task_named(name)(inputs, settings, resume)
