"""Files of rooms that take many at once, and tables, in a project: one item for all of a room."""

from __future__ import annotations

import json
import tempfile
import zipfile
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import NamedTuple, Protocol

import streamlit as st

from core.errors import InvalidInputError
from core.learning.stored import checked
from core.media import ArchiveLimits, read_zip
from core.projects import Content, Item, Kind, Project
from core.wording import counted
from pages._ui import project
from pages._ui.project import Change

_STATE = "room_files"
_DATA, _NAMES = "data", "names"
_LIMITS = ArchiveLimits(max_bytes=2 << 30)


class File(NamedTuple):
    """A file of a visitor."""

    name: str
    data: bytes


class Named(Protocol):
    """What has a name and content, such as a photo."""

    @property
    def name(self) -> str:
        """As its owner calls it."""

    @property
    def data(self) -> bytes:
        """Its content."""


@dataclass(slots=True, eq=False)
class _Kept:
    """What a room has, and what of it is in the project.

    `about` tells the files from others; `saved` is that of those in the project.
    """

    key: str
    kind: Kind
    files: tuple[Named, ...] = ()
    about: Hashable = ()
    saved: Hashable = ()
    item: Item | None = None


def keep(key: str, kind: Kind, files: Sequence[Named], about: Hashable) -> None:
    """Note what files a room has now, none if it shows samples.

    Parameters
    ----------
    key : of the room's files.
    about : tells these files from others.
    """
    kept = _all().setdefault(key, _Kept(key, kind))
    kept.files, kept.about = tuple(files), about if files else ()
    if not kept.files and kept.item is None:
        kept.saved = ()  # the same files may come again


def restored(key: str) -> list[File]:
    """The files that the project has of a room, once in a session; then none.

    Raises
    ------
    GraftError
        If they are damaged, or cannot be read.
    """
    window = project.to_restore(f"{_STATE} {key}")
    if window is None or window.project is None:
        return []
    window.restored.add(f"{_STATE} {key}")
    if key in _all():
        return []
    of = window.project
    items = [item for item in of.items("photos", "reviews") if item.about.get("files") == key]
    if not items:
        return []
    item = items[-1]
    try:
        return _read(of, item)
    finally:
        _all()[key] = _Kept(key, item.kind, item=item)


def came_from_project(key: str, about: Hashable) -> None:
    """Note that what tells the files from others is this, and that they are saved."""
    kept = _all().get(key)
    if kept is not None:
        kept.about = kept.saved = about


class _RoomFiles:
    """The files of a session's rooms."""

    name = _STATE

    def changes(self) -> Iterator[Change]:
        """Those that are not in the project as they are."""
        for key, kept in _all().items():
            if kept.about == kept.saved:
                continue
            if kept.files:
                yield Change(("files", key, kept.about), partial(_save, key, kept, kept.about))
            elif kept.item is not None:
                yield Change(("no files", key), partial(_remove, kept), is_large=False)

    def setting(self) -> None:
        """All that a room has is shown."""

    def removed(self, item: Item, *, is_back: bool) -> None:
        """Other files of the room will be another item."""
        for kept in _all().values():
            if is_back and item.about.get("files") == kept.key:
                # unless the room has others by now, and else nothing of it would be there
                kept.item = item if kept.files and kept.about == kept.saved else kept.item
            elif kept.item is not None and kept.item.id == item.id:
                kept.item = None

    def start_anew(self) -> None:
        """Another project has none of them yet."""
        for kept in _all().values():
            kept.item, kept.saved = None, ()

    def title(self) -> str | None:
        """What somebody has brought."""
        names = [_title(kept) for kept in _all().values() if kept.files]
        return names[-1] if names else None


project.KEEPERS.append(_RoomFiles())


def _all() -> dict[str, _Kept]:
    kept: dict[str, _Kept] = st.session_state.setdefault(_STATE, {})
    return kept


def _title(kept: _Kept) -> str:
    if len(kept.files) == 1:
        return kept.files[0].name
    return counted(len(kept.files), "photo")


def _save(key: str, kept: _Kept, about: Hashable, into: Project) -> None:
    files = kept.files
    known = {"files": key, "count": len(files)}
    with tempfile.TemporaryDirectory(prefix="graft-") as scratch:
        path = Path(scratch) / "files.zip"
        with zipfile.ZipFile(path, "w") as archive:  # not compressed: photos are already
            for number, file in enumerate(files):
                archive.writestr(str(number), file.data)
        names = json.dumps([file.name for file in files]).encode()
        content: dict[str, Content] = {_DATA: path, _NAMES: names}
        if kept.item is None:
            kept.item = into.add(kept.kind, _title(kept), known, content)
        else:
            kept.item = into.change(kept.item, name=_title(kept), about=known, content=content)
    kept.saved = about


def _remove(kept: _Kept, of: Project) -> None:
    if kept.item is not None:
        of.remove(kept.item)
    kept.item, kept.saved = None, ()


def _read(of: Project, item: Item) -> list[File]:
    names = checked(lambda: [str(name) for name in json.loads(of.read(item, _NAMES))])
    members = {member.name: member for member in read_zip(of.path(item, _DATA), limits=_LIMITS)}
    if set(members) != {str(number) for number in range(len(names))}:
        raise InvalidInputError("Expected files that were saved here. These are damaged.")
    for member in members.values():
        if member.error is not None:
            raise member.error
    return [File(name, members[str(number)].data) for number, name in enumerate(names)]
