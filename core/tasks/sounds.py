"""Tasks on sounds: what a recording is, and which birds are in it."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from core.sound.birds import birds_in
from core.sound.classification import DEFAULT_MODEL, SoundClassification, classify
from core.tasks.task import (
    Answer,
    Columns,
    Input,
    Number,
    Numbers,
    Rows,
    Settings,
    Task,
    Usual,
    listed,
    table_files,
)

RECORDING = Input("recording", "sound", "Recording")


class SoundSettings(Settings):
    model: str = Field(
        DEFAULT_MODEL,
        title="Model",
        description="A classifier of sounds, one that was saved included.",
        max_length=200,
    )


class WindowsAnswer(Answer):
    times: Numbers
    duration: Number
    classes: list[str]
    scores: Rows


class SoundAnswer(Answer):
    labels: list[str]
    scores: Numbers
    windows: WindowsAnswer
    seconds: Number
    notices: list[str]
    model: str
    undecided: str


def _class_columns(result: SoundClassification) -> Columns:
    """One row: the most probable class unless it is undecided, and the score of every class."""
    scores = sorted(zip(result.labels, result.scores, strict=True))
    label = "" if result.undecided else result.labels[0]
    return {"label": [label], **{name: [float(score)] for name, score in scores}}


SOUNDS = Task(
    name="sounds",
    title="Classify a recording",
    about="What a sound is, as a whole and second by second.",
    inputs=(RECORDING,),
    settings=SoundSettings,
    function=classify,
    answer=SoundAnswer,
    files=table_files(_class_columns),
)


class BirdSettings(Settings):
    least: Annotated[float, Usual(low=0.1, high=0.95, step=0.05)] = Field(
        0.25,
        gt=0,
        le=1,
        title="Minimum confidence",
        description=(
            "BirdNET's score for a species in a window. It is not a probability: the meaning of "
            "0.5 differs from species to species."
        ),
    )


class DetectionAnswer(Answer):
    time: Number
    scientific: str
    common: str
    confidence: Number


class BirdsAnswer(Answer):
    detections: list[DetectionAnswer]
    times: Numbers
    duration: Number
    notices: list[str]
    undecided: str


BIRDS = Task(
    name="birds",
    title="Birds in a recording",
    about="The species that BirdNET detects, window by window.",
    inputs=(RECORDING,),
    settings=BirdSettings,
    function=birds_in,
    answer=BirdsAnswer,
    files=table_files(
        lambda birds: listed(birds.detections, "time", "scientific", "common", "confidence")
    ),
)
