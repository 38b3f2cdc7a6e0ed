"""The pages that the navigation lists, read off its source, so that a new one is tested too."""

from __future__ import annotations

import ast
from pathlib import Path

NAVIGATION = Path(__file__).parents[1] / "pages" / "navigation.py"


def _listed() -> list[str]:
    (navigation,) = _calls(ast.parse(NAVIGATION.read_text("utf-8")), "st.navigation")
    return [ast.literal_eval(page.args[0]) for page in _calls(navigation, "st.Page")]


def _calls(tree: ast.AST, name: str) -> list[ast.Call]:
    nodes = (node for node in ast.walk(tree) if isinstance(node, ast.Call))
    return [node for node in nodes if ast.unparse(node.func) == name]


PAGE_FILES: list[str] = _listed()
"""Names of files beside the navigation, `home.py` first."""
