"""The ways in for a data set: a sample, a zip with a folder for each class, folders made here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from core.errors import GraftError, InvalidInputError
from core.vision.transfer.datasets import ImageDataset
from pages._transfer import cached, folders, state
from pages._transfer.sample_sets import DEFAULT_SET, SAMPLE_SETS
from pages._transfer.state import Lab
from pages._ui import errors

_KEPT = "lab_kept"  # source -> what it was given last, and the work on that
_REFUSED = "lab_zip_refused"
_MOST_MB = 500  # a little less than `core.media.ARCHIVE_LIMITS`; Streamlit calls 512 MB 1 GB


def photos_input() -> Lab:
    """The data set that is chosen here; another one begins anew, the same one stays as it is."""
    source = st.segmented_control(
        "Photos",
        list(_WAYS),
        default="Sample",
        required=True,
        key="lab_source",
        bind="query-params",
        on_change=_forget_refusal,
        wrap=True,
    )
    source = source or "Sample"  # an empty value in the URL is None
    with errors.shown():
        _WAYS[source]()
    lab = ensure_lab()
    if source not in _kept():
        st.caption(f"Until there are photos, {lab.name} is shown.")
    errors.unusable([(file.name, InvalidInputError(file.reason)) for file in lab.given.skipped])
    return lab


def ensure_lab() -> Lab:
    """This session's work; the sample of the URL, or the usual one, if there is none yet."""
    if state.lab() is None:
        name = st.query_params.get("lab_sample", DEFAULT_SET)
        _give_sample(name if name in SAMPLE_SETS else DEFAULT_SET)
    return state.lab()


def _sample() -> None:
    name = st.pills(
        "Sample",
        list(SAMPLE_SETS),
        default=DEFAULT_SET,
        required=True,
        key="lab_sample",
        bind="query-params",
        label_visibility="collapsed",
        wrap=True,
    )
    _give_sample(name or DEFAULT_SET)


def _give_sample(name: str) -> None:
    _give("Sample", name, lambda: cached.sample_set(name), name, SAMPLE_SETS[name].credit)


def _zip() -> None:
    taken = st.session_state.setdefault("lab_zips", 0)
    file = st.file_uploader(
        "A zip with a folder for each class",
        key=f"lab_zip_{taken}",
        max_upload_size=_MOST_MB,
    )
    if file is not None:
        _forget_refusal()
        try:
            with st.spinner(f"Reading {file.name}"):
                data = file.getvalue()
                _give("Zip", file.file_id, lambda: ImageDataset.from_zip(data), file.name)
        except GraftError as err:
            st.session_state[_REFUSED] = f"{file.name}: {err}"
        st.session_state["lab_zips"] += 1  # an empty uploader: nothing is held twice or read again
        st.rerun()
    _resume("Zip")
    if _REFUSED in st.session_state:
        raise InvalidInputError(st.session_state[_REFUSED])


def _folders() -> None:
    files = folders.folders_input()
    if any(files.values()):
        what = tuple((name, tuple(photos)) for name, photos in files.items())
        _give("Folders", what, lambda: ImageDataset.from_classes(files), "Your folders")
    elif "Folders" in _kept():  # the visitor has taken everything away again
        _, lab = _kept().pop("Folders")
        if lab is state.lab():
            del st.session_state["lab"]


_WAYS = {"Sample": _sample, "Zip": _zip, "Folders": _folders}


def _kept() -> dict[str, tuple[Any, Lab]]:
    return st.session_state.setdefault(_KEPT, {})


def _give(
    source: str, what: Any, read: Callable[[], ImageDataset], name: str, credit: str = ""
) -> None:
    """Work on the data set that `read` returns; as it was left, if `what` is what came last."""
    if source not in _kept() or _kept()[source][0] != what:
        state.give(read(), name, credit)
        _kept()[source] = (what, state.lab())
    _resume(source)


def _resume(source: str) -> None:
    if source in _kept():
        st.session_state["lab"] = _kept()[source][1]


def _forget_refusal() -> None:
    st.session_state.pop(_REFUSED, None)
