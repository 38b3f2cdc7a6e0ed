"""Words that depend on numbers."""

from __future__ import annotations


def counted(count: int, noun: str) -> str:
    """Such as "0 classes", "1 class", "1,200 classes".

    Parameters
    ----------
    noun : in the singular; its plural ends in "s" or "es".
    """
    ending = "" if count == 1 else "es" if noun.endswith(("s", "x", "ch", "sh")) else "s"
    return f"{count:,} {noun}{ending}"
