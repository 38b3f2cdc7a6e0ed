"""Saved classifiers of projects may be named wherever a task takes the name of a network."""

from __future__ import annotations

from core import zoo
from core.zoo.saved import SavedSpec

PREFIX = "project"


def add_source() -> None:
    """Let names that begin with `project:` be looked up; what does is imported for the first."""
    zoo.add_source(PREFIX, _network)


def _network(name: str) -> SavedSpec:
    from core.projects.models import network  # brings a database, which few tasks need

    return network(name)
