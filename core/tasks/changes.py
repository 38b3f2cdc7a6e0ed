"""Tasks on two data sets: what is new in the second."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import Field

from core.learning.findings.changes import Changes
from core.sound.transfer.dataset import SoundDataset
from core.sound.transfer.vectors import find_sound_changes
from core.tasks.photos import Backbone
from core.tasks.task import Answer, Input, NetworkName, Number, Seed, Settings, Task, table_files
from core.text.encoders import DEFAULT_ENCODER
from core.text.transfer.dataset import TextDataset
from core.text.transfer.vectors import find_text_changes
from core.vision.classification import DEFAULT_BACKBONE
from core.vision.transfer.datasets import ImageDataset
from core.vision.transfer.vectors import find_photo_changes

_Seed = Annotated[Seed, Field(description="Of the permutations that the p-value is from.")]


class ChangesSettings(Settings):
    seed: _Seed = 0


class PhotoChangesSettings(ChangesSettings):
    backbone: Backbone = DEFAULT_BACKBONE


class TextChangesSettings(ChangesSettings):
    encoder: Annotated[
        str,
        NetworkName(),
        Field(title="Encoder", description="Turns a text into a vector.", max_length=200),
    ] = DEFAULT_ENCODER


class ClassShareAnswer(Answer):
    name: str
    first: int
    second: int
    first_share: Number
    second_share: Number
    p_value: Number


class ChangesAnswer(Answer):
    """What is known so far; AUROC and p-value are missing where there are too few examples.

    `is_different` is whether the p-value is below 0.05, once all of it is known; `noticeable` is
    the AUROC from which on a difference would have been noticed in four of five cases.
    """

    stage: str
    share: Number
    sizes: tuple[int, int]
    same: int
    is_version: bool
    is_different: bool | None
    auroc: float | None
    p_value: float | None
    noticeable: float | None
    names_unlike: tuple[list[str], list[str]]
    names_added: list[str]
    names_removed: list[str]
    classes: list[ClassShareAnswer]


def _photos(before: bytes, after: bytes, *, backbone: str, seed: int) -> Iterator[Changes]:
    first, second = (ImageDataset.without_labels_from_zip(one) for one in (before, after))
    return find_photo_changes(first, second, backbone, seed=seed)


def _texts(before: bytes, after: bytes, *, encoder: str, seed: int) -> Iterator[Changes]:
    first, second = (TextDataset.without_labels_from_zip(one) for one in (before, after))
    return find_text_changes(first, second, encoder, seed=seed)


def _sounds(before: bytes, after: bytes, *, seed: int) -> Iterator[Changes]:
    first, second = (SoundDataset.without_labels_from_zip(one) for one in (before, after))
    return find_sound_changes(first, second, seed=seed)


def _changes(name: str, what: str, settings: type[Settings], function: Any) -> Task:
    return Task(
        name=f"changes-{name}",
        title=f"What changed between two sets of {name}",
        about=(
            f"Whether new {what} differ from a set by more than chance, which are most unlike it, "
            "and what was added and removed."
        ),
        inputs=(
            Input("before", "archive", f"ZIP file of the {what} as they were"),
            Input("after", "archive", f"ZIP file of the new {what}"),
        ),
        settings=settings,
        function=function,
        answer=ChangesAnswer,
        files=table_files(Changes.rows),
        share=lambda step: step.share,
    )


CHANGES_PHOTOS = _changes("photos", "photos", PhotoChangesSettings, _photos)
CHANGES_TEXTS = _changes("texts", "texts", TextChangesSettings, _texts)
CHANGES_SOUNDS = _changes("sounds", "recordings", ChangesSettings, _sounds)
