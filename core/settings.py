"""What the person who runs Graft may set, all by environment variables."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from core import environment as env
from core.errors import InvalidInputError

_DEVICES = ("auto", "cpu", "gpu")
_PRECISIONS = ("native", "f32")
_ACCESSES = ("local", "open", "login")
_PUBLISHERS = (
    "https://tfhub.dev/google/",
    "https://tfhub.dev/tensorflow/",
    "https://www.kaggle.com/models/google/",
    "https://www.kaggle.com/models/tensorflow/",
)
_URL = re.compile(r"https?://[^\s/?#]+\S*")
_ORIGIN = re.compile(r"\*|https?://[^\s/?#]+")
_ICE_SERVER = re.compile(r"(stun|turn)s?:[^\s/]\S*")
_CLUSTER = re.compile(r"none|auto|(ray://)?[^\s/:]+:\d{1,5}")

NAMES = (
    "GRAFT_ACCESS",
    "GRAFT_ADMINS",
    "GRAFT_API_KEY",
    "GRAFT_API_KEYS",
    "GRAFT_API_ORIGINS",
    "GRAFT_API_RATE",
    "GRAFT_ASSETS",
    "GRAFT_BLOBS",
    "GRAFT_CACHE",
    "GRAFT_CLUSTER",
    "GRAFT_COOKIE_SECRET",
    "GRAFT_DATA",
    "GRAFT_DATABASE",
    "GRAFT_DEVICE",
    "GRAFT_HELD_MIB",
    "GRAFT_ICE_SERVERS",
    "GRAFT_LOGIN_HOURS",
    "GRAFT_MEMORY_BUDGET_MIB",
    "GRAFT_MIRROR",
    "GRAFT_MODULES",
    "GRAFT_NETWORKS",
    "GRAFT_OFFLINE",
    "GRAFT_OIDC_CLIENT_ID",
    "GRAFT_OIDC_CLIENT_SECRET",
    "GRAFT_OIDC_METADATA",
    "GRAFT_PRECISION",
    "GRAFT_PROJECTS_MIB",
    "GRAFT_PROJECT_DAYS",
    "GRAFT_PROJECT_MIB",
    "GRAFT_RESULTS_MIB",
    "GRAFT_SESSIONS",
    "GRAFT_URL",
    "GRAFT_VISITORS",
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
    networks : Path, or None
        Another such folder that was filled before and is only read, as in a container image
        (`GRAFT_NETWORKS`, default none).
    memory_budget : int > 0 [bytes]
        What all pooled networks together may take (`GRAFT_MEMORY_BUDGET_MIB`, default 1,024).
    results_bytes : int > 0 [bytes]
        What all cached results together may take in memory (`GRAFT_RESULTS_MIB`, default 384).
    held_bytes : int > 0 [bytes]
        What uploads, data sets and results of all visitors together may take in memory
        (`GRAFT_HELD_MIB`, default 4,096).
    sessions : int > 0
        How many browsers may be on the pages at once (`GRAFT_SESSIONS`, default 200).
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
        use it, and nobody change it; `"login"`: who signs in may use it, and admins change it
        (`GRAFT_ACCESS`). See `core.access` and `core.sign_in`.
    modules : tuple of str
        URLs and folders below which SavedModels may be opened unless access is `"local"`
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
    cluster : str
        `"none"` (default): tasks run in this process; `"auto"`: on a Ray cluster that starts here;
        or the address of one, such as `"ray://host:10001"` (`GRAFT_CLUSTER`).
    ice_servers : tuple of str
        STUN and TURN servers for live video and sound (`GRAFT_ICE_SERVERS`, separated by commas).
    """

    assets: Path
    cache: Path
    networks: Path | None
    memory_budget: int
    results_bytes: int
    held_bytes: int
    sessions: int
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
    cluster: str
    ice_servers: tuple[str, ...]

    @property
    def memory_bytes(self) -> int:
        """What networks, cached results and visitors may take in memory together, in bytes."""
        return self.memory_budget + self.results_bytes + self.held_bytes


def settings() -> Settings:
    """Read the settings from the environment.

    Raises
    ------
    InvalidInputError
        If one of them cannot be understood.
    """
    said = env.one_of("GRAFT_OFFLINE", ("", "0", "1"))
    user_cache = Path(env.text_of("XDG_CACHE_HOME") or Path.home() / ".cache")
    user_data = Path(env.text_of("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    data = env.folder("GRAFT_DATA", user_data / "graft")
    return Settings(
        assets=env.folder("GRAFT_ASSETS", Path(__file__).parent / "assets"),
        cache=env.folder("GRAFT_CACHE", user_cache / "graft"),
        networks=env.folder("GRAFT_NETWORKS", Path()) if env.text_of("GRAFT_NETWORKS") else None,
        memory_budget=env.mebibytes("GRAFT_MEMORY_BUDGET_MIB", "1024"),
        results_bytes=env.mebibytes("GRAFT_RESULTS_MIB", "384"),
        held_bytes=env.mebibytes("GRAFT_HELD_MIB", "4096"),
        sessions=env.whole_number("GRAFT_SESSIONS", "sessions") or 200,
        device=env.one_of("GRAFT_DEVICE", _DEVICES),
        precision=env.one_of("GRAFT_PRECISION", _PRECISIONS),
        offline=said == "1",
        offline_as_set=said == "1" if said else None,
        mirror=env.fitting("GRAFT_MIRROR", _URL, "a URL with https:// or http://"),
        api_keys=_digests("GRAFT_API_KEYS"),
        access=env.one_of("GRAFT_ACCESS", _ACCESSES),
        modules=_modules("GRAFT_MODULES"),
        api_rate=env.text_of("GRAFT_API_RATE") or "100 per second",
        api_origins=env.all_fitting(
            "GRAFT_API_ORIGINS", _ORIGIN, "origins such as https://example.org"
        ),
        database=env.text_of("GRAFT_DATABASE") or str(data / "projects.db"),
        blobs=env.text_of("GRAFT_BLOBS") or str(data / "content"),
        project_bytes=env.mebibytes("GRAFT_PROJECT_MIB", "4096"),
        projects_bytes=(
            env.mebibytes("GRAFT_PROJECTS_MIB") if env.text_of("GRAFT_PROJECTS_MIB") else None
        ),
        project_days=env.whole_number("GRAFT_PROJECT_DAYS", "days"),
        cluster=env.fitting(
            "GRAFT_CLUSTER", _CLUSTER, "none, auto or an address such as ray://host:10001"
        )
        or "none",
        ice_servers=env.all_fitting(
            "GRAFT_ICE_SERVERS", _ICE_SERVER, "URLs such as stun:example.org"
        ),
    )


def _modules(variable: str) -> tuple[str, ...]:
    """URLs and folders; none where the variable is empty."""
    if variable not in os.environ:
        return _PUBLISHERS
    modules = env.listed(variable)
    for module in modules:
        if not (module.startswith("https://") or Path(module).is_absolute()):
            raise env.wrong(
                variable,
                "URLs that start with https:// and folders that start with /",
                module,
            )
    return modules


def _digests(variable: str) -> frozenset[str]:
    texts = env.listed(variable)
    for text in texts:
        if not re.fullmatch("[0-9a-fA-F]{64}", text):
            raise InvalidInputError(
                f"Expected {variable} to hold SHA-256 digests of 64 hexadecimal digits, such as "
                "`printf KEY | sha256sum` prints. Received: something else."
            )
    return frozenset(text.lower() for text in texts)
