"""Tasks on photos: what is on them, as vectors, and where."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from pydantic import BeforeValidator, Field

from core.errors import InvalidInputError
from core.tasks.task import (
    Answer,
    Columns,
    Input,
    NetworkName,
    Number,
    Numbers,
    Rows,
    Settings,
    Task,
    Usual,
    listed,
    table_files,
)
from core.vision.classification import DEFAULT_BACKBONE, Classification, classify, embed
from core.vision.comparison import compare
from core.vision.explanation import ClassMap, explain
from core.vision.exploration import duplicates_among
from core.vision.preparation import Region

PHOTO = Input("photo", "photo", "Photo")
PHOTOS = Input("photos", "photos", "Photos")

Backbone = Annotated[
    str,
    NetworkName(),
    Field(title="Network", description="An image network, or a saved classifier.", max_length=200),
]


_SHARE = r"(0(\.\d+)?|1(\.0+)?)"
_Part = Annotated[
    str | None,
    Field(
        pattern=rf"^{_SHARE}(,{_SHARE}){{3}}$",
        title="Part of the photo",
        description=(
            "What the network sees, as LEFT,TOP,RIGHT,BOTTOM: shares of the width and of the "
            "height in 0..1. The largest centred square by default."
        ),
    ),
]


def region(text: str | None) -> Region | None:
    """The part of a photo that LEFT,TOP,RIGHT,BOTTOM names.

    Raises
    ------
    InvalidInputError
        If there is nothing in it.
    """
    if text is None:
        return None
    left, top, right, bottom = map(float, text.split(","))
    if not (left < right and top < bottom):
        raise InvalidInputError(
            f"Expected a left below a right and a top below a bottom. Received: {text[:80]}."
        )
    return Region(left, top, right, bottom)


def region_text(part: Region | None) -> str | None:
    """What `region` reads."""
    if part is None:
        return None
    shares = (part.left, part.top, part.right, part.bottom)
    return ",".join(f"{share:.6f}".rstrip("0").rstrip(".") for share in shares)


class ClassifySettings(Settings):
    options: ClassVar = {"top_k": ("top",)}

    backbone: Backbone = DEFAULT_BACKBONE
    top_k: Annotated[int, Usual(high=20)] = Field(
        5,
        ge=1,
        le=1000,
        title="Classes to show",
        description="How many classes to name, the most probable first.",
    )
    part: _Part = None
    none_of_these: Annotated[float | None, Usual(0.0, 0.3, 0.01, percent="%")] = Field(
        None,
        ge=0,
        lt=1,
        title="Known photos to lose",
        description=(
            "For a saved classifier to say “none of these” of a photo that is too far from what it "
            "was trained on: the share of photos of its classes that it may refuse, such as 0.05. "
            "It is not asked by default."
        ),
    )


class ClassifyAnswer(Answer):
    backbone: str
    precision: str
    labels: list[str]
    wnids: list[str]
    scores: Numbers
    none_of_these: bool | None = None


def _classify(photo: bytes, *, part: str | None, **settings: Any) -> Classification:
    return classify(photo, region=region(part), **settings)


def _classes(result: Classification) -> Columns:
    """One row: whether it is none of them, if that was asked, and the classes from the most
    probable on, each with its score."""
    columns: dict[str, list[str] | list[float] | list[bool]] = {}
    if result.none_of_these is not None:
        columns["none_of_these"] = [result.none_of_these]
    for place, (label, score) in enumerate(zip(result.labels, result.scores, strict=True), 1):
        columns |= {f"label_{place}": [label], f"score_{place}": [float(score)]}
    return columns


CLASSIFY = Task(
    name="classify",
    title="Classify a photo",
    about="The most probable ImageNet classes of a photo.",
    inputs=(PHOTO,),
    settings=ClassifySettings,
    function=_classify,
    answer=ClassifyAnswer,
    files=table_files(_classes),
)


class EmbedSettings(Settings):
    backbone: Backbone = DEFAULT_BACKBONE


class EmbedAnswer(Answer):
    embeddings: Rows

    @classmethod
    def of(cls, result: object) -> EmbedAnswer:
        return cls.model_validate({"embeddings": result})


EMBED = Task(
    name="embed",
    title="Photos as vectors",
    about="What the last layers of a network know of each photo.",
    inputs=(PHOTOS,),
    settings=EmbedSettings,
    function=embed,
    answer=EmbedAnswer,
    files=table_files(lambda vectors: {f"f{i}": vectors[:, i] for i in range(vectors.shape[1])}),
)


class ExplainSettings(Settings):
    backbone: Backbone = DEFAULT_BACKBONE
    target: str | None = Field(
        None,
        title="Class to locate",
        description=(
            "The map shows which parts of the photo are evidence for this class: its name or "
            "WordNet id, the most probable one by default."
        ),
        max_length=200,
    )
    method: Literal["cam", "grad_cam", "occlusion"] | None = Field(
        None,
        title="Method",
        description=(
            "A class activation map takes one forward pass. Grad-CAM takes a gradient. Occlusion "
            "hides one part of the photo after another. The first of them that the network allows "
            "by default."
        ),
    )
    part: _Part = None


class RegionAnswer(Answer):
    left: float
    top: float
    right: float
    bottom: float


class ExplainAnswer(Answer):
    values: Rows
    region: RegionAnswer
    label: str
    wnid: str
    score: Number
    method: str
    backbone: str


def _explain(photo: bytes, *, part: str | None, **settings: Any) -> ClassMap:
    return explain(photo, region=region(part), **settings)


EXPLAIN = Task(
    name="explain",
    title="Locate a class on a photo",
    about="Which places of a photo are evidence for a class.",
    inputs=(PHOTO,),
    settings=ExplainSettings,
    function=_explain,
    answer=ExplainAnswer,
)


class CompareSettings(Settings):
    backbones: list[Annotated[str, NetworkName(), Field(max_length=200)]] = Field(
        [DEFAULT_BACKBONE],
        min_length=1,
        max_length=64,
        title="Networks",
        description="Image networks with a classifier, and saved classifiers.",
    )
    top_k: int = Field(5, ge=1, le=100, title="Classes", description="How many classes to name.")


class MeasurementAnswer(Answer):
    load_s: Number
    latency_p50_ms: Number
    latency_p95_ms: Number
    photos_per_s: Number
    memory_bytes: int
    parameters: int
    multiply_adds: int
    precision: str


class NetworkAnswer(Answer):
    backbone: str
    classifications: list[ClassifyAnswer]
    measurement: MeasurementAnswer | None
    error: Annotated[str | None, BeforeValidator(lambda err: None if err is None else str(err))]


class ComparisonAnswer(Answer):
    results: list[NetworkAnswer]
    share: Number


COMPARE = Task(
    name="compare",
    title="Compare networks",
    about="What several networks see on the same photos, and what each costs on this machine.",
    inputs=(PHOTOS,),
    settings=CompareSettings,
    function=compare,
    answer=ComparisonAnswer,
    share=lambda comparison: comparison.share,
)


class NearestPhotosSettings(EmbedSettings):
    k: int = Field(10, ge=1, le=1000, title="Photos", description="How many to list.")


@dataclass(frozen=True, slots=True)
class _Near:
    position: int
    similarity: float


class NearPhotoAnswer(Answer):
    position: int
    similarity: Number


class NearestPhotosAnswer(Answer):
    """The photos most like the first, by position, with the cosine of their embeddings."""

    photos: list[NearPhotoAnswer]

    @classmethod
    def of(cls, result: object) -> NearestPhotosAnswer:
        return cls.model_validate({"photos": result})


def _nearest(photo: bytes, photos: Sequence[bytes], *, backbone: str, k: int) -> list[_Near]:
    vectors = embed([photo, *photos], backbone=backbone)
    vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
    similarity = vectors[1:] @ vectors[0]
    order = np.argsort(-similarity, kind="stable")[:k]
    return [_Near(int(i), float(similarity[i])) for i in order]


NEAREST_PHOTOS = Task(
    name="nearest-photos",
    title="Nearest photos",
    about="Which of many photos are most like one, to a network.",
    inputs=(PHOTO, PHOTOS),
    settings=NearestPhotosSettings,
    function=_nearest,
    answer=NearestPhotosAnswer,
    files=table_files(lambda photos: listed(photos, "position", "similarity")),
)


class DuplicateAnswer(Answer):
    """Two photos by position, the cosine of their embeddings, and how well outlines agree."""

    first: int
    second: int
    similarity: Number
    overlap: Number


class DuplicatesAnswer(Answer):
    pairs: list[DuplicateAnswer]


NEAR_DUPLICATES = Task(
    name="near-duplicates",
    title="Near duplicates among photos",
    about="Which of many photos are copies, crops or mirror images of each other.",
    inputs=(PHOTOS,),
    settings=EmbedSettings,
    function=duplicates_among,
    answer=DuplicatesAnswer,
    files=table_files(lambda step: listed(step.pairs, "first", "second", "similarity", "overlap")),
    share=lambda step: step.share,
)
