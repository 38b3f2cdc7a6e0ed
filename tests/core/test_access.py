"""Which modules a visitor may open."""

from __future__ import annotations

import pytest

from core.access import check_module, may_administer
from core.errors import NotAllowedError

GOOGLES = "https://tfhub.dev/google/imagenet/mobilenet_v2_100_224/classification/5"


@pytest.fixture(autouse=True)
def room(monkeypatch):
    """A server for everybody."""
    monkeypatch.setenv("GRAFT_ACCESS", "open")
    monkeypatch.delenv("GRAFT_MODULES", raising=False)


def test_on_a_machine_of_ones_own_everything_is_allowed(monkeypatch):
    assert not may_administer()
    monkeypatch.delenv("GRAFT_ACCESS")
    assert may_administer()
    check_module("https://example.org/anything")
    check_module("/tmp")


@pytest.mark.parametrize(
    "module",
    [
        "https://example.org/google/module",
        "https://tfhub.dev/googles/module",
        "https://tfhub.dev/google/../somebody/module",
        "https://tfhub.dev/google/%2e%2e/somebody/module",
        "https://tfhub.dev/google/%252e%252e/somebody/module",
        "https://tfhub.dev/google/..%5csomebody",
        "https://tfhub.dev%2Fgoogle/module",
        "https://tfhub.dev@example.org/google/module",
        "https://tfhub.dev.example.org/google/module",
        "http://tfhub.dev/google/module",
        "file:///srv/models/one",
        "/srv/models",
        "tfhub.dev/google",
        "~",
        "",
    ],
)
def test_a_module_of_others_is_refused(module):
    with pytest.raises(NotAllowedError, match="that this server lists") as refused:
        check_module(module)
    assert "/srv" not in str(refused.value)


def test_listed_publishers_and_folders_are_opened(tmp_path, monkeypatch):
    check_module(GOOGLES)
    listed = tmp_path / "models"
    (listed / "one").mkdir(parents=True)
    (tmp_path / "models2").mkdir()
    (listed / "away").symlink_to(tmp_path / "models2")
    monkeypatch.setenv("GRAFT_MODULES", f"https://example.org/ours, {listed}")
    check_module("https://example.org/ours/module/1")
    check_module("https://example.org/ours")
    check_module(str(listed / "one"))
    refused = (GOOGLES, str(tmp_path / "models2"), str(listed / ".."), str(listed / "away"))
    for module in (*refused, "https://example.org/ours2/module"):
        with pytest.raises(NotAllowedError):
            check_module(module)


def test_none_may_be_listed(monkeypatch):
    monkeypatch.setenv("GRAFT_MODULES", "")
    with pytest.raises(NotAllowedError, match="on the server: none"):
        check_module(GOOGLES)
