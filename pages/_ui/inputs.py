"""Ways for a visitor to hand something over."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import streamlit as st

from core.errors import InvalidInputError
from core.media import IMAGE_LIMITS, ArchiveLimits, read_zip
from core.wording import counted
from pages._ui import (
    cached_photos,
    errors,
    links,
    photo_link,
    saved_classifiers,
    saved_files,
    uploads,
    widgets,
)
from pages._ui.asking_button import asking_button
from pages._ui.samples import SAMPLES


def digest(content: bytes) -> str:
    """Tells content from other content, in this session and the next."""
    return hashlib.blake2b(content, digest_size=16).hexdigest()


@dataclass(frozen=True)
class NamedPhoto:
    """An encoded photo and what it is called.

    `credit` says where a sample comes from; `error` why there is no data.
    """

    name: str
    data: bytes
    credit: str = ""
    error: InvalidInputError | None = None

    @cached_property
    def identity(self) -> tuple[str, str]:
        """Tells it from other photos: its name, and a digest of its content."""
        return self.name, digest(self.data)


SAMPLE_PHOTOS = tuple(NamedPhoto(s.name, s.photo, s.credit) for s in SAMPLES.values())


def photo_input(
    samples: Sequence[NamedPhoto] = SAMPLE_PHOTOS,
    *,
    prefix: str = "",
    wrong: Mapping[str, str] | None = None,
) -> NamedPhoto | None:
    """One photo: a sample, an upload, what is at a link, or a snapshot; None until there is one
    that can be read.

    Parameters
    ----------
    samples : at least one, with different names.
    prefix : of the keys of its widgets and of what it puts into the URL; the page's own if empty.
    wrong : why the page is wrong about some samples, which it says of them.
    """
    key = f"{prefix}source" if prefix else links.own("source")
    source = widgets.choice("Photo", ["Sample", "Upload", "Camera"], key=key)
    if source == "Upload":
        chosen = f"{key}_upload"
        upload = uploads.choose("photo", lambda: _photo_file(prefix, chosen), key=chosen)
        return _noticed(NamedPhoto(upload.name, upload.data) if upload else None)
    if source == "Camera":
        snapshot = st.camera_input("Take a photo", key=f"{prefix}photo_snapshot")
        if snapshot is not None:
            uploads.keep("photo", snapshot.name, snapshot.getvalue())
        return _noticed(widgets.latest(f"{key}_camera", snapshot, NamedPhoto))
    key = f"{prefix}photo" if prefix else links.own("photo")
    names = [photo.name for photo in samples]
    name = widgets.sample_choice(names, key=key, wrong=wrong or {})
    return next(photo for photo in samples if photo.name == name)


def _photo_file(prefix: str, chosen: str) -> widgets.NamedFile | None:
    """The widgets for a file and for a link; what is fetched becomes an upload, the chosen one."""

    def take(name: str, data: bytes) -> None:
        st.session_state[chosen] = uploads.keep("photo", name, data).identity

    file = st.file_uploader(
        "Upload a photo",
        key=f"{prefix}photo_file",
        max_upload_size=IMAGE_LIMITS.max_bytes >> 20,
    )
    photo_link.link_field(f"{prefix}photo", take)
    return file


def photos_input(key: str, samples: Sequence[NamedPhoto] = SAMPLE_PHOTOS) -> tuple[NamedPhoto, ...]:
    """Many photos: files, zips of files, links, snapshots, or the samples while there are none."""
    files = st.file_uploader(
        "Upload photos, or a ZIP file of photos", accept_multiple_files=True, key=f"{key}_files"
    )
    ids = tuple(file.file_id for file in files)
    if key not in st.session_state:
        with errors.shown():
            _restore(key)
    kept_ids, kept = st.session_state.get(key, ((), ()))
    if files and ids != kept_ids:
        kept = tuple(photo for file in files for photo in _unpack(file.name, file.getvalue()))
        st.session_state[key] = (ids, kept)
    kept = (*kept, *_single_photos(key, kept))
    usable = [photo for photo in kept if photo.error is None]
    saved_files.keep(key, "photos", usable, tuple(photo.identity for photo in usable))
    kept = (*kept, *own_uploads(f"{key}_own"))
    if not kept:
        return tuple(samples)
    if not files:  # snapshots, or uploads whose widget a page change has emptied
        asking_button(
            "Back to the samples",
            f"Removes {counted(len(kept), 'photo')} from this page. You can't get snapshots back.",
            _forget,
            key=f"{key}_forget",
            args=(key,),
            opener="Back to the samples…",
            icon=":material/undo:",
        )
    return kept


def _single_photos(key: str, files: tuple[NamedPhoto, ...]) -> tuple[NamedPhoto, ...]:
    """Those that came one by one, from links and the camera; other files leave them there."""
    kept = f"{key}_single"

    def take(name: str, data: bytes) -> None:
        single = st.session_state.get(kept, ())
        if data not in {photo.data for photo in (*files, *single)}:
            st.session_state[kept] = (*single, NamedPhoto(name, data))

    photo_link.link_field(key, take)
    if st.toggle("Camera", key=f"{key}_camera", bind="query-params"):
        snapshot = st.camera_input("Take a photo", key=f"{key}_snapshot")
        if snapshot is not None:
            number = len(files) + len(st.session_state.get(kept, ())) + 1
            take(f"Snapshot {number}", snapshot.getvalue())
    single: tuple[NamedPhoto, ...] = st.session_state.get(kept, ())
    return single


def own_uploads(key: str) -> tuple[NamedPhoto, ...]:
    """Photos that came on any page of this session, as many as are chosen."""
    every = {upload.identity: upload for upload in uploads.uploads("photo")}
    if not every:
        return ()
    if key in st.session_state:
        st.session_state[key] = [one for one in st.session_state[key] if one in every]
    chosen = st.pills(
        "Your uploads",
        list(every),
        selection_mode="multi",
        format_func=lambda identity: every[identity].name,
        key=key,
        bind="query-params",
        wrap=True,
    )
    return tuple(NamedPhoto(every[i].name, every[i].data) for i in chosen)


def network_input() -> str:
    """One classifier among those on this machine."""
    names = [spec.name for spec in widgets.image_networks_on_disk() if spec.classes]
    return widgets.network_choice(
        [*names, *saved_classifiers.names("image"), *st.session_state.get("hub_modules", ())],
        key=links.own("network"),
        help=(
            "The networks on this machine, and the classifiers of your project; Backbone "
            "comparison can download others."
        ),
    )


def remember_module(handle: str) -> None:
    """Offer a TF-Hub module that was used in this session wherever a network is chosen."""
    used = st.session_state.setdefault("hub_modules", [])
    if handle not in used:
        used.append(handle)


def _noticed(photo: NamedPhoto | None) -> NamedPhoto | None:
    """The photo, once it is said what of it was guessed or left out; None if it can't be read."""
    if photo is not None:
        with errors.shown():
            for notice in cached_photos.notices(photo.data):
                st.caption(f":material/info: {notice}")
            return photo
    return None


def _restore(key: str) -> None:
    """Show what the project has."""
    photos = tuple(NamedPhoto(file.name, file.data) for file in saved_files.restored(key))
    if photos:
        st.session_state[key] = ((), photos)
        saved_files.came_from_project(key, tuple(photo.identity for photo in photos))


def _forget(key: str) -> None:
    st.session_state[key] = ((), ())
    st.session_state[f"{key}_single"] = ()
    st.session_state[f"{key}_camera"] = False
    st.session_state[f"{key}_own"] = []


def _unpack(name: str, data: bytes) -> list[NamedPhoto]:
    if not name.lower().endswith(".zip"):
        return [NamedPhoto(name, data)]
    try:
        members = [
            NamedPhoto(m.name, m.data, error=m.error)
            for m in read_zip(data, limits=ArchiveLimits(max_member=IMAGE_LIMITS.max_bytes))
        ]
        if not members:
            raise InvalidInputError("Expected photos in the ZIP file. Received: none.")
    except InvalidInputError as err:
        return [NamedPhoto(name, b"", error=err)]
    return members
