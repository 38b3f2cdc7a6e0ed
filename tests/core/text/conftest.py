"""A stand-in for the encoder, so that tests need no weights."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import pytest

from core.text import pieces


class WordCounts:
    """An encoder of 64 numbers: where a text's words fall, at unit length. Counts its texts."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def __call__(
        self, texts: Sequence[str], *, encoder: str = "all_minilm_l6_v2"
    ) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        self.texts += texts
        for start in range(0, len(texts), 7):
            rows = np.arange(start, min(start + 7, len(texts)))
            yield rows, np.stack([self._vector(texts[i]) for i in rows])

    def _vector(self, text: str) -> np.ndarray:
        vector = np.zeros(64, np.float32)
        for word in ["", *text.lower().split()]:
            vector[zlib.crc32(word.encode()) % 64] += 1
        return vector / np.linalg.norm(vector)


@pytest.fixture
def word_counts(monkeypatch) -> WordCounts:
    """The stand-in, in place of every encoder."""
    encoder = WordCounts()
    monkeypatch.setattr(pieces, "encode_steps", encoder)
    return encoder


@pytest.fixture(scope="session")
def stories() -> Callable[[int], dict[str, list[tuple[str, str]]]]:
    """A function that makes so many named texts of each of two classes."""

    def make(count: int) -> dict[str, list[tuple[str, str]]]:
        rng = np.random.default_rng(0)
        own = {"sea": "ship sail wave harbour anchor", "sky": "plane wing cloud pilot runway"}
        shared = ["the", "a", "and", "was", "were", "of", "with", "over", "long", "fine", "day"]

        def text(words: str) -> str:
            return " ".join(rng.choice([*words.split(), *shared], 12))

        return {
            label: [(f"{label}/{i}.txt", text(words)) for i in range(count)]
            for label, words in own.items()
        }

    return make
