"""What one session has uploaded or recorded: each page offers it again."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Literal

import streamlit as st

from core import projects
from core.projects import Item, Project
from pages._ui import errors, links, project
from pages._ui.project import Change
from pages._ui.widgets import NamedFile

Kind = Literal["photo", "sound", "text"]

MOST_FILES = 12
MOST_BYTES = 256 << 20
_KEPT, _SAVED = "uploads", "uploads_saved"
_ITEMS: dict[Kind, projects.Kind] = {"photo": "picture", "sound": "sounds", "text": "documents"}
_DATA = "data"


@dataclass(frozen=True, slots=True)
class Upload:
    """A file of this session; `identity` tells it from others."""

    kind: Kind
    name: str
    data: bytes
    identity: str


def keep(kind: Kind, name: str, data: bytes) -> Upload:
    """Keep a file for all pages; the oldest ones go where there are too many, or too large ones."""
    upload = Upload(kind, name, data, hashlib.blake2b(data, digest_size=16).hexdigest())
    newer = [one for one in _all() if (one.kind, one.identity) != (kind, upload.identity)]
    kept, size = [upload], len(data)
    for one in newer:  # newest first
        size += len(one.data)
        if size > MOST_BYTES or len(kept) == MOST_FILES:
            break
        kept.append(one)
    st.session_state[_KEPT] = tuple(kept)
    return upload


class _Uploads:
    """The uploads of a session in its project, each an item."""

    name = _KEPT

    def changes(self) -> Iterator[Change]:
        """Those that are not there yet."""
        known: set[str] = st.session_state.setdefault(_SAVED, set())
        for upload in reversed(st.session_state.get(_KEPT, ())):
            mark = f"{upload.kind} {upload.identity}"
            if mark not in known:
                yield Change(("upload", mark), partial(_save, upload, mark, known))

    def setting(self) -> None:
        """Which is on show, addresses say."""

    def removed(self, item: Item, *, is_back: bool) -> None:
        """What is known to have been saved is not saved again."""

    def start_anew(self) -> None:
        """Another project has none of them yet."""
        st.session_state.pop(_SAVED, None)

    def title(self) -> str | None:
        """The name of what came last."""
        return next((upload.name for upload in st.session_state.get(_KEPT, ())), None)


project.KEEPERS.append(_Uploads())


def _save(upload: Upload, mark: str, known: set[str], into: Project) -> None:
    into.add(_ITEMS[upload.kind], upload.name, {"upload": upload.kind}, {_DATA: upload.data})
    known.add(mark)


def _restore() -> None:
    """Let a session go on with the uploads of its project."""
    window = project.to_restore(_KEPT)
    if window is None or window.project is None:
        return
    of = window.project
    every = [item for item in of.items(*_ITEMS.values()) if item.about.get("upload") in _ITEMS]
    window.restored.add(_KEPT)
    known: set[str] = st.session_state.setdefault(_SAVED, set())
    for item in every[-MOST_FILES:]:
        upload = keep(item.about["upload"], item.name, of.read(item, _DATA))
        known.add(f"{upload.kind} {upload.identity}")


def uploads(kind: Kind) -> list[Upload]:
    """Those of a kind, newest first."""
    return [upload for upload in _all() if upload.kind == kind]


def choose(kind: Kind, draw: Callable[[], NamedFile | None], *, key: str) -> Upload | None:
    """A file that comes from a widget, or one that came on any page; None while there is none.

    Parameters
    ----------
    draw : the widget.
    key : of the choice among files of this session.
    """
    file = draw()
    if file is not None:
        data = file.getvalue()
        mark = hashlib.blake2b(data, digest_size=16).hexdigest()
        if st.session_state.get(f"{key}_came") != mark:
            st.session_state[key] = keep(kind, file.name, data).identity
            st.session_state[f"{key}_came"] = mark
    every = {upload.identity: upload for upload in uploads(kind)}
    if not every:
        links.name_missing_file("Upload", "Camera", "Microphone")
        return None
    links.keep_among(key, list(every))
    if file is None or len(every) > 1:
        chosen = st.selectbox(
            "Your uploads",
            list(every),
            format_func=lambda identity: every[identity].name,
            key=key,
            bind="query-params",
        )
    else:
        chosen = next(iter(every))
    links.say_left_out("file")
    return every[chosen]


def _all() -> tuple[Upload, ...]:
    with errors.shown():
        _restore()
    every: tuple[Upload, ...] = st.session_state.get(_KEPT, ())
    return every
