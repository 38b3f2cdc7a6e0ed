"""Contents by their digest, in a folder or an object store: whole in their place, or not there."""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import tempfile
import time
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from core.projects.clock import unhurried
from core.projects.errors import StorageError, content_errors
from core.projects.items import Content, Part
from core.settings import settings

_CHUNK = 1 << 20
_CACHED_S = 24 * 3600
_TEMPORARY = "new"


class Blobs:
    """The contents of one database.

    Parameters
    ----------
    url : a folder, or a URL of fsspec such as `s3://bucket/folder`.
    folder : the part of it that belongs to the database.

    Raises
    ------
    StorageError
        If it cannot be used.
    """

    def __init__(self, url: str, folder: str) -> None:
        import fsspec  # takes a moment, and brings more for S3

        options: dict[str, Any] = {}
        if "://" in url:  # others change what is there, and its address may change with settings
            options |= {"use_listings_cache": False, "skip_instance_cache": True}
        if url.startswith("s3"):  # s3fs tries again by itself, so that this would multiply
            options["config_kwargs"] = {"connect_timeout": 5, "retries": {"max_attempts": 1}}
        try:
            self._fs: Any
            self._fs, root = fsspec.core.url_to_fs(url, **options)
        except (ImportError, ValueError) as err:
            raise StorageError(
                "Expected GRAFT_BLOBS to be a folder or a URL such as s3://bucket/folder, and its "
                "packages to be installed (pip install graft[s3]). Received: something else."
            ) from err
        self._root = f"{root.rstrip('/')}/{folder}"
        self._local = Path(self._root) if self._fs.protocol[0] == "file" else None
        if self._local is not None:
            with content_errors(writing=False):
                (self._local / _TEMPORARY).mkdir(mode=0o700, parents=True, exist_ok=True)

    def check(self) -> None:
        """See whether the place of the contents can be reached.

        Raises
        ------
        StorageError
            If it cannot.
        """
        with content_errors(writing=False):
            if self._local is not None:
                self._local.stat()
            else:
                self._fs.exists(self._root)

    def put(self, part: Part, content: Content) -> None:
        """See to it that a content is in its place; what is there already is not written again.

        Raises
        ------
        StorageError
            If it cannot be written.
        """
        with content_errors(writing=True):
            place = self._place(part.digest)
            if self._fs.exists(place):
                return
            with self._written(content) as (path, size, digest):
                if Part(digest, size) != part:
                    raise StorageError("The content changed while it was being saved. Try again.")
                if self._local is None:
                    self._fs.put_file(str(path), place)  # there at its end, and not before
                    return
                Path(place).parent.mkdir(mode=0o700, exist_ok=True)
                os.replace(path, place)
                sync_folder(Path(place).parent)

    def read(self, digest: str) -> bytes:
        """A content, checked.

        Raises
        ------
        StorageError
            If it is gone, damaged or cannot be read.
        """
        with _reading():
            data: bytes = self._fs.cat_file(self._place(digest))
        if hashlib.sha256(data).hexdigest() != digest:
            raise _damaged()
        return data

    def path(self, digest: str) -> Path:
        """A file on this machine with a content; it is not to be changed.

        Raises
        ------
        StorageError
            As `read`, but that a file that is here already is not checked again.
        """
        with _reading():
            if self._local is not None:
                path = Path(self._place(digest))
                path.stat()
                return path
            cached = _cache() / digest
            with contextlib.suppress(FileNotFoundError):
                os.utime(cached)
                return cached
            cached.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=cached.parent) as scratch:
                fetched = Path(scratch) / digest
                self._fs.get_file(self._place(digest), str(fetched))
                if describe(fetched).digest != digest:
                    raise _damaged()
                os.replace(fetched, cached)
            return cached

    def delete(self, digests: Iterable[str]) -> None:
        """Delete contents; what is not there is no failure."""
        with content_errors(writing=True):
            if self._local is not None:
                self._local.stat()  # a disk that is not there has not lost its contents
            for digest in digests:
                with contextlib.suppress(FileNotFoundError):
                    self._fs.rm_file(self._place(digest))

    def older_than(self, age_s: float) -> Iterator[Part]:
        """All contents that came before so many seconds ago, and what was never finished, which
        is deleted."""
        before = unhurried().timestamp() - age_s
        with content_errors(writing=False):
            files = self._fs.find(self._root, detail=True)
        for name, about in files.items():
            if _modified(about) >= before:
                continue
            folder, _, digest = name.rpartition("/")
            if folder.endswith(f"/{_TEMPORARY}"):
                with content_errors(writing=True), contextlib.suppress(FileNotFoundError):
                    self._fs.rm_file(name)
            elif name == self._place(digest):
                yield Part(digest, about["size"])

    def _place(self, digest: str) -> str:
        return f"{self._root}/{digest[:2]}/{digest}"

    @contextlib.contextmanager
    def _written(self, content: Content) -> Iterator[tuple[Path, int, str]]:
        """A new file with a content, its size and digest; gone afterwards, unless it was moved."""
        folder = self._local / _TEMPORARY if self._local is not None else tempfile.gettempdir()
        path = Path(folder) / f"graft-{secrets.token_hex(8)}"
        digest, size = hashlib.sha256(), 0
        try:
            with open(path, "xb") as file:
                for piece in _pieces(content):
                    digest.update(piece)
                    size += file.write(piece)
                file.flush()
                if self._local is not None:
                    os.fsync(file.fileno())
            yield path, size, digest.hexdigest()
        finally:
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)


def describe(content: Content) -> Part:
    """Digest and size of a content.

    Raises
    ------
    StorageError
        If it is a file that cannot be read.
    """
    digest, size = hashlib.sha256(), 0
    with content_errors(writing=True):
        for piece in _pieces(content):
            digest.update(piece)
            size += len(piece)
    return Part(digest.hexdigest(), size)


def forget_cached() -> None:
    """Delete copies of contents on this machine that nobody has used for a day."""
    before = time.time() - _CACHED_S
    with contextlib.suppress(OSError):
        for path in _cache().iterdir():
            with contextlib.suppress(OSError):
                if path.stat().st_mtime < before:
                    path.unlink()


def _pieces(content: Content) -> Iterator[bytes]:
    if isinstance(content, bytes):
        yield content
    elif isinstance(content, Path):
        with open(content, "rb") as file:
            while piece := file.read(_CHUNK):
                yield piece
    else:
        yield from content


def _cache() -> Path:
    return settings().cache / "projects"


@contextlib.contextmanager
def _reading() -> Iterator[None]:
    try:
        with content_errors(writing=False):
            yield
    except StorageError as err:
        if isinstance(err.__cause__, FileNotFoundError):
            raise StorageError(
                "The content of this is missing from the place where projects are kept. Whoever "
                "runs this server can check GRAFT_BLOBS, or restore a copy."
            ) from err
        raise


def _damaged() -> StorageError:
    return StorageError(
        "The content of this is damaged in the place where projects are kept. Whoever runs this "
        "server can restore a copy."
    )


def _modified(about: dict[str, Any]) -> float:
    """Of a file, as the file systems of fsspec have it."""
    when = about.get("mtime") or about.get("LastModified") or about.get("created")
    if isinstance(when, datetime):
        return (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()
    return float(when) if when is not None else time.time()


def sync_folder(folder: Path) -> None:
    """Files that are new here are here after a loss of power, too."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
