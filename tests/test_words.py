"""Words on pages, in messages and in the README are those of the glossary in CONTRIBUTING.md."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
# texts that stand for what other people write
PROSE = {"samples.py", "training_samples.py"}
RECIPES = ROOT / "core" / "recipes"


def glossary() -> dict[str, str]:
    """By phrase to avoid, what to write."""
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    rows = re.findall(r"^\| ([^|]+) \| (“[^|]+”) \|$", text, re.MULTILINE)
    return {
        phrase.lower(): word
        for word, phrases in rows
        for phrase in re.findall("“([^”]+)”", phrases)
    }


def phrases_in(text: str) -> list[str]:
    """Phrases of a text that the glossary avoids."""
    every = "|".join(sorted(map(re.escape, glossary()), key=len, reverse=True))
    return re.findall(rf"\b(?:{every})\b", text, re.IGNORECASE)


def strings(path: Path) -> Iterator[tuple[int, str]]:
    """String literals of a module that are no docstrings, with their lines."""
    tree = ast.parse(path.read_text("utf-8"))
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        is_text = isinstance(node, ast.Constant) and isinstance(node.value, str)
        if is_text and id(node) not in docstrings and " " in node.value:
            yield node.lineno, node.value


def modules() -> list[Path]:
    every = [ROOT / "app.py", *(ROOT / "pages").rglob("*.py"), *(ROOT / "core").rglob("*.py")]
    return [m for m in every if m.name not in PROSE and not m.is_relative_to(RECIPES)]


def test_the_glossary_is_read():
    assert glossary()["taken for"] == "predicted"
    assert len(glossary()) > 20


@pytest.mark.parametrize("text", ["Take it along", "Photos left out: 3", "What speaks for “cat”"])
def test_a_phrase_to_avoid_is_noticed(text):
    assert phrases_in(text)


def test_pages_and_messages_keep_to_the_glossary():
    assert len(modules()) > 300
    avoided = [
        f"{path.relative_to(ROOT)}:{line}: {phrase!r}, write {glossary()[phrase.lower()]!r}"
        for path in modules()
        for line, text in strings(path)
        for phrase in phrases_in(text)
    ]
    assert avoided == []


@pytest.mark.parametrize("name", ["README.md", "CHANGELOG.md", "PYTHON.md", "SECURITY.md"])
def test_documents_keep_to_the_glossary(name):
    lines = (ROOT / name).read_text("utf-8").splitlines()
    assert [line for line in lines if phrases_in(line)] == []
