"""Accuracy, calibration and speed of the shipped models, measured as the app runs them."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence

import numpy as np

from core import zoo
from core.learning.metrics import evaluate
from core.recipes.common.command_line import show_result
from core.recipes.common.files import made, write_json
from core.recipes.sentiment.languages import REVIEWS
from core.recipes.sentiment.reviews import Reviews, sentence_vectors
from core.recipes.sentiment.shipping import sentiment_folder
from core.text import sentiment
from core.text.sentiment import saliency
from core.text.sentiment.readers import Reader, reader, readers
from core.text.sentiment.sentences import sentences

_AT_ONCE = 32
_RANDOM_ORDERS = 10


def keep_curve(
    name: str, shares: Sequence[float], accuracies: Sequence[float], *, trained: int, tested: int
) -> None:
    """Add a learning curve, as far as it goes, to those that the page shows."""
    path = sentiment_folder() / "learning_curves.json"
    curves = json.loads(path.read_text("utf-8")) if path.exists() else {}
    curves[name] = {
        "shares": list(shares[: len(accuracies)]),
        "accuracies": [round(accuracy, 4) for accuracy in accuracies],
        "trained": trained,
        "tested": tested,
        "made": made("keras", "tensorflow", "openvino"),
    }
    write_json(path, curves)


def measure(name: str, test: Reviews, *, explained: int, timed_s: float) -> None:
    """Write accuracy, speed and the areas of the deletion test into a model's card.

    Parameters
    ----------
    explained : the deletion test is over so many of the reviews.
    timed_s : how long the speed is measured.
    """
    path = sentiment_folder() / f"{name}.card.json"
    card = json.loads(path.read_text("utf-8"))
    model = reader(name)
    vectors = vectors_of(model, test)
    logits = model.logits(vectors)
    positive = saliency.probability(logits).astype(np.float64)
    evaluation = evaluate(
        test.labels, np.stack([1 - positive, positive], axis=1), ("against", "for")
    )
    card["metrics"] = {
        "accuracy": round(evaluation.accuracy, 4),
        "auc": round(evaluation.macro_auc, 4),
        "log_loss": round(evaluation.log_loss, 4),
        "expected_calibration_error": round(evaluation.reliability.expected_calibration_error, 4),
        "tested": len(test.texts),
        "reviews_per_s": round(_speed(name, test.texts, timed_s), 1),
        "deletion_area": deletion_areas(model, vectors[:explained]),
        "explained": len(vectors[:explained]),
    }
    if name == sentiment.MULTILINGUAL_MODEL:
        card["metrics"]["other_languages"] = _other_languages(name)
    show_result(f"{name}: {card['metrics']}")
    write_json(path, card)
    zoo.read_again()


def deletion_areas(model: Reader, texts: Sequence[np.ndarray]) -> dict[str, float]:
    """For each method, the mean area between its deletion curves and those of random orders."""
    generator = np.random.default_rng(0)
    areas: dict[str, list[float]] = {method: [] for method in saliency.METHODS}
    for vectors in texts:
        positive = bool(model.logits([vectors])[0] >= 0)
        orders = [generator.permutation(len(vectors)) for _ in range(_RANDOM_ORDERS)]
        at_random = np.mean(
            [saliency.area(saliency.deletion_curve(model, vectors, order)) for order in orders]
        )
        for method, score in saliency.METHODS.items():
            order = saliency.ranking(
                score(model, vectors), signed=method in saliency.SIGNED, positive=positive
            )
            by_saliency = saliency.area(saliency.deletion_curve(model, vectors, order))
            areas[method].append(float(at_random) - by_saliency)
    return {method: round(float(np.mean(values)), 4) for method, values in areas.items()}


def vectors_of(model: Reader, test: Reviews) -> list[np.ndarray]:
    """Of each review, the (S, D) vectors of its sentences."""
    if model.encoder is None:
        split = [[text[a:b] for a, b in sentences(text)] for text in test.texts]
        flat = model.vectors([sentence for of_review in split for sentence in of_review])
        return np.split(flat, np.cumsum([len(of_review) for of_review in split])[:-1])
    embedded = sentence_vectors(test.texts, model.encoder)
    return np.split(embedded.values.astype(np.float32), embedded.starts[1:-1])


def _other_languages(name: str) -> dict[str, str]:
    """How many of the short reviews in each other language are classified correctly: "11 of 12"."""
    counts = {}
    for language, reviews in REVIEWS.items():
        positive = sentiment.predict([text for _, text in reviews], model=name) > 0.5
        labels = np.array([label for label, _ in reviews], bool)
        counts[language] = f"{int((positive == labels).sum())} of {len(reviews)}"
    return counts


def _speed(name: str, texts: Sequence[str], timed_s: float) -> float:
    """Reviews a second, the best of a few stretches."""
    sentiment.predict(texts[:_AT_ONCE], model=name)
    at_once = min(_AT_ONCE if readers()[name].encoder else 1000, len(texts))
    best, until, start = 0.0, time.monotonic() + timed_s, 0
    while time.monotonic() < until:
        part = texts[start : start + at_once]
        began = time.perf_counter()
        sentiment.predict(part, model=name)
        best = max(best, len(part) / (time.perf_counter() - began))
        start = (start + at_once) % max(1, len(texts) - at_once)
    return best
