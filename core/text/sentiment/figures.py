"""Figures of the models for film reviews from their cards, and learning curves."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from core import zoo
from core.learning.metrics import wilson_interval
from core.settings import settings
from core.text.sentiment.readers import Reader, readers
from core.zoo import sources


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """One training of a learning curve.

    Attributes
    ----------
    reviews : int > 0, of which it learned.
    accuracy : float in [0, 1]
    low, high : float in [0, 1], the ends of Wilson's interval at 95 %.
    """

    reviews: int
    accuracy: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class LearningCurve:
    """Accuracy of a model by the number of reviews it learned from: `points`, the fewest first.

    `tested` counts the official test reviews; `made` says when, on what, and by which versions.
    """

    model: str
    title: str
    points: tuple[CurvePoint, ...]
    tested: int
    made: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFigures:
    """What is known of a model for film reviews.

    Attributes
    ----------
    model, title, licence, note : str
    vectors : where the vectors of its sentences come from, in words.
    parameters : int or None, its own; those of its encoder are not among them.
    bytes : int, its files; again without the encoder.
    accuracy, auc, calibration_error : float in [0, 1], on `tested` official test reviews.
    reviews_per_s : float
    deletion_area : by method, the mean area of the deletion test over `explained` test reviews.
    made : when, on what, and by which versions.
    """

    model: str
    title: str
    licence: str
    note: str
    vectors: str
    parameters: int | None
    bytes: int
    accuracy: float
    auc: float
    calibration_error: float
    reviews_per_s: float
    tested: int
    deletion_area: dict[str, float]
    explained: int
    made: dict[str, str]


def learning_curves(path: Path | None = None) -> tuple[LearningCurve, ...]:
    """The curves of the models that are here, the most accurate first."""
    path = path or settings().assets / "sentiment" / "learning_curves.json"
    if not path.exists():
        return ()
    titles = {name: reader.spec.title for name, reader in readers().items()}
    stored = json.loads(path.read_text("utf-8"))
    curves = [
        LearningCurve(
            model=name,
            title=titles[name],
            points=tuple(
                _point(share, accuracy, curve)
                for share, accuracy in zip(curve["shares"], curve["accuracies"], strict=True)
            ),
            tested=curve["tested"],
            made=curve["made"],
        )
        for name, curve in stored.items()
        if name in titles
    ]
    return tuple(sorted(curves, key=lambda curve: -curve.points[-1].accuracy))


def model_figures() -> dict[str, ModelFigures]:
    """By name, the models that were measured, the most accurate first."""
    figures = [_figures(reader) for reader in readers().values() if reader.spec.card["metrics"]]
    return {one.model: one for one in sorted(figures, key=lambda one: -one.accuracy)}


def _point(share: float, accuracy: float, curve: dict) -> CurvePoint:
    reviews = round(share * curve["trained"])
    correct = round(accuracy * curve["tested"])
    return CurvePoint(reviews, accuracy, *wilson_interval(correct, curve["tested"]))


def _figures(reader: Reader) -> ModelFigures:
    spec, metrics = reader.spec, reader.spec.card["metrics"]
    return ModelFigures(
        model=spec.name,
        title=spec.title,
        licence=spec.licence,
        note=spec.note,
        vectors=_vectors(reader),
        parameters=spec.parameters,
        bytes=_bytes(spec),
        accuracy=metrics["accuracy"],
        auc=metrics["auc"],
        calibration_error=metrics["expected_calibration_error"],
        reviews_per_s=metrics["reviews_per_s"],
        tested=metrics["tested"],
        deletion_area=metrics["deletion_area"],
        explained=metrics["explained"],
        made=spec.card["made"],
    )


def _vectors(reader: Reader) -> str:
    if reader.encoder is not None:
        return zoo.network(reader.encoder).title
    parts = {"words": "words of its own", "ngrams": "counts of words and pairs"}
    card = reader.spec.card["reader"]
    return " and ".join(text for part, text in parts.items() if card[part])


def _bytes(spec: zoo.ShippedSpec) -> int:
    paths = (sources.locate(source) for source in (spec.weights, *spec.companions))
    return sum(path.stat().st_size for path in paths if path is not None)
