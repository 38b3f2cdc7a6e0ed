"""Tasks on photos: what is on them, as vectors, and where."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from core.tasks.task import Answer, Input, NetworkName, Number, Numbers, Rows, Settings, Task
from core.vision.classification import DEFAULT_BACKBONE, classify, embed
from core.vision.explanation import explain

PHOTO = Input("photo", "photo", "Photo")
PHOTOS = Input("photos", "photos", "Photos")

Backbone = Annotated[
    str,
    NetworkName(),
    Field(title="Network", description="An image network.", max_length=200),
]


class ClassifySettings(Settings):
    options: ClassVar = {"top_k": ("top",)}

    backbone: Backbone = DEFAULT_BACKBONE
    top_k: int = Field(5, ge=1, le=1000, title="Classes", description="How many classes to name.")


class ClassifyAnswer(Answer):
    backbone: str
    precision: str
    labels: list[str]
    wnids: list[str]
    scores: Numbers


CLASSIFY = Task(
    name="classify",
    title="Classify a photo",
    about="The most probable ImageNet classes of a photo.",
    inputs=(PHOTO,),
    settings=ClassifySettings,
    function=classify,
    answer=ClassifyAnswer,
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
)


class ExplainSettings(Settings):
    backbone: Backbone = DEFAULT_BACKBONE
    target: str | None = Field(
        None,
        title="Class to locate",
        description="Name or WordNet id of a class; the most probable one by default.",
        max_length=200,
    )
    method: Literal["cam", "grad_cam", "occlusion"] | None = Field(
        None, title="Method", description="The best that the network allows by default."
    )


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


EXPLAIN = Task(
    name="explain",
    title="Locate a class on a photo",
    about="Which places of a photo are evidence for a class.",
    inputs=(PHOTO,),
    settings=ExplainSettings,
    function=explain,
    answer=ExplainAnswer,
)
