"""What the person who runs Graft may set, all by environment variables."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from core.errors import InvalidInputError

_MIB = 1 << 20
_DEVICES = ("auto", "cpu", "gpu")
_PRECISIONS = ("native", "f32")
_ACCESSES = ("local", "open")
_PUBLISHERS = (
    "https://tfhub.dev/google/",
    "https://tfhub.dev/tensorflow/",
    "https://www.kaggle.com/models/google/",
    "https://www.kaggle.com/models/tensorflow/",
)
_URL = re.compile(r"https?://[^\s/?#]+\S*")
_ORIGIN = re.compile(r"\*|https?://[^\s/?#]+")
_ICE_SERVER = re.compile(r"(stun|turn)s?:[^\s/]\S*")

NAMES = (
    "GRAFT_ACCESS",
    "GRAFT_API_KEY",
    "GRAFT_API_KEYS",
    "GRAFT_API_ORIGINS",
    "GRAFT_API_RATE",
    "GRAFT_ASSETS",
    "GRAFT_BLOBS",
    "GRAFT_CACHE",
    "GRAFT_DATA",
    "GRAFT_DATABASE",
    "GRAFT_DEVICE",
    "GRAFT_ICE_SERVERS",
    "GRAFT_MEMORY_BUDGET_MIB",
    "GRAFT_MIRROR",
    "GRAFT_MODULES",
    "GRAFT_OFFLINE",
    "GRAFT_PRECISION",
    "GRAFT_PROJECTS_MIB",
    "GRAFT_PROJECT_DAYS",
    "GRAFT_PROJECT_MIB",
)
"""All variables that Graft reads."""


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
    access : str
        `"local"` (default): whoever reaches the server may do everything; `"open"`: everybody may
        use it, and nobody change it (`GRAFT_ACCESS`). See `core.access`.
    modules : tuple of str
        URLs and folders below which SavedModels may be opened where access is `"open"`
        (`GRAFT_MODULES`, separated by commas, by default those of Google and TensorFlow).
    api_rate : str
        How often one key or address may ask (`GRAFT_API_RATE`, default `"100 per second"`).
    api_origins : tuple of str
        Origins whose pages may ask from a browser (`GRAFT_API_ORIGINS`, separated by commas).
    database : str
        Where projects are saved: the path of an SQLite file, or a URL that starts with
        `postgresql://` (`GRAFT_DATABASE`, by default `projects.db` in the folder of `GRAFT_DATA`,
        which is `graft` in the user's data folder).
    blobs : str
        Where the contents of projects are: a folder, or a URL such as `s3://bucket/folder`
        (`GRAFT_BLOBS`, by default `content` in the folder of `GRAFT_DATA`).
    project_bytes : int > 0 [bytes]
        What one project may take (`GRAFT_PROJECT_MIB`, default 4,096).
    projects_bytes : int > 0 [bytes], or None
        What all projects together may take (`GRAFT_PROJECTS_MIB`, default without a limit).
    project_days : int > 0, or None
        Days after its last visit until a project is deleted (`GRAFT_PROJECT_DAYS`, default never).
    ice_servers : tuple of str
        STUN and TURN servers for live video and sound (`GRAFT_ICE_SERVERS`, separated by commas).
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
    access: str
    modules: tuple[str, ...]
    api_rate: str
    api_origins: tuple[str, ...]
    database: str
    blobs: str
    project_bytes: int
    projects_bytes: int | None
    project_days: int | None
    ice_servers: tuple[str, ...]


def settings() -> Settings:
    """Read the settings from the environment.

    Raises
    ------
    InvalidInputError
        If one of them cannot be understood.
    """
    get = os.environ.get
    said = _chosen("GRAFT_OFFLINE", ("", "0", "1"))
    user_cache = Path(get("XDG_CACHE_HOME") or Path.home() / ".cache")
    user_data = Path(get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    data = _folder("GRAFT_DATA", user_data / "graft")
    return Settings(
        assets=_folder("GRAFT_ASSETS", Path(__file__).parent / "assets"),
        cache=_folder("GRAFT_CACHE", user_cache / "graft"),
        memory_budget=_mebibytes("GRAFT_MEMORY_BUDGET_MIB", "1024"),
        device=_chosen("GRAFT_DEVICE", _DEVICES),
        precision=_chosen("GRAFT_PRECISION", _PRECISIONS),
        offline=said == "1",
        offline_as_set=said == "1" if said else None,
        mirror=_fitting(
            "GRAFT_MIRROR", get("GRAFT_MIRROR"), _URL, "a URL with https:// or http://"
        ),
        api_keys=_digests(_listed(get("GRAFT_API_KEYS", ""))),
        access=_chosen("GRAFT_ACCESS", _ACCESSES),
        modules=_modules("GRAFT_MODULES"),
        api_rate=get("GRAFT_API_RATE") or "100 per second",
        api_origins=_all_fitting(
            "GRAFT_API_ORIGINS", _ORIGIN, "origins such as https://example.org"
        ),
        database=get("GRAFT_DATABASE") or str(data / "projects.db"),
        blobs=get("GRAFT_BLOBS") or str(data / "content"),
        project_bytes=_mebibytes("GRAFT_PROJECT_MIB", "4096"),
        projects_bytes=_mebibytes("GRAFT_PROJECTS_MIB") if get("GRAFT_PROJECTS_MIB") else None,
        project_days=_days("GRAFT_PROJECT_DAYS"),
        ice_servers=_all_fitting("GRAFT_ICE_SERVERS", _ICE_SERVER, "URLs such as stun:example.org"),
    )


def _chosen(variable: str, choices: tuple[str, ...]) -> str:
    """One of some, the first by default."""
    text = os.environ.get(variable) or choices[0]
    if text not in choices:
        *others, last = filter(None, choices)
        raise InvalidInputError(
            f"Expected {variable} to be {', '.join(others)} or {last}. Received: {text!r}."
        )
    return text


def _folder(variable: str, default: Path) -> Path:
    text = os.environ.get(variable)
    try:
        return Path(text).expanduser() if text else default
    except RuntimeError:  # of a user that is not there
        raise InvalidInputError(
            f"Expected {variable} to be a folder. Received: {text!r}."
        ) from None


def _all_fitting(variable: str, pattern: re.Pattern[str], expected: str) -> tuple[str, ...]:
    """What is listed in a variable."""
    texts = _listed(os.environ.get(variable, ""))
    return tuple(filter(None, (_fitting(variable, text, pattern, expected) for text in texts)))


def _fitting(
    variable: str, text: str | None, pattern: re.Pattern[str], expected: str
) -> str | None:
    """A text that is not empty."""
    if text and not pattern.fullmatch(text):
        raise InvalidInputError(f"Expected {variable} to be {expected}. Received: {text!r}.")
    return text or None


def _modules(variable: str) -> tuple[str, ...]:
    """URLs and folders; none where the variable is empty."""
    if variable not in os.environ:
        return _PUBLISHERS
    listed = _listed(os.environ[variable])
    for text in listed:
        if not (text.startswith("https://") or Path(text).is_absolute()):
            raise InvalidInputError(
                f"Expected {variable} to be URLs that start with https:// and folders that start "
                f"with /. Received: {text!r}."
            )
    return listed


def _mebibytes(variable: str, default: str = "") -> int:
    """Bytes."""
    text = os.environ.get(variable, default)
    try:
        size = int(float(text) * _MIB)
    except (ValueError, OverflowError):
        size = 0
    if size <= 0:
        raise InvalidInputError(f"Expected {variable} to be a positive number. Received: {text!r}.")
    return size


def _days(variable: str) -> int | None:
    text = os.environ.get(variable) or ""
    if not text:
        return None
    days = int(text) if text.isascii() and text.isdecimal() and len(text) < 7 else 0
    if days <= 0:
        raise InvalidInputError(
            f"Expected {variable} to be a whole number of days. Received: {text!r}."
        )
    return days


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
