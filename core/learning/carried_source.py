"""Modules of this project that exported files carry, so that their scripts read inputs as it does.

A script that prepared its inputs by code of its own would differ from the pages wherever photos
and recordings are odd.
"""

from __future__ import annotations

import ast
import re
import zipfile
from collections.abc import Iterator
from importlib.util import find_spec
from itertools import accumulate
from pathlib import Path

_ROOT = "core"


def carry(archive: zipfile.ZipFile, module: str, package: str) -> None:
    """Write a module, and all of this project that it imports, into an archive, each once.

    Python imports them from the archive itself once that is on `sys.path`.

    Parameters
    ----------
    module : such as `"core.vision.preparation"`.
    package : what stands for `core` in the archive, where `core` itself may be installed too.
    """
    waiting, paths = [module], dict[str, Path]()
    while waiting:
        name = waiting.pop()
        path = _path(name)
        if path is None or name in paths:
            continue
        paths[name] = path
        if path.name != "__init__.py":  # of a package only the modules that are named
            waiting.extend(_imported(path))
    there = {*archive.namelist()}
    modules = {name: path for name, path in paths.items() if path.name != "__init__.py"}
    parents = {parent for name in modules for parent in accumulate(name.split(".")[:-1], _joined)}
    files = {f"{_place(name, package)}/__init__.py": "" for name in sorted(parents)}
    for name, path in sorted(modules.items()):
        source = path.read_text("utf-8")
        renamed = re.sub(rf"^(\s*from ){_ROOT}\b", rf"\1{package}", source, flags=re.MULTILINE)
        files[f"{_place(name, package)}.py"] = renamed
    for place, content in files.items():
        if place not in there:
            archive.writestr(place, content)


def _imported(path: Path) -> Iterator[str]:
    """Modules of this project that a module may import, and names that may be such."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == _ROOT:
            yield str(node.module)
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _path(name: str) -> Path | None:
    """The file of a module; None if it is none, but a name within one."""
    try:
        spec = find_spec(name)
    except ModuleNotFoundError:
        return None
    return Path(spec.origin) if spec is not None and spec.origin else None


def _joined(package: str, name: str) -> str:
    return f"{package}.{name}"


def _place(name: str, package: str) -> str:
    return "/".join([package, *name.split(".")[1:]])
