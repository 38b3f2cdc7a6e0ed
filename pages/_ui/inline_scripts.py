"""The scripts that stand within a page, which the server allows by their content."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import streamlit as st

_PAGE = Path(st.__file__).parent / "static" / "index.html"


def inline_scripts() -> list[str]:
    """Those of Streamlit's page, and our own."""
    return [*re.findall(r"<script>(.*?)</script>", _PAGE.read_text("utf-8"), re.S), history()]


@cache
def history() -> str:
    """What Back and Forward lead to."""
    return Path(__file__).with_name("links.js").read_text("utf-8")
