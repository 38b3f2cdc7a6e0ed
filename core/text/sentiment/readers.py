"""How a model reads reviews: sentences to vectors, vectors to a logit. No TensorFlow."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from core import engine, zoo
from core.errors import UnknownNameError
from core.settings import settings
from core.text.encoders import batches_by_length, encode, padded
from core.text.sentiment.ngrams import NgramEvidence
from core.text.sentiment.words import UNKNOWN, Vocabulary

_BATCH_WORDS = 4096  # of sentences that are read together, padding included
_BATCH_SENTENCES = 4096  # of texts that are classified together, padding included


@dataclass(frozen=True)
class Reader:
    """A model for texts, as its card describes it.

    Attributes
    ----------
    spec : ShippedSpec
    """

    spec: zoo.ShippedSpec

    @property
    def encoder(self) -> str | None:
        """The text encoder that makes vectors of sentences; None where the model's own words do."""
        return self.spec.card["reader"].get("encoder")

    @property
    def dimension(self) -> int:
        """D, numbers in a sentence's vector."""
        return self.spec.card["reader"]["dimension"]

    def vectors(self, sentences: Sequence[str]) -> np.ndarray:
        """The model's vectors of M sentences: (M, D) float32.

        Raises
        ------
        WeightsUnavailableError, MemoryBudgetError
        """
        if not sentences:
            return np.empty((0, self.dimension), np.float32)
        if self.encoder is not None:
            return encode(sentences, encoder=self.encoder)
        known = vocabulary()
        ids = [known.ids(sentence) or [UNKNOWN] for sentence in sentences]
        parts = []
        if self.spec.card["reader"]["words"]:
            parts.append(self._word_vectors(ids))
        if self.spec.card["reader"]["ngrams"]:
            parts.append(_evidence(settings().assets, self.spec.name)(ids)[:, None])
        return np.concatenate(parts, axis=1)

    def logits(self, texts: Sequence[np.ndarray]) -> np.ndarray:
        """(N,) float32 logits of N texts, each the (S, D) vectors of its sentences."""
        logits, _ = self._run(texts, "logit")
        return logits

    def differentiate(self, texts: Sequence[np.ndarray]) -> tuple[np.ndarray, list[np.ndarray]]:
        """Logits, and of each text the gradient of its logit at its sentences, (S, D)."""
        return self._run(texts, "logit", "gradient")

    def _run(
        self, texts: Sequence[np.ndarray], *outputs: str
    ) -> tuple[np.ndarray, list[np.ndarray]]:
        network = engine.graph(self.spec.name, *outputs, precision="f32")
        logits = np.empty(len(texts), np.float32)
        gradients: list[np.ndarray] = [np.empty(0)] * len(texts)
        lengths = [max(1, len(text)) for text in texts]
        for rows in batches_by_length(lengths, _BATCH_SENTENCES):
            shape = (len(rows), lengths[rows[0]], self.dimension)
            sentences, mask = np.zeros(shape, np.float32), np.zeros(shape[:2], np.float32)
            for place, row in enumerate(rows):
                sentences[place, : len(texts[row])] = texts[row]
                mask[place, : len(texts[row])] = 1
            results = network(sentences=sentences, mask=mask)
            logits[rows] = results[0][:, 0]
            for place, row in enumerate(rows) if len(outputs) > 1 else ():
                gradients[row] = results[1][place, : len(texts[row])]
        return logits, gradients

    def _word_vectors(self, ids: Sequence[Sequence[int]]) -> np.ndarray:
        network = engine.graph(self.spec.name, part="sentences")
        rows = list(batches_by_length([len(row) for row in ids], _BATCH_WORDS))
        with ThreadPoolExecutor(engine.machine().cores, thread_name_prefix="read") as pool:
            embeddings = list(
                pool.map(lambda part: network(tokens=padded([ids[i] for i in part])[0])[0], rows)
            )
        vectors = np.empty((len(ids), embeddings[0].shape[1]), np.float32)
        for part, values in zip(rows, embeddings, strict=True):
            vectors[part] = values
        return vectors


def readers() -> dict[str, Reader]:
    """The models that read film reviews, by name."""
    shipped = (spec for spec in zoo.networks() if isinstance(spec, zoo.ShippedSpec))
    return {spec.name: Reader(spec) for spec in shipped if "reader" in spec.card}


def reader(name: str) -> Reader:
    """The model of that name.

    Raises
    ------
    UnknownNameError
        If there is none.
    """
    known = readers()
    if name not in known:
        raise UnknownNameError.among("model for reviews", name, known)
    return known[name]


def vocabulary() -> Vocabulary:
    """The words of the film reviews that models with words of their own have learned from."""
    return _read_vocabulary(settings().assets / "sentiment" / "vocabulary.txt")


@cache
def _read_vocabulary(path: Path) -> Vocabulary:
    return Vocabulary(path.read_text("utf-8").splitlines())


@cache
def _evidence(folder: Path, name: str) -> NgramEvidence:
    spec = reader(name).spec
    return NgramEvidence(np.load(zoo.asset_path(spec, ".ngrams.npy")))
