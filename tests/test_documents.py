"""README.md, ARCHITECTURE.md, CONTRIBUTING.md, PYTHON.md and SECURITY.md name what there is."""

from __future__ import annotations

import ast
import importlib
import re
from pathlib import Path

import pytest
import typer.main

from core.cli.commands import app
from core.settings import NAMES

ROOT = Path(__file__).parents[1]
DOCUMENTS = ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "PYTHON.md", "SECURITY.md")
SOURCES = [
    *(path for folder in ("core", "pages") for path in (ROOT / folder).rglob("*.py")),
    ROOT / "app.py",
]
TESTS = list((ROOT / "tests").rglob("*.py"))
ELSEWHERE = {"AppTest", "LookupError", "ValueError"}  # Streamlit's and Python's


def text_of(document: str) -> str:
    return (ROOT / document).read_text("utf-8")


def spans(document: str) -> list[str]:
    """What a document sets as code, in a line or as a block; placeholders are left out."""
    text = text_of(document)
    blocks = re.findall(r"^```\w*\n(.*?)^```", text, re.M | re.S)
    inline = re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```", "", text, flags=re.M | re.S))
    found = [*inline, *(line for block in blocks for line in block.splitlines())]
    return [span for span in found if "NAME" not in span]


def words(document: str) -> list[str]:
    return [word for span in spans(document) for word in re.split(r"[\s,;=]+", span)]


def module_file(name: str) -> Path | None:
    path = ROOT.joinpath(*name.split("."))
    places = (path.with_suffix(".py"), path / "__init__.py", path)
    return next((place for place in places if place.exists()), None)


def sources_text(paths: list[Path]) -> str:
    return "\n".join(path.read_text("utf-8") for path in paths)


def marked_command(marker: str) -> list[str]:
    """The lines of the block that follows a marker in README.md."""
    (block,) = re.findall(rf"<!-- {marker} -->\n```sh\n(.*?)```", text_of("README.md"), re.S)
    return block.splitlines()


@pytest.mark.parametrize("document", DOCUMENTS)
def test_files_that_documents_name_exist(document):
    paths = {
        word
        for word in words(document)
        if re.fullmatch(r"[.\w][\w.-]*(/[\w.-]+)+|[\w.-]+\.(py|md|toml|txt|yaml)", word)
        and not word.startswith(("..", ".venv/", "densenet"))
    }
    paths |= set(re.findall(r"\b[A-Z]+\.md\b", text_of(document)))
    paths |= set(re.findall(r"\]\((?!https?:)([^)]+)\)", text_of(document)))
    assert paths
    assert [path for path in sorted(paths) if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS)
def test_modules_and_functions_that_documents_name_exist(document):
    names = {word for word in words(document) if re.fullmatch(r"(core|pages|tests)(\.\w+)+", word)}
    assert names
    for name in sorted(names):
        if module_file(name) is None:
            module, _, attribute = name.rpartition(".")
            assert module_file(module), name
            assert hasattr(importlib.import_module(module), attribute), name


@pytest.mark.parametrize("document", DOCUMENTS)
def test_modules_that_documents_run_can_be_run(document):
    modules = re.findall(r"python -m ((?:core|tests)[\w.]*\w)", "\n".join(spans(document)))
    for name in modules:
        path = ROOT.joinpath(*name.split("."))
        runs = path / "__main__.py" if path.is_dir() else path.with_suffix(".py")
        assert '__name__ == "__main__"' in runs.read_text("utf-8"), name


@pytest.mark.parametrize("document", DOCUMENTS)
def test_commands_that_documents_name_are_there(document):
    known = typer.main.get_command(app).commands
    used = re.findall(r"\bgraft ([a-z][a-z-]*)", "\n".join(spans(document)))
    assert set(used) <= known.keys()
    if document == "README.md":
        assert set(used) == known.keys()


@pytest.mark.parametrize("document", DOCUMENTS)
def test_tests_and_classes_that_documents_name_exist(document):
    definitions = {
        node.name
        for path in [*SOURCES, *TESTS]
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
    }
    named = {
        word for word in words(document) if re.fullmatch(r"test_\w+|(?:[A-Z][a-z0-9]+){2,}", word)
    }
    assert named <= definitions | ELSEWHERE


def test_every_setting_stands_in_the_readme():
    read = set(re.findall(r'"(GRAFT_[A-Z_]+)"', sources_text(SOURCES)))
    documented = set(re.findall(r"^\| `(GRAFT_[A-Z_]+)` \|", text_of("README.md"), re.M))
    assert documented == read == {*NAMES}


@pytest.mark.parametrize("document", DOCUMENTS)
def test_variables_that_documents_name_are_read(document):
    known = sources_text([*SOURCES, *TESTS, ROOT / ".ci" / "run"])
    named = set(re.findall(r"GRAFT_[A-Z_]+", text_of(document)))
    assert [name for name in sorted(named) if name not in known] == []


def test_every_page_stands_in_the_readme():
    navigation = (ROOT / "pages" / "navigation.py").read_text("utf-8")
    pages = re.findall(r'^ {16,}title="(.+)"', navigation, re.M)
    assert len(pages) > 1
    section = text_of("README.md").split("## Pages")[1].split("\n## ")[0]
    assert re.findall(r"^\| (\w[^|]*) \|", section, re.M) == pages


def test_every_recipe_stands_in_the_architecture():
    runs = [
        path
        for path in (ROOT / "core" / "recipes").rglob("*.py")
        if '__name__ == "__main__"' in path.read_text("utf-8")
    ]
    names = {path.parent.name if path.stem == "__main__" else path.stem for path in runs}
    documented = re.findall(r"^\| `core\.recipes\.(\w+)` \|", text_of("ARCHITECTURE.md"), re.M)
    assert set(documented) == names


@pytest.mark.parametrize("marker", ["run", "test"])
def test_one_line_runs_the_app_and_one_passes_the_tests(marker):
    (line,) = marked_command(marker)
    assert line.startswith("python3 -m venv .venv && .venv/bin/pip install ")
