"""What one session has uploaded or recorded: each page offers it again."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import streamlit as st

from pages._ui import links
from pages._ui.widgets import NamedFile

Kind = Literal["photo", "sound", "text"]

MOST_FILES = 12
MOST_BYTES = 256 << 20
_KEPT = "uploads"


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
        )
    else:
        chosen = next(iter(every))
    st.caption("A link to this page leaves your file out.")
    return every[chosen]


def _all() -> tuple[Upload, ...]:
    every: tuple[Upload, ...] = st.session_state.get(_KEPT, ())
    return every
