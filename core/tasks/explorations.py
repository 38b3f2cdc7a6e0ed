"""Tasks that have a first look at a data set: of photos, texts or recordings."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Annotated, Any, Self

from pydantic import Field

from core.learning.findings.review import Review
from core.sound import exploration as sounds
from core.sound.transfer.dataset import SoundDataset
from core.tasks.each_first import EachFirst, LookedAt
from core.tasks.findings import findings
from core.tasks.looks import LOOK_AT_PHOTOS, looks_in
from core.tasks.photos import Backbone, DuplicateAnswer
from core.tasks.task import (
    Answer,
    Input,
    NetworkName,
    Number,
    Rows,
    Seed,
    Settings,
    Task,
    table_files,
)
from core.text import exploration as texts
from core.text.encoders import DEFAULT_ENCODER
from core.text.transfer.dataset import TextDataset
from core.vision import exploration as photos
from core.vision.classification import DEFAULT_BACKBONE
from core.vision.transfer import ImageDataset


class QualityAnswer(Answer):
    """Something that is wrong with an example whatever its label, and what was measured."""

    name: str
    position: int
    issue: str
    value: Number
    detail: str


class WrongLabelAnswer(Answer):
    """A label that looks wrong, the most probable other one, and the quality of the given one."""

    name: str
    position: int
    given: str
    suggested: str
    quality: Number


class OutlierAnswer(Answer):
    """An example unlike its class; `p_value` is the share of examples at least as unlike theirs."""

    name: str
    position: int
    p_value: Number
    distance: Number


class ConfusedAnswer(Answer):
    """Two classes that are predicted as each other, with a 95 % interval of the share."""

    first: str
    second: str
    confused: int
    total: int
    share: Number
    interval: list[Number]
    are_told_apart: bool


class WeakGroupAnswer(Answer):
    """Similar examples that are predicted worse than the others."""

    names: list[str]
    positions: list[int]
    correct: int
    accuracy: Number
    interval: list[Number]
    accuracy_elsewhere: Number
    p_value: Number


class NamedDuplicateAnswer(DuplicateAnswer):
    first_name: str
    second_name: str


class FirstLookAnswer(Answer):
    """What is known so far. What is null is not known yet."""

    stage: str
    done: int
    total: int
    counts: dict[str, int]
    quality: list[QualityAnswer] | None
    duplicates: list[NamedDuplicateAnswer] | None
    wrong_labels: list[WrongLabelAnswer] | None
    outliers: list[OutlierAnswer] | None
    confused: list[ConfusedAnswer] | None
    weak_groups: list[WeakGroupAnswer] | None
    positions: Rows | None

    @classmethod
    def of(cls, result: Any) -> Self:
        """The answer that says what a step of an exploration says, by names."""
        own = [name for name in cls.model_fields if hasattr(result, name)]
        return cls.model_validate({name: getattr(result, name) for name in own} | _findings(result))


class ExplorationAnswer(FirstLookAnswer):
    backbone: str


class SkippedAnswer(Answer):
    name: str
    reason: str


class TextExplorationAnswer(FirstLookAnswer):
    """As of photos; `copies` are texts that are the same as an earlier one."""

    encoder: str
    copies: int


class SoundExplorationAnswer(FirstLookAnswer):
    """As of photos; `skipped` are recordings that are damaged, which nothing else counts."""

    skipped: list[SkippedAnswer]


def _findings(step: Any) -> dict[str, Any]:
    names, known = step.names, step.review
    return {
        "quality": None if step.quality is None else [_named(one, names) for one in step.quality],
        "duplicates": None
        if step.duplicates is None
        else [
            _fields(pair, "first", "second", "similarity", "overlap")
            | {"first_name": names[pair.first], "second_name": names[pair.second]}
            for pair in step.duplicates
        ],
        **_reviewed(Review() if known is None else known, names, list(step.counts)),
    }


def _reviewed(known: Review, names: Sequence[str], classes: Sequence[str]) -> dict[str, Any]:
    labels, outliers = known.labels, known.outliers
    return {
        "wrong_labels": None
        if labels is None or known.stage == "labels"
        else [
            _named(one, names) | {"given": classes[one.given], "suggested": classes[one.suggested]}
            for one in labels.findings
        ],
        "outliers": None if outliers is None else [_named(one, names) for one in outliers.findings],
        "confused": None
        if known.confused is None
        else [
            _fields(pair, "confused", "total", "share", "interval", "are_told_apart")
            | {"first": classes[pair.first], "second": classes[pair.second]}
            for pair in known.confused
        ],
        "weak_groups": None
        if known.weak is None
        else [
            _fields(group, "correct", "accuracy", "interval", "accuracy_elsewhere", "p_value")
            | {
                "positions": group.positions.tolist(),
                "names": [names[position] for position in group.positions],
            }
            for group in known.weak
        ],
    }


def _named(finding: Any, names: Sequence[str]) -> dict[str, Any]:
    own = {name: getattr(finding, name) for name in finding.__slots__}
    return own | {"name": names[finding.position]}


def _fields(finding: Any, *fields: str) -> dict[str, Any]:
    return {name: getattr(finding, name) for name in fields}


_SHARES = {"embeddings": 0.6, "duplicates": 0.05, "review": 0.1, "map": 0.1}
"""Of the time, after a first stage that looks at each example; measured on thousands of each."""


def _share(step: Any) -> float:
    if step.stage == "done":
        return 1.0
    stages = {"first": 1 - sum(_SHARES.values())} | _SHARES
    own = step.stage if step.stage in _SHARES else "first"
    before = list(stages.values())[: list(stages).index(own)]
    return min(1.0, sum(before) + stages[own] * step.done / max(1, step.total))


class ExploreSettings(Settings):
    backbone: Backbone = DEFAULT_BACKBONE
    seed: Seed = Field(0, description="Of the map.")


class ExploreTextsSettings(Settings):
    encoder: Annotated[
        str,
        NetworkName(),
        Field(
            title="Encoder",
            description="Its vectors decide which texts are similar.",
            max_length=200,
        ),
    ] = DEFAULT_ENCODER
    seed: Seed = Field(0, description="Of the map and of the search for wrong labels.")


class ExploreSoundsSettings(Settings):
    seed: Seed = Field(0, description="Of the map and of the search for wrong labels.")


def _explore(archive: bytes, *, backbone: str, seed: int) -> Iterator[photos.ExplorationStep]:
    return photos.explore(ImageDataset.from_zip(archive), backbone, seed)


def _explore_looks(looked_at: LookedAt, settings: Settings) -> Iterator[photos.ExplorationStep]:
    return photos.explored(
        looks_in(looked_at),
        looked_at.names,
        looked_at.labels,
        looked_at.classes,
        **settings.arguments(),
    )


def _explore_texts(
    archive: bytes, *, encoder: str, seed: int
) -> Iterator[texts.TextExplorationStep]:
    return texts.explore(TextDataset.from_zip(archive), encoder, seed)


def _explore_sounds(archive: bytes, *, seed: int) -> Iterator[sounds.SoundExplorationStep]:
    return sounds.explore(SoundDataset.from_zip(archive), seed)


_OR_FOLDER = " or, without a map, of a folder of any size"


def _exploring(
    name: str,
    what: str,
    settings: type[Settings],
    function: Callable[..., Any],
    answer: type[Answer],
    each_first: EachFirst | None = None,
) -> Task:
    return Task(
        name=name,
        title=f"Explore a set of {what}",
        about=(
            f"Counts of classes, {what} of poor quality, near duplicates, labels that look wrong, "
            f"outliers and a map of the {what} of a ZIP file{_OR_FOLDER if each_first else ''}."
        ),
        inputs=(Input("archive", "archive", f"ZIP file with a folder of {what} for each class"),),
        settings=settings,
        function=function,
        answer=answer,
        files=table_files(findings),
        share=_share,
        each_first=each_first,
    )


EXPLORE = _exploring(
    "explore",
    "photos",
    ExploreSettings,
    _explore,
    ExplorationAnswer,
    EachFirst(LOOK_AT_PHOTOS, _explore_looks),
)
EXPLORE_TEXTS = _exploring(
    "explore-texts", "texts", ExploreTextsSettings, _explore_texts, TextExplorationAnswer
)
EXPLORE_SOUNDS = _exploring(
    "explore-sounds", "recordings", ExploreSoundsSettings, _explore_sounds, SoundExplorationAnswer
)
