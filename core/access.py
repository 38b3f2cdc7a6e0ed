"""Who may do what on a server, by the setting `GRAFT_ACCESS`."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import unquote

from core.environment import is_loopback
from core.errors import InvalidInputError, NotAllowedError
from core.settings import settings
from core.sign_in import Person


def may_administer(person: Person | None = None) -> bool:
    """Whether a visitor may evict networks, remove files and open any module.

    Parameters
    ----------
    person : who has signed in, if anybody has.
    """
    if settings().access == "login":
        return person is not None and person.is_admin
    return settings().access == "local"


def check_module(module: str, person: Person | None = None) -> None:
    """Check that a visitor may open a SavedModel, which runs its code here.

    Parameters
    ----------
    module : a URL, or a folder of the server.
    person : who has signed in, if anybody has.

    Raises
    ------
    NotAllowedError
        If it is not of a publisher or in a folder that the server lists.
    """
    listed = settings().modules
    if may_administer(person) or any(_is_below(module, place) for place in listed):
        return
    raise NotAllowedError(
        "Expected a module of a publisher that this server lists, since opening one runs its code "
        f"on the server: {', '.join(filter(_is_url, listed)) or 'none'}. Received: another. "
        "Run Graft on a machine of your own to open it."
    )


ACCESS = {
    "local": "Access is local: whoever reaches this server may do everything.",
    "open": (
        "Access is open: everybody may use this server, and only whoever runs it can remove "
        "networks and files."
    ),
    "login": (
        "Access is by signing in: visitors may use this server, and admins remove networks and "
        "files as well."
    ),
}
"""What each value of `GRAFT_ACCESS` means, for visitors and for whoever starts the server."""


def check_address(address: str | None) -> None:
    """Check that a server with the rights of `local` serves its own machine alone.

    Parameters
    ----------
    address : where it listens; None for all addresses of the machine.

    Raises
    ------
    InvalidInputError
        If it serves others, and nobody has set `GRAFT_ACCESS`.
    """
    if os.environ.get("GRAFT_ACCESS") or (address is not None and is_loopback(address)):
        return
    raise InvalidInputError(
        "Expected GRAFT_ACCESS to be set where other machines are served: to open, so that "
        "everybody who reaches the port may use Graft and nothing else, to login, so that people "
        "sign in, or to local, so that whoever reaches it may remove networks and open any folder "
        "of this machine as well. "
        f"Received: none, and --server.address {address or '(all addresses)'}."
    )


def check_base_path(below: str | None) -> None:
    """Check that people can sign in: the way back from the provider has no path before it.

    Parameters
    ----------
    below : path below which the pages lie; empty or None for none.

    Raises
    ------
    InvalidInputError
        If there is one, and people sign in.
    """
    if below and settings().access == "login":
        raise InvalidInputError(
            "Expected no --server.baseUrlPath where GRAFT_ACCESS is login, since people come back "
            f"to GRAFT_URL itself. Received: {below}."
        )


def _is_url(place: str) -> bool:
    return "://" in place


def _is_below(module: str, place: str) -> bool:
    """Whether a module is a place that is listed, or lies in it."""
    if _is_url(module) != _is_url(place):
        return False
    if not _is_url(module):
        return Path(module).expanduser().resolve().is_relative_to(Path(place).resolve())
    path = unquote(unquote(module)).replace("\\", "/")
    climbs = {".", ".."} & set(path.split("/"))
    start = f"{place.rstrip('/')}/"
    return not climbs and all(f"{url.rstrip('/')}/".startswith(start) for url in (module, path))
