"""Tasks on data sets: classifiers trained on them."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from core.errors import InvalidInputError
from core.learning.card import MOST_CHARACTERS, ModelCard
from core.learning.resuming import ResumePoint
from core.learning.training import BaseTrainingStep, StepT
from core.sound.transfer import training as sounds
from core.sound.transfer.dataset import SoundDataset
from core.tasks.photos import Backbone
from core.tasks.task import (
    ZIP,
    Answer,
    Input,
    NetworkName,
    Number,
    Rows,
    Seed,
    Settings,
    Task,
    Usual,
)
from core.text.encoders import DEFAULT_ENCODER
from core.text.transfer import training as texts
from core.text.transfer.dataset import TextDataset
from core.vision import transfer as photos
from core.vision.classification import DEFAULT_BACKBONE

_Seed = Annotated[
    Seed,
    Field(
        description=(
            "Determines the test part, and all else that is random. The same seed gives the same "
            "result."
        ),
    ),
]
_TestShare = Annotated[
    float,
    Usual(0.05, 0.5, 0.05, percent="%"),
    Field(gt=0, lt=1, description="Of each class; not used in training."),
]

_ValidationShare = Annotated[
    float,
    Usual(0.05, 0.5, 0.05, percent="% of the rest"),
    Field(gt=0, lt=1, description="Of each class, without the test part; decides how to train."),
]


class CardSettings(Settings):
    """What only people can say about a classifier; it does not change the training."""

    purpose: str = Field(
        "",
        max_length=MOST_CHARACTERS,
        title="What is it for?",
        description="A sentence or two for the model card.",
    )
    missing: str = Field(
        "",
        max_length=MOST_CHARACTERS,
        title="What should nobody use it for, and what is missing?",
        description="Such as classes, places or people that the examples lack.",
    )


class TrainPhotosSettings(CardSettings):
    strategy: photos.Strategy = Field(
        "features", title="Strategy", description="What is frozen and what learns."
    )
    backbone: Backbone = DEFAULT_BACKBONE
    seed: _Seed = 0
    test_share: _TestShare = Field(0.2, title="Test photos")
    photos_per_class: int | None = Field(
        None, ge=1, title="Photos per class", description="At most; all by default."
    )
    validation_share: _ValidationShare = Field(0.1, title="Validation photos")
    epochs: Annotated[int | None, Usual(high=200)] = Field(
        None,
        ge=1,
        le=1000,
        title="Maximum epochs",
        description="As suits the strategy if it is not set.",
    )
    patience: Annotated[int | None, Usual(high=50)] = Field(
        None,
        ge=1,
        le=1000,
        title="Early stopping patience, epochs",
        description=(
            "Stop after so many epochs without a lower validation loss; as suits the strategy if "
            "it is not set."
        ),
    )
    depth: str | None = Field(
        None,
        max_length=100,
        title="Tuned after the layer",
        description="Of the backbone, where its last blocks are fine-tuned; these by default.",
    )
    learning_rate: Annotated[
        float | None, Usual(options=(1e-5, 1e-4, 2e-4, 5e-4, 1e-3, 2e-3, 5e-3))
    ] = Field(
        None,
        ge=1e-7,
        le=0.1,
        title="Highest learning rate",
        description="Of what learns by gradients; as suits the strategy if it is not set.",
    )
    dropout: Annotated[float | None, Usual(options=(0.0, 0.1, 0.2, 0.3, 0.5, 0.7))] = Field(
        None,
        ge=0,
        le=0.9,
        title="Dropout",
        description=(
            "Share of the features that the dense layer does not get to see, where it learns by "
            "gradients; as suits the strategy if it is not set."
        ),
    )
    hidden_units: Annotated[int | None, Usual(options=(16, 32, 64, 128, 256, 512))] = Field(
        None,
        ge=8,
        le=1024,
        title="Hidden layer, units",
        description=(
            "A layer with ReLU between the features and the dense layer, so that classes need not "
            "be linear in the features; none if it is not set. Both learn by gradients."
        ),
    )


class TrainTextsSettings(CardSettings):
    evidence: texts.Evidence = Field("both", title="Features")
    encoder: Annotated[
        str,
        NetworkName(),
        Field(
            title="Encoder",
            description=(
                "Turns a text into a vector. It is frozen; one layer is trained on top of it."
            ),
            max_length=200,
        ),
    ] = DEFAULT_ENCODER
    seed: _Seed = 0
    test_share: _TestShare = Field(0.3, title="Test texts")
    validation_share: _ValidationShare = Field(0.15, title="Validation texts")


class TrainSoundsSettings(CardSettings):
    seed: _Seed = 0
    test_share: Annotated[
        float,
        Usual(0.1, 0.5, 0.05, percent="%"),
        Field(gt=0, lt=1, description="Of each class; not used in training."),
    ] = Field(0.3, title="Test recordings")


class EvaluationAnswer(Answer):
    classes: list[str]
    accuracy: Number
    log_loss: Number
    confusion: Rows


class TrainingAnswer(Answer):
    """A training under way; `evaluation` is on the test part. The classifier is a ZIP file.

    The card is that of the classifier; it lies in the ZIP file too.
    """

    stage: str
    share: Number
    seconds: Number
    evaluation: EvaluationAnswer | None
    card: ModelCard | None


def _train_photos(
    archive: bytes,
    *,
    purpose: str,
    missing: str,
    resume: ResumePoint | None = None,
    **settings: Any,
) -> Iterator[photos.TrainingStep]:
    """As `core.vision.transfer.train`, and the last step is evaluated."""
    dataset = photos.ImageDataset.from_zip(archive)
    for step in photos.train(dataset, photos.TrainingSettings(**settings), resume=resume):
        last = step if step.model is None else photos.evaluated(dataset, step)[0]
        yield _answered(last, purpose, missing)


def _train_texts(
    archive: bytes,
    *,
    purpose: str,
    missing: str,
    resume: ResumePoint | None = None,
    **settings: Any,
) -> Iterator[texts.DocumentTrainingStep]:
    chosen = texts.DocumentTrainingSettings(**settings)
    for step in texts.train(TextDataset.from_zip(archive), chosen, resume=resume):
        yield _answered(step, purpose, missing)


def _train_sounds(
    archive: bytes,
    *,
    purpose: str,
    missing: str,
    resume: ResumePoint | None = None,
    **settings: Any,
) -> Iterator[sounds.SoundTrainingStep]:
    chosen = sounds.SoundTrainingSettings(**settings)
    for step in sounds.train(SoundDataset.from_zip(archive), chosen, resume=resume):
        yield _answered(step, purpose, missing)


def _answered(step: StepT, purpose: str, missing: str) -> StepT:
    """The step whose card, if it has one, says what somebody says of the classifier."""
    if step.model is None or step.card is None:
        return step
    card = replace(step.card, purpose=purpose, missing=missing)
    return replace(step, model=step.model.with_card(card))


def _exported(step: BaseTrainingStep[Any, Any]) -> bytes:
    """The classifier as the pages export it: a ZIP file with its labels and a script."""
    if step.model is None:
        raise InvalidInputError("Expected a training that has ended. Received: one under way.")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.zip"
        step.model.export(path)
        return path.read_bytes()


def _training(name: str, what: str, settings: type[Settings], function: Any) -> Task:
    return Task(
        name=f"train-{name}",
        title=f"Train a classifier of {name}",
        about=f"A classifier of your own {what}, on top of a pretrained network.",
        inputs=(Input("archive", "archive", f"ZIP file with a folder of {what} for each class"),),
        settings=settings,
        function=function,
        answer=TrainingAnswer,
        files={ZIP: _exported},
        share=lambda step: step.share,
        resumes=True,
    )


TRAIN_PHOTOS = _training("photos", "photos", TrainPhotosSettings, _train_photos)
TRAIN_TEXTS = _training("texts", "texts", TrainTextsSettings, _train_texts)
TRAIN_SOUNDS = _training("sounds", "recordings", TrainSoundsSettings, _train_sounds)
