"""A project as one ZIP file: JSON that describes it, and its contents by their digest."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    StrictBool,
    StrictStr,
    ValidationError,
)

from core.errors import InvalidInputError
from core.media import ArchiveLimits, Source, read_zip
from core.media.source import open_source
from core.projects import foreign_content
from core.projects.errors import StorageError
from core.projects.items import (
    MAX_POSITION,
    PART_NAME,
    Correction,
    Item,
    Kind,
    checked_about,
    checked_label,
)

_FORMAT = "graft project"
_VERSION = 1
_MANIFEST = "project.json"
_FOLDER = "content"
_MAX_MANIFEST = 64 << 20
_MAX_FILES = 20_000
_MAX_PACKED = 4  # times as much may come out of a file; the contents of ours are not packed
_WITHOUT_LIMIT = 1 << 50


Position = Annotated[int, Field(ge=0, lt=MAX_POSITION, strict=True)]
PartName = Annotated[str, Field(pattern=PART_NAME)]


class FilePart(BaseModel):
    """A content of an item."""

    model_config = ConfigDict(strict=True)

    digest: str = Field(pattern="^[0-9a-f]{64}$")
    bytes: int = Field(ge=0)


class FileItem(BaseModel):
    """An item of the file."""

    model_config = ConfigDict(strict=True)

    kind: Kind
    name: str
    about: dict[str, Any]
    created: AwareDatetime = Field(strict=False)
    changed: AwareDatetime = Field(strict=False)
    parts: dict[PartName, FilePart] = Field(max_length=64)
    corrections: list[Annotated[tuple[Position, StrictStr | None, StrictBool], Field(strict=False)]]


class Manifest(BaseModel):
    """What the file says of itself."""

    format: Literal["graft project"]
    version: Literal[1]
    name: str
    items: list[FileItem] = Field(max_length=_MAX_FILES)


class ProjectFile:
    """A file that was looked at as a whole, contents too: nothing in it is damaged or does harm.

    Parameters
    ----------
    file : its bytes or its path.
    limit : bytes that its contents may have; None is without a limit.

    Raises
    ------
    InvalidInputError
        If it is refused.
    """

    def __init__(self, file: Source, limit: int | None) -> None:
        self._file = file
        limit = _WITHOUT_LIMIT if limit is None else limit
        try:
            with open_source(file, max_bytes=limit + _MAX_MANIFEST, what="project file") as opened:
                size = opened.seek(0, os.SEEK_END)
            most = min(_MAX_PACKED * size, limit) + _MAX_MANIFEST
            self._limits = ArchiveLimits(limit + _MAX_MANIFEST, _MAX_FILES, most, most)
            self.manifest = self._read_manifest()
            self._kinds: dict[str, set[Kind]] = {}
            for item in self.manifest.items:
                for part in item.parts.values():
                    self._kinds.setdefault(part.digest, set()).add(item.kind)
            self._check_contents()
        except InvalidInputError as err:
            raise InvalidInputError(
                f"Expected a project file that was downloaded here. This one could not be opened: "
                f"{err} Nothing was changed."
            ) from err

    def kinds(self, digest: str) -> set[Kind]:
        """The kinds of the items that have a content."""
        return self._kinds[digest]

    def contents(self) -> Iterator[tuple[str, bytes]]:
        """All contents with their digests, one at a time in memory."""
        wanted = {part.digest: part for item in self.manifest.items for part in item.parts.values()}
        for member in read_zip(self._file, limits=self._limits):
            folder, _, name = member.name.rpartition("/")
            if folder != _FOLDER or name not in wanted:
                continue
            if member.error is not None:
                raise member.error
            if len(member.data) != wanted.pop(name).bytes or (
                hashlib.sha256(member.data).hexdigest() != name
            ):
                raise InvalidInputError("Some of its content is damaged.")
            yield name, member.data
        if wanted:
            raise InvalidInputError("Some of its content is missing.")

    def _check_contents(self) -> None:
        for digest, data in self.contents():
            for kind in self.kinds(digest):
                foreign_content.check(kind, data)

    def _read_manifest(self) -> Manifest:
        limits = ArchiveLimits(
            self._limits.max_bytes, _MAX_FILES, self._limits.max_unpacked, _MAX_MANIFEST
        )
        members = read_zip(self._file, limits=limits, suffixes=frozenset({".json"}))
        member = next((one for one in members if one.name == _MANIFEST), None)
        if member is None:
            raise InvalidInputError(f"It holds no {_MANIFEST}.")
        if member.error is not None:
            raise member.error
        try:
            about = json.loads(member.data)
        except (ValueError, RecursionError) as err:
            raise InvalidInputError(f"Its {_MANIFEST} is not JSON.") from err
        if not isinstance(about, dict) or about.get("format") != _FORMAT:
            raise InvalidInputError("It does not say that it is a project.")
        version = about.get("version")
        if isinstance(version, int) and version > _VERSION:
            raise InvalidInputError(
                "It was written by a newer version of this app; update the app."
            )
        try:
            manifest = Manifest.model_validate(about)
            for item in manifest.items:
                checked_about(item.about)
                for _, label, _ in item.corrections:
                    checked_label(label)
                if len({position for position, _, _ in item.corrections}) < len(item.corrections):
                    raise InvalidInputError("An example has two corrections.")
        except (ValidationError, InvalidInputError, RecursionError) as err:
            raise InvalidInputError(f"Its {_MANIFEST} is damaged.") from err
        return manifest


def write(
    path: Path,
    name: str,
    items: Sequence[tuple[Item, Mapping[int, Correction]]],
    content: Callable[[str], Path],
) -> None:
    """Write a project file; another one at that path is replaced at the end.

    Parameters
    ----------
    content : returns the path of a file with the content of a digest.

    Raises
    ------
    StorageError
        If a content cannot be read, or the file not be written.
    """
    digests = sorted({part.digest for item, _ in items for part in item.parts.values()})
    draft = path.with_name(f"{path.name}.new")
    try:
        with zipfile.ZipFile(draft, "w") as archive:
            archive.writestr(_MANIFEST, _described(name, items), zipfile.ZIP_DEFLATED)
            for digest in digests:
                archive.write(content(digest), f"{_FOLDER}/{digest}", zipfile.ZIP_STORED)
        os.replace(draft, path)
    except StorageError:
        raise
    except OSError as err:
        raise StorageError(
            f"The project file {path.name} cannot be written: its folder is missing, full, or may "
            "not be written."
        ) from err
    finally:
        with contextlib.suppress(OSError):
            draft.unlink(missing_ok=True)


def _described(name: str, items: Iterable[tuple[Item, Mapping[int, Correction]]]) -> str:
    def when(time: datetime) -> str:
        return time.isoformat()

    manifest = {
        "format": _FORMAT,
        "version": _VERSION,
        "name": name,
        "items": [
            {
                "kind": item.kind,
                "name": item.name,
                "about": item.about,
                "created": when(item.created),
                "changed": when(item.changed),
                "parts": {name: part._asdict() for name, part in item.parts.items()},
                "corrections": [
                    [position, correction.label, correction.tested]
                    for position, correction in corrections.items()
                ],
            }
            for item, corrections in items
        ],
    }
    return json.dumps(manifest, indent=1)
