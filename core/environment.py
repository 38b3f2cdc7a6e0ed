"""Values that environment variables hold, and a sentence for what does not fit."""

from __future__ import annotations

import ipaddress
import os
import re
from pathlib import Path
from urllib.parse import urlsplit

from core.errors import InvalidInputError

_MIB = 1 << 20
_PORTS = {"https": 443, "http": 80}


def text_of(variable: str) -> str:
    """What it holds; empty where it is not set."""
    return os.environ.get(variable, "")


def listed(variable: str) -> tuple[str, ...]:
    """Its parts between commas, those that are not empty."""
    return tuple(part.strip() for part in text_of(variable).split(",") if part.strip())


def one_of(variable: str, choices: tuple[str, ...]) -> str:
    """One of some, the first by default.

    Raises
    ------
    InvalidInputError
        As all that follow.
    """
    text = text_of(variable) or choices[0]
    if text not in choices:
        *others, last = filter(None, choices)
        raise wrong(variable, f"{', '.join(others)} or {last}", text)
    return text


def fitting(variable: str, pattern: re.Pattern[str], expected: str) -> str | None:
    """A text that fits a pattern as a whole; None where there is none."""
    text = text_of(variable)
    return _checked(variable, text, pattern, expected) if text else None


def all_fitting(variable: str, pattern: re.Pattern[str], expected: str) -> tuple[str, ...]:
    """What it lists, if each fits a pattern."""
    return tuple(_checked(variable, text, pattern, expected) for text in listed(variable))


def folder(variable: str, default: Path) -> Path:
    """A folder, which need not exist; `~` is that of a user."""
    text = text_of(variable)
    try:
        return Path(text).expanduser() if text else default
    except RuntimeError:  # of a user that is not there
        raise wrong(variable, "a folder", text) from None


def mebibytes(variable: str, default: str = "") -> int:
    """More than 0, in bytes."""
    text = os.environ.get(variable, default)
    try:
        size = int(float(text) * _MIB)
    except (ValueError, OverflowError):
        size = 0
    if size <= 0:
        raise wrong(variable, "a positive number", text)
    return size


def whole_number(variable: str, unit: str) -> int | None:
    """More than 0; None where it is not set."""
    text = text_of(variable)
    if not text:
        return None
    number = int(text) if text.isascii() and text.isdecimal() and len(text) < 7 else 0
    if number <= 0:
        raise wrong(variable, f"a whole number of {unit}", text)
    return number


def protected_url(variable: str, *, has_path: bool = False) -> str:
    """A URL with https://, or of this machine, with a path or without one, as browsers write it."""
    text = text_of(variable).strip().rstrip("/")
    place = "with" if has_path else "without"
    refusal = wrong(variable, f"a URL {place} a path that starts with https://", text)
    try:
        url = urlsplit(text)
        host, port = url.hostname or "", url.port
    except ValueError:
        raise refusal from None
    is_protected = url.scheme == "https" or (url.scheme == "http" and is_loopback(host))
    is_plain = "@" not in url.netloc and not url.fragment and not re.search(r"[\s\x00-\x1f]", text)
    is_whole = host and port != 0 and bool(url.path) == has_path and (has_path or not url.query)
    if not (is_protected and is_plain and is_whole):
        raise refusal
    host = f"[{host}]" if ":" in host else host
    own = "" if port in (None, _PORTS[url.scheme]) else f":{port}"
    return url._replace(netloc=f"{host}{own}").geturl()


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches a host or an address."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def wrong(variable: str, expected: str, received: str) -> InvalidInputError:
    """The error for a value that does not fit."""
    return InvalidInputError(f"Expected {variable} to be {expected}. Received: {received!r}.")


def _checked(variable: str, text: str, pattern: re.Pattern[str], expected: str) -> str:
    if not pattern.fullmatch(text):
        raise wrong(variable, expected, text)
    return text
