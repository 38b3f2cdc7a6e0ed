"""Settings with which Graft starts, but that could be better."""

from __future__ import annotations

import os

import pytest

from core.settings import NAMES
from core.startup import poor
from core.startup.poor import poor_settings
from core.startup.wrong import check_settings

COSTS = {"Small": 120 << 20, "Large": (300 << 20) + 1, "Middle": 200 << 20}


@pytest.fixture(autouse=True)
def nothing_is_set(monkeypatch, tmp_path):
    """But the folder of projects; three networks are compiled."""
    for name in list(os.environ):
        if name.startswith("GRAFT_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("GRAFT_DATA", str(tmp_path / "data"))
    monkeypatch.setattr(poor, "known_costs", lambda: COSTS)


def test_nothing_is_poor_about_the_defaults(monkeypatch):
    monkeypatch.setattr(poor, "_memory_bytes", lambda: 8 << 30)
    assert poor_settings() == []


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("GRAFT_MEMORY_BUDGET", "Did you mean GRAFT_MEMORY_BUDGET_MIB?"),
        ("GRAFT_KEYS", "Did you mean GRAFT_API_KEYS?"),
        ("GRAFT_WALRUS", "README.md lists those there are."),
    ],
)
def test_a_name_that_is_none_is_said_with_the_nearest(monkeypatch, name, near):
    monkeypatch.setenv(name, "secret")
    assert poor_settings() == [f"There is no setting {name}, so it is ignored. {near}"]


def test_names_that_there_are_are_none_of_them(monkeypatch):
    monkeypatch.setattr(os, "environ", {name: "" for name in NAMES})
    assert list(poor._unknown()) == []


def test_networks_that_do_not_fit_are_counted_with_the_budget_that_holds_them(monkeypatch):
    monkeypatch.setenv("GRAFT_MEMORY_BUDGET_MIB", "150")
    assert poor_settings() == [
        "2 of 3 compiled networks cannot be used, since GRAFT_MEMORY_BUDGET_MIB is 150: Middle, "
        "Large. Set it to at least 301."
    ]
    monkeypatch.setenv("GRAFT_MEMORY_BUDGET_MIB", "301")
    assert poor_settings() == []


def test_bounds_beyond_the_memory_of_the_machine_are_poor(monkeypatch):
    monkeypatch.setattr(poor, "_memory_bytes", lambda: 1000 << 20)
    (sentence,) = poor_settings()
    assert "are 5,504 together, more than the 1,000 MiB of this machine" in sentence
    assert "GRAFT_MEMORY_BUDGET_MIB, GRAFT_RESULTS_MIB and GRAFT_HELD_MIB" in sentence
    monkeypatch.setenv("GRAFT_MEMORY_BUDGET_MIB", "400")
    monkeypatch.setenv("GRAFT_RESULTS_MIB", "300")
    monkeypatch.setenv("GRAFT_HELD_MIB", "300")
    assert not [said for said in poor_settings() if "of this machine" in said]


def test_a_gpu_without_a_driver_is_poor(monkeypatch):
    monkeypatch.setattr(poor, "has_driver", lambda: False)
    monkeypatch.setenv("GRAFT_DEVICE", "gpu")
    (sentence,) = poor_settings()
    assert sentence.startswith("GRAFT_DEVICE is gpu, but no driver")


def test_all_projects_should_be_allowed_more_than_one(monkeypatch):
    monkeypatch.setenv("GRAFT_PROJECTS_MIB", "100")
    (sentence,) = poor_settings()
    assert sentence.startswith("GRAFT_PROJECTS_MIB is 100, less than the 4,096 MiB")


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("GRAFT_DATABASE", "postgresql://me:secret@127.0.0.1:9/projects"),
        ("GRAFT_DATABASE", "/dev/null/projects.db"),
        ("GRAFT_BLOBS", "/dev/null/content"),
        ("GRAFT_BLOBS", "s3://bucket/folder"),
    ],
)
def test_places_of_projects_that_cannot_be_reached_are_poor(monkeypatch, variable, value):
    monkeypatch.setenv(variable, value)
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")  # the discard port
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "secret")
    (sentence,) = poor_settings()
    assert sentence.startswith("Projects are not saved at the moment. ")
    assert variable in sentence and "secret" not in sentence
    assert "/dev/null" not in sentence  # which every visitor of the Engine room reads


def test_contents_that_went_away_are_noticed(monkeypatch, tmp_path):
    assert poor_settings() == []
    (tmp_path / "data" / "content").rename(tmp_path / "elsewhere")
    (sentence,) = poor_settings()
    assert "GRAFT_BLOBS" in sentence


def test_a_full_cache_that_cannot_be_written_is_poor_and_not_wrong(monkeypatch):
    monkeypatch.setenv("GRAFT_CACHE", "/proc")  # which nobody can write into
    check_settings()
    (sentence,) = poor_settings()
    assert sentence.startswith("The folder of GRAFT_CACHE cannot be written")
    assert "/proc" not in sentence
