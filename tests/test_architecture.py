"""The rules of the house: who may import whom, and when TensorFlow is loaded."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
CORE = sorted((ROOT / "core").rglob("*.py"))
LAYERS = (  # from the top; each may import what stands below it
    {"recipes", "cli"},
    {"startup"},
    {"api"},
    {"cluster"},
    {"tasks"},
    {"projects"},
    {"vision", "text", "sound", "optvis", "smallest_transfer"},
    {"learning"},
    {"engine"},
    {"zoo"},
    {"media"},
    {"access", "memory"},
    {"settings", "sign_in"},
    {"environment"},
    {"errors", "wording"},
)
RANK = {part: rank for rank, parts in enumerate(LAYERS) for part in parts}
HEAVY = ("tensorflow", "keras", "tf_keras", "torch")


def imported(path: Path) -> Iterator[str]:
    """Every module that a file imports, wherever in the file it does so."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def parts(path: Path) -> Iterator[str]:
    """The parts of `core` that a file imports."""
    for name in imported(path):
        if name.startswith("core."):
            yield name.split(".")[1]


def part_of(path: Path) -> str:
    return path.relative_to(ROOT / "core").parts[0].removesuffix(".py")


@pytest.mark.parametrize("path", CORE, ids=lambda path: str(path.relative_to(ROOT)))
def test_core_knows_no_interface(path):
    roots = {name.split(".")[0] for name in imported(path)}
    assert not roots & {"streamlit", "streamlit_webrtc", "pages", "app"}


@pytest.mark.parametrize("path", CORE, ids=lambda path: str(path.relative_to(ROOT)))
def test_core_imports_downwards_only(path):
    if path == ROOT / "core" / "__init__.py":
        assert not list(imported(path))
        return
    part = part_of(path)
    for other in set(parts(path)) - {part}:
        assert RANK[part] < RANK[other], f"{part} imports {other}"


def test_only_one_module_imports_tensorflow():
    importers = {
        str(path.relative_to(ROOT))
        for path in CORE
        if any(name.split(".")[0] in HEAVY for name in imported(path))
    }
    assert importers == {"core/zoo/keras_runtime.py"}


def test_importing_core_loads_neither_tensorflow_nor_torch(python):
    code = """
import importlib, pkgutil, sys
import core
names = [m.name for m in pkgutil.walk_packages(core.__path__, "core.")]
for name in names:
    if not name.endswith("__main__"):
        importlib.import_module(name)
assert {"core.engine.conversion", "core.vision.classification"} <= set(sys.modules)
print(*sorted({"tensorflow", "keras", "tf_keras", "torch"} & set(sys.modules)))
"""
    assert python(code).split() == []


def test_pylibsrtp_is_loaded_before_tensorflow(python):
    """The other order kills the process once live video starts."""
    code = """
import sys
from core.zoo.keras_runtime import tensorflow
tensorflow()
order = list(sys.modules)
print(order.index("pylibsrtp") < order.index("tensorflow"))
"""
    assert python(code).split() == ["True"]


def test_the_rules_cover_every_part_of_core():
    present = {part_of(path) for path in CORE} - {"__init__"}
    assert present <= set(RANK)


PAGES = {path.relative_to(ROOT / "pages"): path for path in sorted((ROOT / "pages").rglob("*.py"))}


def module_name(path: Path) -> str:
    return ".".join(("pages", *path.with_suffix("").parts)).removesuffix(".__init__")


def pages_by_shared_module() -> dict[str, set[str]]:
    """Which pages use each module of pages/_ui, themselves or through other modules of theirs."""
    uses = {
        module_name(path): {name for name in imported(whole) if name.startswith("pages.")}
        for path, whole in PAGES.items()
    }
    users = {name: set() for name in uses if name.startswith("pages._ui.")}
    for page in (name for name in uses if name.count(".") == 1):
        reached, waiting = set(), [page]
        while waiting:
            name = waiting.pop()
            if name in uses and name not in reached:
                reached.add(name)
                waiting += uses[name]
        for name in reached & users.keys():
            users[name].add(page)
    return users


def test_what_pages_share_is_used_by_at_least_two():
    few = {name: users for name, users in pages_by_shared_module().items() if len(users) < 2}
    assert not few, f"one page alone uses these, so they belong beside it: {few}"


@pytest.mark.parametrize("path", [*CORE, *PAGES.values()], ids=lambda p: str(p.relative_to(ROOT)))
def test_files_can_be_read_at_one_sitting(path):
    assert len(path.read_text("utf-8").splitlines()) <= 400


@pytest.mark.parametrize("path", PAGES.values(), ids=lambda path: str(path.relative_to(ROOT)))
def test_pages_tell_things_apart_by_content_and_not_by_address(path):
    """An address that is free again goes to another object, which then passes for the first."""
    calls = [
        node.func for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)
    ]
    assert "id" not in [call.id for call in calls if isinstance(call, ast.Name)]
