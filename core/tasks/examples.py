"""How to ask for a task by code: on the command line, over HTTP, in Python."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from core.tasks.task import PNG, ZIP, Input, Kind, Settings, Task

SERVER = "http://localhost:8501"
_FILES: dict[Kind, str] = {
    "photo": "photo.jpg",
    "photos": "photo.jpg",
    "sound": "recording.wav",
    "sounds": "recording.wav",
    "archive": "examples.zip",
}
_TEXT = "A film that I would watch again."
_LONG = 200  # characters from which on a text is in a file
_JSON = "-H 'Content-Type: application/json'"
_RESULTS = {PNG: "result.png", ZIP: "model.zip"}
_WIDTH = 88  # of a line of Python
_LOOP = ["for result in task(inputs, settings):", '    print(f"{task.share(result) or 0:.0%}")']


@dataclass(frozen=True, slots=True)
class Call:
    """A task as somebody has set it up.

    Attributes
    ----------
    texts : those of its inputs that are known.
    files : of inputs that may be left out and are not, how many there are.
    """

    task: Task
    settings: Settings
    texts: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, int] = field(default_factory=dict)

    def command(self) -> str:
        """What to type after the prompt."""
        task = self.task
        words = ["graft", task.name]
        for each in self._inputs():
            for named in self._files(each) or [self._text(each)]:
                words += [f"--{each.name}"] if each.optional else []
                words.append(shlex.quote(named))
        words += self.options()
        if ZIP in task.files:
            words += ["--output", _RESULTS[ZIP]]
        return " ".join(words)

    def options(self) -> list[str]:
        """Words of that for the settings, as far as they are not the usual ones."""
        words: list[str] = []
        for name, value in self._changed().items():
            option = f"--{name.replace('_', '-')}"
            if isinstance(value, bool):
                words.append(option if value else f"--no-{option[2:]}")
                continue
            for one in value if isinstance(value, list) else [value]:
                words += [option, shlex.quote(str(one))]
        return words

    def curl(self, server: str = SERVER) -> str:
        """The request by curl; of a job also how to follow it and to get its result."""
        url = f"{server}/api/{self.task.name}"
        if not self.task.is_job:
            return self._request("curl", url)
        file = self._result_file()
        accept = "" if file is None else f" -H 'Accept: {file[0]}' -o {file[1]}"
        return "\n".join(
            [
                f"job={server}$({self._request('curl -s', url)} | jq -r .links.self)",
                "curl -N $job/events",
                f"curl $job/result{accept}",
            ]
        )

    def _request(self, curl: str, url: str) -> str:
        changed = self._changed()
        if all(each.is_text for each in self.task.inputs):
            return self._request_of_texts(curl, url)
        if changed:
            url = shlex.quote(f"{url}?{urlencode(changed, doseq=True)}")
        parts = [
            f"-F {each.name}=@{file}" for each in self._inputs() for file in self._files(each)
        ] or ["-X POST"]
        if self.task.picture is not None and not self.task.is_job:
            parts.append(f"-H 'Accept: {PNG}' -o {_RESULTS[PNG]}")
        return " ".join([f"{curl} {url}", *parts])

    def python(self) -> str:
        """The call in Python."""
        task = self.task
        inputs = {json.dumps(each.name): self._literal(each) for each in self._inputs()}
        lines = [
            "from core.tasks import TASKS",
            "",
            f'task = TASKS["{task.name}"]',
            _in_lines("inputs = {", [f"{name}: {text}" for name, text in inputs.items()], "}"),
            _in_lines(
                "settings = task.settings(",
                [f"{name}={value!r}" for name, value in self._changed().items()],
                ")",
            ),
            *(_LOOP if task.is_job else ["result = task(inputs, settings)"]),
            self._use(),
        ]
        if any("Path(" in line for line in lines):
            lines = ["from pathlib import Path", "", *lines]
        return "\n".join(lines)

    def _use(self) -> str:
        """What to do with the result, in Python."""
        file = self._result_file()
        if file is None:
            return "print(result)"
        return f'Path("{file[1]}").write_bytes(task.encode(result, "{file[0]}"))'

    def _result_file(self) -> tuple[str, str] | None:
        """The media type and the name of the file that a result is best kept in."""
        return next((one for one in _RESULTS.items() if one[0] in self.task.media_types), None)

    def _request_of_texts(self, curl: str, url: str) -> str:
        """Short texts as they are; what is in files is put into JSON by jq."""
        texts = {each.name: self._content(each) for each in self._inputs()}
        files = [(each.name, file) for each in self._inputs() for file in self._files(each)]
        if not files:
            body = shlex.quote(json.dumps(texts | self._changed(), ensure_ascii=False))
            return f"{curl} {url} {_JSON} -d {body}"
        read = " ".join(f"--rawfile {name} {file}" for name, file in files)
        terms = {
            name: f"[${name}]" if isinstance(text, list) else f"${name}"
            for name, text in texts.items()
        } | {name: json.dumps(value) for name, value in self._changed().items()}
        program = ", ".join(f"{name}: {term}" for name, term in terms.items())
        return f"jq -n {read} {shlex.quote(f'{{{program}}}')} | {curl} {url} {_JSON} -d @-"

    def _changed(self) -> dict[str, Any]:
        """What is not at its default."""
        return self.settings.model_dump(exclude_defaults=True)

    def _inputs(self) -> list[Input]:
        """Those that are there."""
        return [each for each in self.task.inputs if not each.optional or each.name in self.files]

    def _text(self, each: Input) -> str:
        return self.texts.get(each.name) or _TEXT

    def _content(self, each: Input) -> str | list[str]:
        return [self._text(each)] if each.takes_many else self._text(each)

    def _files(self, each: Input) -> list[str]:
        """The files that it is in; none for a short text."""
        name = _FILES.get(each.kind, "")
        if not name:
            return [f"{each.name}.txt"] if len(self._text(each)) > _LONG else []
        if each.name == each.kind:
            return [name]
        suffix, count = name.split(".")[1], self.files.get(each.name, 1)
        if count == 1:
            return [f"{each.name}.{suffix}"]
        return [f"{each.name}_{number}.{suffix}" for number in range(1, count + 1)]

    def _literal(self, each: Input) -> str:
        files = self._files(each)
        if not files:
            return repr(self._content(each))
        read = "read_bytes()" if each.kind in _FILES else 'read_text("utf-8")'
        texts = ", ".join(f'Path("{file}").{read}' for file in files)
        return f"[{texts}]" if each.takes_many else texts


def filled(task: Task, values: Mapping[str, Any]) -> Settings:
    """The task's settings with those `values` that it has; all else at its default."""
    fields = task.settings.model_fields
    return task.settings(**{name: value for name, value in values.items() if name in fields})


def _in_lines(begin: str, parts: list[str], end: str) -> str:
    """Parts side by side, or one a line where that is too long."""
    line = f"{begin}{', '.join(parts)}{end}"
    if len(line) <= _WIDTH:
        return line
    return "\n".join([begin, *(f"    {part}," for part in parts), end])
