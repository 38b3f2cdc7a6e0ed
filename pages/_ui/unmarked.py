"""Words of a visitor's inside Markdown."""

from __future__ import annotations

_MARKS = "\\`*_{}[]()#+-.!|~$:<>&"


def unmarked(text: str) -> str:
    """The text on one line, without a meaning as Markdown."""
    return "".join(
        f"\\{letter}" if letter in _MARKS else letter for letter in " ".join(text.split())
    )
