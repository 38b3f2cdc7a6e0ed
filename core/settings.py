"""What the person who runs Graft may set, all by environment variables."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from core.errors import InvalidInputError

_MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings in force, read from the environment each time they are asked for.

    Attributes
    ----------
    assets : Path
        Folder of what this project has trained itself, which recipes write (`GRAFT_ASSETS`, by
        default `core/assets`).
    cache : Path
        Folder for weights and compiled networks (`GRAFT_CACHE`, by default `graft` in the
        user's cache folder).
    memory_budget : int > 0 [bytes]
        What all pooled networks together may take (`GRAFT_MEMORY_BUDGET_MIB`, default 1,024).
    device : str
        `"cpu"`, `"gpu"` or `"auto"` (`GRAFT_DEVICE`); `auto` takes a GPU where there is one.
    precision : str
        `"native"` (default) lets the processor compute in bf16 or f16 where that is faster;
        `"f32"` gives the same answer on every machine (`GRAFT_PRECISION`).
    offline : bool
        Never try the network (`GRAFT_OFFLINE=1`).
    offline_as_set : bool or None
        The same; None where `GRAFT_OFFLINE` is not set, so that nobody has said.
    mirror : str or None
        Base URL that replaces `https://storage.googleapis.com` for Keras weights
        (`GRAFT_MIRROR`), for networks that only reach a mirror.
    api_keys : frozenset of str
        SHA-256 digests of the keys that the web API asks for, in hexadecimal (`GRAFT_API_KEYS`,
        separated by commas); without any it asks for none.
    api_rate : str
        How often one key or address may ask (`GRAFT_API_RATE`, default `"100 per second"`).
    api_origins : tuple of str
        Origins whose pages may ask from a browser (`GRAFT_API_ORIGINS`, separated by commas).
    """

    assets: Path
    cache: Path
    memory_budget: int
    device: str
    precision: str
    offline: bool
    offline_as_set: bool | None
    mirror: str | None
    api_keys: frozenset[str]
    api_rate: str
    api_origins: tuple[str, ...]


def settings() -> Settings:
    """Read the settings from the environment.

    Raises
    ------
    InvalidInputError
        If one of them cannot be understood.
    """
    get = os.environ.get
    said = get("GRAFT_OFFLINE")
    user_cache = Path(get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return Settings(
        assets=Path(get("GRAFT_ASSETS") or Path(__file__).parent / "assets").expanduser(),
        cache=Path(get("GRAFT_CACHE") or user_cache / "graft").expanduser(),
        memory_budget=_memory_budget(get("GRAFT_MEMORY_BUDGET_MIB", "1024")),
        device=get("GRAFT_DEVICE", "auto"),
        precision=get("GRAFT_PRECISION", "native"),
        offline=said not in (None, "", "0"),
        offline_as_set=None if said in (None, "") else said != "0",
        mirror=get("GRAFT_MIRROR") or None,
        api_keys=_digests(_listed(get("GRAFT_API_KEYS", ""))),
        api_rate=get("GRAFT_API_RATE") or "100 per second",
        api_origins=_listed(get("GRAFT_API_ORIGINS", "")),
    )


def _memory_budget(text: str) -> int:
    try:
        budget = int(float(text) * _MIB)
    except (ValueError, OverflowError):
        budget = 0
    if budget <= 0:
        raise InvalidInputError(
            f"Expected GRAFT_MEMORY_BUDGET_MIB to be a positive number. Received: {text!r}."
        )
    return budget


def _listed(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _digests(texts: tuple[str, ...]) -> frozenset[str]:
    for text in texts:
        if not re.fullmatch("[0-9a-fA-F]{64}", text):
            raise InvalidInputError(
                "Expected GRAFT_API_KEYS to hold SHA-256 digests of 64 hexadecimal digits, such as "
                "`printf KEY | sha256sum` prints. Received: something else."
            )
    return frozenset(text.lower() for text in texts)
