"""How to ask for a task by code: on the command line, over HTTP, in Python."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from core.tasks.task import Input, Kind, Settings, Task

SERVER = "http://localhost:8501"
_FILES: dict[Kind, str] = {
    "photo": "photo.jpg",
    "photos": "photo.jpg",
    "sound": "recording.wav",
    "sounds": "recording.wav",
    "archive": "examples.zip",
}
_TEXT = "A film that I would watch again."


def command(task: Task, settings: Settings) -> str:
    """What to type after the prompt."""
    words = ["graft", task.name, *(_file(each) or shlex.quote(_TEXT) for each in task.inputs)]
    for name, value in _changed(settings).items():
        option = f"--{name.replace('_', '-')}"
        if isinstance(value, bool):
            words.append(option if value else f"--no-{option[2:]}")
            continue
        for one in value if isinstance(value, list) else [value]:
            words += [option, shlex.quote(str(one))]
    return " ".join(words)


def curl(task: Task, settings: Settings, server: str = SERVER) -> str:
    """The request as a command of curl."""
    url, changed = f"{server}/api/{task.name}", _changed(settings)
    files = [f"-F {each.name}=@{_file(each)}" for each in task.inputs if _file(each)]
    if not files:
        texts: dict[str, Any] = {each.name: _text(each) for each in task.inputs}
        body = shlex.quote(json.dumps(texts | changed))
        return f"curl {url} -H 'Content-Type: application/json' -d {body}"
    if changed:
        url = shlex.quote(f"{url}?{urlencode(changed, doseq=True)}")
    wanted = "" if task.picture is None or task.is_job else " -H 'Accept: image/png' -o result.png"
    return f"curl {url} {' '.join(files)}{wanted}"


def python(task: Task, settings: Settings) -> str:
    """The call in Python."""
    inputs = {each.name: _literal(each) for each in task.inputs}
    lines = ["from pathlib import Path", ""] if any(map(_file, task.inputs)) else []
    lines += ["from core.tasks import TASKS", "", f'task = TASKS["{task.name}"]']
    chosen = ", ".join(f"{name}={value!r}" for name, value in _changed(settings).items())
    given = ", ".join(f'"{name}": {literal}' for name, literal in inputs.items())
    lines.append(f"result = task({{{given}}}, task.settings({chosen}))")
    if task.is_job:
        lines += ["for step in result:", "    print(step)"]
    else:
        lines.append("print(result)")
    return "\n".join(lines)


def filled(task: Task, values: Mapping[str, Any]) -> Settings:
    """The task's settings with those `values` that it has; all else at its default."""
    fields = task.settings.model_fields
    return task.settings(**{name: value for name, value in values.items() if name in fields})


def _changed(settings: Settings) -> dict[str, Any]:
    """What is not at its default."""
    return settings.model_dump(exclude_defaults=True)


def _file(each: Input) -> str:
    name = _FILES.get(each.kind, "")
    return name if not name or each.name == each.kind else f"{each.name}.{name.split('.')[1]}"


def _text(each: Input) -> str | list[str]:
    return [_TEXT] if each.kind == "texts" else _TEXT


def _literal(each: Input) -> str:
    if not _file(each):
        return repr(_text(each))
    read = f'Path("{_file(each)}").read_bytes()'
    return f"[{read}]" if each.takes_many else read
