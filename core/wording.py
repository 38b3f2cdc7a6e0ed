"""Words that depend on numbers, and words of others."""

from __future__ import annotations

import re

_MARKS = "\\`*_{}[]()#+-.!|~$:<>&"
_ICON = re.compile(r":(?=[\w/+-]+:)")
"""Begins the name of an icon or an emoji; these are looked for where text is escaped, too."""
_JOINER = "\u2060"
"""It has no width."""


def counted(count: int, noun: str) -> str:
    """Such as "0 classes", "1 class", "1,200 classes".

    Parameters
    ----------
    noun : in the singular; its plural ends in "s" or "es".
    """
    ending = "" if count == 1 else "es" if noun.endswith(("s", "x", "ch", "sh")) else "s"
    return f"{count:,} {noun}{ending}"


def escaped(text: str) -> str:
    """The text on one line, without a meaning as Markdown."""
    plain = _ICON.sub(f":{_JOINER}", " ".join(text.split()))
    return "".join(f"\\{letter}" if letter in _MARKS else letter for letter in plain)
