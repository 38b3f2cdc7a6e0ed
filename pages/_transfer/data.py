"""The ways in for a data set: a sample, a zip with a folder for each class, folders made here, and
photos of the room Camera."""

from __future__ import annotations

import streamlit as st

from core.errors import GraftError, InvalidInputError
from core.vision.transfer.datasets import ImageDataset
from core.wording import escaped
from pages._transfer import cached, camera, folders
from pages._transfer.sample_sets import SAMPLE_SETS
from pages._transfer.state import LABS, Lab
from pages._ui import layout, links, saved_work, widgets
from pages._ui.example_tables import left_out
from pages._ui.folder_choice import folder_choice
from pages._ui.inputs import digest

_REFUSED = "lab_zip_refused"
_MOST_MB = 500  # a little less than `core.media.ARCHIVE_LIMITS`; Streamlit calls 512 MB 1 GB


def photos_input() -> Lab:
    """The data set that is chosen here; another one begins anew, the same one stays as it is."""
    source, lab, _ = LABS.choose(
        "Photos", _WAYS, key="lab_source", fallback=ensure_lab, on_change=_forget_refusal
    )
    if not LABS.has(source):
        st.caption(f"{escaped(lab.name)} is shown until you add photos.")
    left_out(lab.original.skipped, "file")
    return lab


def ensure_lab() -> Lab:
    """This session's work, in a room without the choice; a sample if there is none yet.

    The address says which sample it is.
    """
    lab = LABS.current()
    if lab is not None and lab is not LABS.last_from("Sample"):
        links.say_left_out("photos")
    else:
        with links.unseen("sample"):
            lab = _sample()
    saved_work.read_trainings(LABS, lab)
    return lab


def _sample() -> Lab:
    name = widgets.sample_choice(list(SAMPLE_SETS), key="lab_sample")
    return LABS.give(
        "Sample", name, lambda: Lab(cached.sample_set(name), name, SAMPLE_SETS[name].credit)
    )


def _zip() -> None:
    taken = st.session_state.setdefault("lab_zips", 0)
    file = st.file_uploader(
        "Upload a ZIP file with a folder for each class",
        key=f"lab_zip_{taken}",
        max_upload_size=_MOST_MB,
    )
    if file is not None:
        _forget_refusal()
        try:
            with st.spinner(f"Reading {escaped(file.name)}"):
                data = file.getvalue()
                LABS.give("Zip", digest(data), lambda: Lab(ImageDataset.from_zip(data), file.name))
        except GraftError as err:
            st.session_state[_REFUSED] = f"{file.name}: {err}"
        st.session_state["lab_zips"] += 1  # an empty uploader: nothing is held twice or read again
        st.rerun()
    LABS.resume("Zip")
    folder_choice(LABS, "Zip")
    if _REFUSED in st.session_state:
        raise InvalidInputError(st.session_state[_REFUSED])


def _folders() -> None:
    files = folders.folders_input()
    if any(files.values()):
        what = folders.mark(files)
        LABS.give("Folders", what, lambda: Lab(ImageDataset.from_classes(files), "Your folders"))
    else:  # perhaps the visitor has taken everything away again
        LABS.forget("Folders")


def _camera() -> None:
    LABS.resume(camera.SOURCE)
    st.button(
        "Go to the Camera room",
        icon=":material/videocam:",
        on_click=layout.enter_room,
        args=("Camera",),
    )


LABS.refills["Folders"] = lambda lab: folders.refill(lab.original)
_WAYS = {"Sample": _sample, "Zip": _zip, "Folders": _folders, camera.SOURCE: _camera}


def _forget_refusal() -> None:
    st.session_state.pop(_REFUSED, None)
