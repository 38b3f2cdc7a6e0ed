"""The pages that the navigation lists, read off its source, so that a new one is tested too."""

from __future__ import annotations

import ast
from pathlib import Path

NAVIGATION = Path(__file__).parents[1] / "pages" / "navigation.py"


def _listed() -> list[str]:
    calls = [
        node
        for node in ast.walk(ast.parse(NAVIGATION.read_text("utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "st.Page"
    ]
    return [ast.literal_eval(call.args[0]) for call in calls]


PAGE_FILES: list[str] = _listed()
"""Names of files beside the navigation, `home.py` first."""
