"""The card of a classifier, made of its data set and the last step of its training."""

from __future__ import annotations

import math
import platform
from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import UTC, datetime
from importlib import metadata
from typing import Any

import numpy as np
from pydantic import JsonValue

from core import zoo
from core.learning.card import (
    CardBackbone,
    CardClass,
    CardData,
    CardFigures,
    CardNovelty,
    ModelCard,
)
from core.learning.datasets import LabelledExamples
from core.learning.metrics import Evaluation, wilson_interval
from core.learning.novelty import NoveltyDetector
from core.learning.training import BaseTrainingStep, StepT
from core.zoo import sources

_SOFTWARE = ("graft", "keras", "tensorflow", "openvino", "scikit-learn", "numpy", "pillow")
_MOST_IN_CONFUSION = 200  # classes: 40,000 counts


def with_card(dataset: LabelledExamples[Any, Any], step: StepT) -> StepT:
    """The last step of a training on `dataset`, whose classifier has its card."""
    if step.model is None:
        raise RuntimeError("Expected a training that has ended. Received: one under way.")
    return replace(step, model=step.model.with_card(model_card(dataset, step)))


def model_card(dataset: LabelledExamples[Any, Any], step: BaseTrainingStep[Any, Any]) -> ModelCard:
    """What can be said of a classifier without asking anybody."""
    network, evaluation = step.settings.network, step.evaluation
    return ModelCard(
        made=datetime.now(UTC).date().isoformat(),
        data=CardData(
            noun=dataset.noun,
            examples=len(dataset.members) - len(step.skipped),
            skipped=len(dataset.skipped) + len(step.skipped),
            digest=dataset.digest,
        ),
        classes=tuple(_classes(dataset, step)),
        settings=asdict(step.settings),
        training={
            "seconds": round(step.seconds, 2),
            "ended": step.stage,
            **{name: _plain(value) for name, value in step.details().items()},
        },
        backbone=None if network is None else _backbone(network),
        figures=None if evaluation is None else _figures(evaluation),
        none_of_these=None if step.novelty is None else card_novelty(step.novelty),
        software={"python": platform.python_version(), **dict(_versions())},
    )


def _classes(
    dataset: LabelledExamples[Any, Any], step: BaseTrainingStep[Any, Any]
) -> Iterator[CardClass]:
    labels, evaluation, size = dataset.labels, step.evaluation, len(dataset.classes)
    train, validation, test = (
        np.bincount(labels[part], minlength=size)
        for part in (step.split.train, step.split.validation, step.split.test)
    )
    for i, name in enumerate(dataset.classes):
        counts = CardClass(
            name=name, train=int(train[i]), validation=int(validation[i]), test=int(test[i])
        )
        if evaluation is None:
            yield counts
            continue
        support = int(evaluation.support[i])
        yield replace(
            counts,
            precision=_number(evaluation.precision[i]),
            recall=_number(evaluation.recall[i]),
            recall_interval=(
                wilson_interval(int(evaluation.confusion[i, i]), support) if support else None
            ),
            f1=_number(evaluation.f1[i]),
            auc=_number(evaluation.roc[i].auc),
        )


def _figures(evaluation: Evaluation) -> CardFigures:
    tested, correct = int(evaluation.labels.size), int(np.trace(evaluation.confusion))
    is_small = len(evaluation.classes) <= _MOST_IN_CONFUSION
    return CardFigures(
        tested=tested,
        correct=correct,
        accuracy=evaluation.accuracy,
        accuracy_interval=wilson_interval(correct, tested),
        macro_precision=_number(evaluation.macro_precision),
        macro_recall=_number(evaluation.macro_recall),
        macro_f1=_number(evaluation.macro_f1),
        macro_auc=_number(evaluation.macro_auc),
        log_loss=_number(evaluation.log_loss),
        expected_calibration_error=evaluation.reliability.expected_calibration_error,
        confusion=tuple(map(tuple, evaluation.confusion.tolist())) if is_small else None,
    )


def card_novelty(novelty: NoveltyDetector) -> CardNovelty:
    """What a card says of a novelty detector, at its own share."""
    return CardNovelty(
        share=novelty.share,
        validation=len(novelty.validation),
        tested=len(novelty.tested),
        refused=novelty.refused(novelty.tested),
    )


def _backbone(name: str) -> CardBackbone:
    spec = zoo.network(name)
    parts = spec.parts if isinstance(spec, zoo.JoinedNetworkSpec) else (spec,)
    return CardBackbone(
        name=spec.name,
        title=spec.title,
        parameters=spec.parameters,
        licence=spec.licence,
        weights="; ".join(sources.describe(part.weights) for part in parts),
        checksum=sources.checksum(spec.weights) if len(parts) == 1 else None,
        reference=spec.reference,
        note=spec.note,
    )


def _versions() -> Iterator[tuple[str, str]]:
    """Of the installed ones; nothing is imported."""
    for name in _SOFTWARE:
        try:
            yield name, metadata.version(name)
        except metadata.PackageNotFoundError:
            continue


def _number(value: float) -> float | None:
    """None for what is undefined: JSON has no NaN."""
    return float(value) if math.isfinite(value) else None


def _plain(value: Any) -> JsonValue:
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value
