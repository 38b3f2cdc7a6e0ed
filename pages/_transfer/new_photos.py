"""Photos as the rooms What changed and Label the rest take them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import streamlit as st
from PIL import Image, ImageFilter

from core import cluster
from core.errors import InvalidInputError
from core.learning.feature_cache import FeatureCache
from core.learning.findings.changes import Changes
from core.media import decode, encode_jpeg
from core.vision.transfer.datasets import ImageDataset, LabelledPhoto
from core.vision.transfer.vectors import embed_photos, find_photo_changes
from pages._transfer import cached, data
from pages._transfer.explore import network_input
from pages._transfer.sample_sets import DEFAULT_SET, SAMPLE_SETS
from pages._transfer.state import LABS, Lab
from pages._ui import cached_photos
from pages._ui.new_examples import ExampleKind, Made, halves
from pages._ui.widgets import NamedFile
from pages._ui.workspace import Workspace

_MOST_MB = 500  # as for labelled photos
_TILE_PX, _LARGE_PX, _LEAST_PX = 240, 320, 40
_CHANGED_PX = 512  # of a photo that is changed to try the room with
_DARKER = 0.45
_DIGITS_EACH = 24


class _Photos(ExampleKind[ImageDataset]):
    noun, prefix, task, tile_px = "photo", "lab_", "changes-photos", 90
    embed = staticmethod(embed_photos)

    def __init__(self) -> None:
        self.made = {
            "Darker": Made(
                "Half of the set with less light, as by another camera.", _changed(_dark)
            ),
            "Blurred": Made("Half of the set out of focus.", _changed(_blurred)),
            "Two halves": Made("The set divided at random: nothing has changed.", halves),
        }

    def work(self) -> tuple[Workspace[ImageDataset], bool]:
        lab = data.ensure_lab()
        return lab, lab.name in SAMPLE_SETS and lab.original is cached.sample_set(lab.name)

    def network_input(self) -> str:
        return network_input()

    def cache(self, work: Workspace[ImageDataset]) -> FeatureCache:
        return work.features if isinstance(work, Lab) else FeatureCache()

    def practice(
        self, work: Workspace[ImageDataset], *, is_sample: bool
    ) -> tuple[str, ImageDataset]:
        if is_sample and work.name == DEFAULT_SET:  # where two labels of each class are enough
            return "Digits", _some_digits()
        return super().practice(work, is_sample=is_sample)

    def files_input(self, key: str) -> Sequence[NamedFile]:
        return st.file_uploader(
            "Upload photos, or a ZIP file of photos",
            accept_multiple_files=True,
            key=key,
            max_upload_size=_MOST_MB,
        )

    def read(self, files: Sequence[tuple[str, bytes]]) -> ImageDataset:
        archives = [name.lower().endswith(".zip") for name, _ in files]
        if archives == [True]:
            return ImageDataset.without_labels_from_zip(files[0][1])
        if any(archives):
            raise InvalidInputError(
                "Expected photos, or one ZIP file. Received: both, or several; remove the others "
                "from the list."
            )
        return ImageDataset.without_labels(files)

    def changes(
        self, first: ImageDataset, second: ImageDataset, network: str, cache: FeatureCache
    ) -> Iterator[Changes]:
        return cluster.steps(find_photo_changes, first, second, network, cache)

    def tile(self, example: LabelledPhoto) -> None:
        st.image(cached.square(example.data, _TILE_PX), width="stretch", alt=example.name)

    def large(self, example: LabelledPhoto) -> None:
        width = round(_LARGE_PX * min(1.0, example.width / example.height))
        small = cached_photos.thumbnail(example.data, 2 * _LARGE_PX)
        st.image(small, width=max(width, _LEAST_PX), alt=example.name)

    def give(
        self, dataset: ImageDataset, name: str, work: Workspace[ImageDataset]
    ) -> Workspace[ImageDataset]:
        st.session_state["lab_source"] = "Zip"
        lab = LABS.give("Zip", dataset.digest, lambda: Lab(dataset, name, work.credit))
        if isinstance(work, Lab):
            lab.features = work.features
        return lab


def _changed(
    change: Callable[[Image.Image], Image.Image],
) -> Callable[[ImageDataset], tuple[ImageDataset, ImageDataset]]:
    """A function that makes two sets of one: a half as it is, and the other one changed."""

    def make(dataset: ImageDataset) -> tuple[ImageDataset, ImageDataset]:
        first, second = halves(dataset)
        named = {name: list[tuple[str, bytes]]() for name in second.classes}
        for photo in second.photos:
            image = Image.fromarray(decode(photo.data, size_hint=_CHANGED_PX))
            image.thumbnail((_CHANGED_PX, _CHANGED_PX))
            named[second.classes[photo.label]].append(
                (photo.name, encode_jpeg(np.asarray(change(image)), quality=92))
            )
        return first, ImageDataset.from_classes(named)

    return make


@st.cache_resource(show_spinner=False)
def _some_digits() -> ImageDataset:
    """Of each class the first ones, so that nobody waits for features for long."""
    digits = cached.sample_set("Digits")
    labels = digits.labels
    places = [np.flatnonzero(labels == i)[:_DIGITS_EACH] for i in range(len(digits.classes))]
    return digits.at(np.concatenate(places))


def _dark(image: Image.Image) -> Image.Image:
    return image.point(lambda level: _DARKER * level)


def _blurred(image: Image.Image) -> Image.Image:
    return image.filter(ImageFilter.GaussianBlur(max(image.size) / 60))


PHOTOS = _Photos()
