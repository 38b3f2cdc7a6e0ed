"""Settings and texts that do not fit, in a sentence: what was expected, and what was received."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from core.errors import UnknownNameError
from core.tasks.task import Settings

_MOST_SHOWN = 40  # characters of a value that is refused
_WORDS = {
    r", unable to parse .*": "",
    r" after validation, not .*": "",
    r"a valid integer": "a whole number",
    r"a valid number": "a number",
    r"a valid string": "a text",
    r"a valid boolean": "true or false",
    r"a valid list": "a list",
}
"""What Pydantic calls things, and what they are called here."""


def misfit(error: Mapping[str, Any], settings: type[Settings] | None, name: str) -> str:
    """What a value should have been that does not fit.

    Parameters
    ----------
    error : one of Pydantic's.
    settings : those that it may be one of.
    name : what the value is called.
    """
    known = {} if settings is None else settings.model_fields
    value = error.get("input")
    match error["type"]:
        case "extra_forbidden" if settings is not None:
            return str(UnknownNameError.among("setting", name, known))
        case "missing":
            return f"Expected {name}. Received: nothing of that name."
        case "string_pattern_mismatch":
            described = next((known[part] for part in error["loc"] if part in known), None)
            about = described.description if described else None
            form = f" as described: {about}" if about else " of another form."
            return f"Expected {name}{form} Received: {shown(value)}."
        case "string_unicode":
            return f"Expected {name} to be a text. Received: one with half a character in it."
    text = str(error["msg"])
    for theirs, ours in _WORDS.items():
        text = re.sub(theirs, ours, text)
    text, count = re.subn(r"^\w+ should ", f"Expected {name} to ", text)
    text = text if count else f"{name}: {text}"
    return f"{text}. Received: {shown(value)}."


def shown(value: object) -> str:
    """A value as a person can read it, its beginning where it is long."""
    if isinstance(value, bytes):
        return "something that is no JSON object"
    text = value if isinstance(value, str) else json.dumps(value, default=str, ensure_ascii=False)
    return text[:_MOST_SHOWN] or "an empty text"
