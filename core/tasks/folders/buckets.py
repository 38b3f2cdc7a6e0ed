"""Files in an object store, by URLs such as s3://bucket/folder."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterator
from functools import cache
from pathlib import Path
from typing import IO, Any

from core.errors import GraftError, InvalidInputError
from core.media.source import mib

_SCHEME = "s3://"
_DENIED = ("AccessDenied", "403", "InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken")


class BucketError(GraftError, OSError):
    """A bucket that cannot be read here and now: what is wrong, and what to do."""


def is_in_bucket(name: str) -> bool:
    """Whether it is the URL of a bucket, or of something in one."""
    return name.startswith(_SCHEME)


def files_of_bucket(url: str, suffixes: Collection[str]) -> Iterator[str]:
    """URLs of the files below a URL with one of the suffixes, by name; itself if it has none below.

    They are listed a page at a time, however many there are.

    Raises
    ------
    BucketError
        If the bucket cannot be read.
    """
    bucket, _, key = url.removeprefix(_SCHEME).partition("/")
    prefix = f"{key.rstrip('/')}/" if key.rstrip("/") else ""
    is_empty = True
    for found in _keys(bucket, prefix):
        is_empty = False
        if Path(found).suffix.lower() in suffixes:
            yield f"{_SCHEME}{bucket}/{found}"
    if is_empty and prefix:
        yield url


def too_large(name: str, size: int, max_bytes: int) -> InvalidInputError:
    """What to say of a file that is not read."""
    return InvalidInputError(
        f"Expected a file of at most {mib(max_bytes)}. Received: {name}, which has {mib(size)}."
    )


def read_from_bucket(url: str, max_bytes: int | None = None) -> bytes:
    """What a file in a bucket holds.

    Parameters
    ----------
    max_bytes : of a file that is read at all; None for any.

    Raises
    ------
    InvalidInputError
        If it is not there, or too large.
    BucketError
        If the bucket cannot be read, which is no fault of this file.
    """
    with _told(url):
        try:
            if max_bytes is None:
                return bytes(_file_system().cat_file(url))
            content: bytes = _file_system().cat_file(url, end=max_bytes + 1)
        except FileNotFoundError as err:
            raise InvalidInputError(
                f"Expected a file. Received: {url}, which is not there."
            ) from err
    if len(content) > max_bytes:
        raise too_large(url, len(content), max_bytes)
    return content


def open_in_bucket(url: str) -> IO[bytes]:
    """The same as a file, of which parts can be read."""
    with _told(url):
        file: IO[bytes] = _file_system().open(url)
    return file


def _keys(bucket: str, prefix: str) -> Iterator[str]:
    more: dict[str, str] = {}
    while True:
        with _told(f"{_SCHEME}{bucket}"):
            page = _file_system().call_s3("list_objects_v2", Bucket=bucket, Prefix=prefix, **more)
        yield from (each["Key"] for each in page.get("Contents", ()))
        if not page.get("IsTruncated"):
            return
        more = {"ContinuationToken": page["NextContinuationToken"]}


@cache
def _file_system() -> Any:
    import fsspec  # takes a moment, and brings more for S3

    # it tries again by itself, so that more would multiply
    config = {"connect_timeout": 5, "retries": {"max_attempts": 1}}
    return fsspec.filesystem("s3", config_kwargs=config, skip_instance_cache=True)


@contextlib.contextmanager
def _told(url: str) -> Iterator[None]:
    """Failures of an object store as BucketError."""
    try:
        yield
    except GraftError:
        raise
    except ImportError as err:
        raise BucketError(
            f"Expected the package s3fs, to read {url}. Received: no such package. Install the "
            "extra `s3` of Graft."
        ) from err
    except Exception as err:
        if sentence := _sentence(url, err):
            raise BucketError(sentence) from err
        raise


def _sentence(url: str, err: Exception) -> str | None:
    """For what a client of S3 raises; None for anything else."""
    kinds = {kind.__name__ for kind in type(err).__mro__}  # botocore's, which is not imported here
    answer = getattr(err, "response", {}) if "ClientError" in kinds else {}
    code = answer.get("Error", {}).get("Code", "")
    if isinstance(err, FileNotFoundError) or code in ("NoSuchBucket", "404"):
        return f"Expected a bucket. Received: {url}, which is not there; check its name."
    has_none = "NoCredentialsError" in kinds
    if has_none or isinstance(err, PermissionError) or code in _DENIED:
        what = "none" if has_none else "some that do not allow it"
        return (
            f"Expected credentials to read {url}. Received: {what}. Set AWS_PROFILE, or "
            "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."
        )
    if isinstance(err, OSError) or kinds & {"BotoCoreError", "ClientError"}:
        return (
            f"Expected to read {url}. Received: {str(err)[:200]}. Check the connection and "
            "AWS_ENDPOINT_URL, then run the same command again."
        )
    return None
