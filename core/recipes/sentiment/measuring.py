"""How good and how fast the shipped models are, measured as the app runs them."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Sequence

import numpy as np

from core.learning.metrics import evaluate
from core.recipes.made import made
from core.recipes.sentiment.languages import REVIEWS
from core.recipes.sentiment.reviews import Reviews, sentence_vectors
from core.recipes.sentiment.shipping import FOLDER
from core.text import sentiment
from core.text.sentiment import saliency
from core.text.sentiment.readers import Reader, reader, readers
from core.text.sentiment.sentences import sentences

_CURVES = FOLDER / "learning_curves.json"
_EXPLAINED = 1000  # reviews of the test
_TIMED_S = 3.0
_AT_ONCE = 32
_RANDOM_ORDERS = 10


def keep_curve(
    name: str, shares: Sequence[float], accuracies: Sequence[float], *, trained: int, tested: int
) -> None:
    """Add a learning curve, as far as it goes, to those that the page shows."""
    curves = json.loads(_CURVES.read_text("utf-8")) if _CURVES.exists() else {}
    curves[name] = {
        "shares": list(shares[: len(accuracies)]),
        "accuracies": [round(accuracy, 4) for accuracy in accuracies],
        "trained": trained,
        "tested": tested,
        "made": made("keras", "tensorflow", "openvino"),
    }
    _CURVES.write_text(json.dumps(curves, indent=1) + "\n", "utf-8")


def measure(name: str, test: Reviews) -> None:
    """Write accuracy, speed and the areas of the deletion test into a model's card."""
    path = FOLDER / f"{name}.card.json"
    card = json.loads(path.read_text("utf-8"))
    read = reader(name)
    vectors = vectors_of(read, test)
    logits = read.judge(vectors)
    positive = saliency.probability(logits).astype(np.float64)
    found = evaluate(test.labels, np.stack([1 - positive, positive], axis=1), ("against", "for"))
    card["metrics"] = {
        "accuracy": round(found.accuracy, 4),
        "auc": round(found.macro_auc, 4),
        "log_loss": round(found.log_loss, 4),
        "expected_calibration_error": round(found.reliability.expected_calibration_error, 4),
        "tested": len(test.texts),
        "reviews_per_s": round(_speed(name, test.texts), 1),
        "deletion_area": deletion_areas(read, vectors[:_EXPLAINED]),
        "explained": _EXPLAINED,
    }
    if name == sentiment.MULTILINGUAL_MODEL:
        card["metrics"]["other_languages"] = _other_languages(name)
    sys.stderr.write(f"{name}: {card['metrics']}\n")
    path.write_text(json.dumps(card, indent=1) + "\n", "utf-8")


def deletion_areas(read: Reader, texts: Sequence[np.ndarray]) -> dict[str, float]:
    """For each method, the mean area between its deletion curves and those of random orders."""
    generator = np.random.default_rng(0)
    areas: dict[str, list[float]] = {method: [] for method in saliency.METHODS}
    for vectors in texts:
        positive = bool(read.judge([vectors])[0] >= 0)
        orders = [generator.permutation(len(vectors)) for _ in range(_RANDOM_ORDERS)]
        at_random = np.mean(
            [saliency.area(saliency.deletion_curve(read, vectors, order)) for order in orders]
        )
        for method, score in saliency.METHODS.items():
            order = saliency.ranking(
                score(read, vectors), signed=method in saliency.SIGNED, positive=positive
            )
            by_saliency = saliency.area(saliency.deletion_curve(read, vectors, order))
            areas[method].append(float(at_random) - by_saliency)
    return {method: round(float(np.mean(values)), 4) for method, values in areas.items()}


def vectors_of(read: Reader, test: Reviews) -> list[np.ndarray]:
    """Of each review, the (S, D) vectors of its sentences."""
    if read.encoder is None:
        split = [[text[a:b] for a, b in sentences(text)] for text in test.texts]
        every = read.vectors([sentence for one in split for sentence in one])
        return np.split(every, np.cumsum([len(one) for one in split])[:-1])
    kept = sentence_vectors(test.texts, read.encoder)
    return np.split(kept.values.astype(np.float32), kept.starts[1:-1])


def _other_languages(name: str) -> dict[str, str]:
    """How many of the short reviews in each other language are judged rightly: "11 of 12"."""
    found = {}
    for language, reviews in REVIEWS.items():
        positive = sentiment.predict([text for _, text in reviews], model=name) > 0.5
        right = sum(
            bool(said) == bool(label) for said, (label, _) in zip(positive, reviews, strict=True)
        )
        found[language] = f"{right} of {len(reviews)}"
    return found


def _speed(name: str, texts: Sequence[str]) -> float:
    """Reviews a second, the best of a few stretches of at most three seconds in all."""
    sentiment.predict(texts[:_AT_ONCE], model=name)
    at_once = _AT_ONCE if readers()[name].encoder else 1000
    best, until, start = 0.0, time.monotonic() + _TIMED_S, 0
    while time.monotonic() < until:
        part = texts[start : start + at_once]
        began = time.perf_counter()
        sentiment.predict(part, model=name)
        best = max(best, len(part) / (time.perf_counter() - began))
        start = (start + at_once) % (len(texts) - at_once)
    return best
