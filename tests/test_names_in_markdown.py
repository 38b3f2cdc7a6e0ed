"""Names of files, examples and classes are whatever a visitor has given them, and no Markdown."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.wording import escaped

PAGES = Path(__file__).parents[1] / "pages"
MARKDOWN = {
    "badge", "button", "caption", "checkbox", "error", "expander", "header", "info", "markdown",
    "metric", "popover", "spinner", "subheader", "success", "title", "toast", "toggle", "warning",
}  # fmt: skip
LISTS = {"classes", "names"}


def bare_names(node: ast.AST) -> Iterator[ast.AST]:
    """Names in an expression to which nothing has been done."""
    if isinstance(node, ast.Call | ast.Compare):
        return
    if isinstance(node, ast.Attribute):
        yield from [node] if node.attr == "name" else []
    elif isinstance(node, ast.Subscript):
        of = node.value
        name = of.id if isinstance(of, ast.Name) else getattr(of, "attr", "")
        yield from [node] if name in LISTS else []
    elif isinstance(node, ast.IfExp):
        yield from bare_names(node.body)
        yield from bare_names(node.orelse)
    else:
        for child in ast.iter_child_nodes(node):
            yield from bare_names(child)


def unescaped(program: str) -> Iterator[str]:
    """Names that are drawn as Markdown, with their lines."""
    for call in ast.walk(ast.parse(program)):
        if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.args):
            continue
        drawn = [call.args[0]] if call.func.attr in MARKDOWN else []
        drawn += [word.value for word in call.keywords if word.arg == "caption"]
        for each in drawn:
            yield from (f"{n.lineno}: {ast.unparse(n)}" for n in bare_names(each))


def test_names_are_escaped_wherever_markdown_is_drawn():
    files = {path: [*unescaped(path.read_text("utf-8"))] for path in PAGES.rglob("*.py")}
    assert {str(path.relative_to(PAGES)): names for path, names in files.items() if names} == {}


@pytest.mark.parametrize(
    "line",
    [
        "st.caption(photo.name)",
        "row.markdown(f'**{classes[0]}**')",
        "st.info(a.name + '.')",
        "st.image(photo.data, caption=photo.name)",
    ],
)
def test_a_bare_name_is_noticed(line):
    assert len([*unescaped(line)]) == 1


@pytest.mark.parametrize("line", ["st.caption(escaped(photo.name))", "st.text(photo.name)"])
def test_others_are_not(line):
    assert not [*unescaped(line)]


@pytest.mark.parametrize("name", [":material_home:", ":material/home:", "a:smile:", ":+1:"])
def test_a_name_between_colons_is_no_icon(name):
    plain = escaped(name).replace("\\", "")
    assert name not in plain
    assert plain.replace("\u2060", "") == name
