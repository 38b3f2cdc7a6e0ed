"""What a table says of how it was made."""

from __future__ import annotations

import platform
from importlib import metadata
from typing import Any

from core import zoo
from core.settings import settings as current_settings
from core.tasks.task import Settings, Task
from core.zoo import sources

_SOFTWARE = ("graft", "openvino", "tensorflow", "numpy", "pillow", "scikit-learn")


def provenance(task: Task, settings: Settings, server: str | None = None) -> dict[str, Any]:
    """How results of a task come about, as JSON.

    A saved classifier stands there by its title: its name is a secret.

    Parameters
    ----------
    server : what does the work in place of this machine, whose versions nobody knows here.

    Returns
    -------
    The `task`, its `settings`, the `networks` that they name, with the `checksum` of the weights if
    their publisher gives one, and the `precision` and the `versions` of the software, or `server`.
    """
    chosen = {name: _shown(value) for name, value in settings.model_dump(mode="json").items()}
    told: dict[str, Any] = {"task": task.name, "settings": chosen}
    if server is not None:
        return told | {"server": server}
    return told | {
        "networks": [_network(name) for name in settings.networks()],
        "precision": current_settings().precision,
        "versions": {"python": platform.python_version(), **_versions()},
    }


def _shown(value: Any) -> Any:
    if isinstance(value, list):
        return [_shown(each) for each in value]
    if isinstance(value, str) and zoo.is_saved(value):
        return zoo.network(value).title
    return value


def _network(name: str) -> dict[str, Any]:
    spec = zoo.network(name)
    return {
        "name": _shown(name),
        "title": spec.title,
        "licence": spec.licence,
        "checksum": sources.checksum(spec.weights),
    }


def _versions() -> dict[str, str]:
    """Of what is installed; nothing is imported."""
    return {each.name.lower(): each.version for each in map(_installed, _SOFTWARE) if each}


def _installed(name: str) -> metadata.Distribution | None:
    try:
        return metadata.distribution(name)
    except metadata.PackageNotFoundError:
        return None
