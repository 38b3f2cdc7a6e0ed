"""A classifier of texts that was trained here: words, meaning, or both, into one linear layer."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from core.errors import InvalidInputError, UnknownNameError
from core.learning.card import ModelCard, archive_with_card
from core.learning.export import write_zip
from core.media import plain_text
from core.text import pieces
from core.text.tfidf import TermWeights
from core.text.transfer.file import read_archive, write_archive


@dataclass(frozen=True, eq=False)
class TextClassifier:
    """A classifier for the classes of a data set.

    Attributes
    ----------
    classes : tuple of C str
    encoder : str or None
        The text network whose embeddings it weighs; None if it goes by words alone.
    terms : TermWeights or None
        The words it weighs; None if it goes by meaning alone.
    meaning_weights : (D, C) float32; D is 0 without an encoder.
    term_weights : (V, C) float32; V is 0 without terms.
    bias : (C,) float32
    card : ModelCard or None, of a file without one.
    """

    classes: tuple[str, ...]
    encoder: str | None
    terms: TermWeights | None
    meaning_weights: np.ndarray
    term_weights: np.ndarray
    bias: np.ndarray
    card: ModelCard | None = None

    def predict(self, texts: Sequence[str]) -> np.ndarray:
        """Softmax probabilities.

        Returns
        -------
        (N, C) float64, columns as in `classes`.

        Raises
        ------
        InvalidInputError
            If `texts` is one string.
        WeightsUnavailableError, MemoryBudgetError
            If the encoder cannot be had or held here.
        """
        if isinstance(texts, str):
            raise InvalidInputError("Expected a list of texts. Received: one; put it into a list.")
        plain = [plain_text(text).strip() for text in texts]
        vectors = None
        if self.encoder is not None and plain:
            vectors = pieces.embed(plain, encoder=self.encoder)
        return self.predict_encoded(plain, vectors)

    def knows(self, text: str) -> bool:
        """Whether anything in a text says something to it; if not, it only repeats how frequent
        classes were."""
        plain = plain_text(text)
        if self.encoder is not None:
            return any(map(str.isalnum, plain))
        return self.terms is not None and self.terms([plain]).nnz > 0

    def predict_encoded(self, texts: Sequence[str], vectors: np.ndarray | None) -> np.ndarray:
        """As `predict`, of plain texts with their (N, D) float32 embeddings."""
        from scipy.special import softmax  # takes a while

        logits = np.tile(self.bias, (len(texts), 1))
        if vectors is not None:
            logits = logits + vectors @ self.meaning_weights
        if self.terms is not None:
            logits = logits + self.terms(texts) @ self.term_weights
        return softmax(logits.astype(np.float64), axis=1)

    @classmethod
    def load(cls, archive: bytes) -> TextClassifier:
        """Open an exported file. Nothing in it is run.

        Raises
        ------
        InvalidInputError
            If it is not a file that `export` wrote.
        """
        classes, encoder, terms, arrays, card = read_archive(archive)
        return cls(classes, encoder, terms, **arrays, card=card)

    def with_card(self, card: ModelCard) -> Self:
        """The classifier with another card."""
        return replace(self, card=card)

    def to_bytes(self, card: ModelCard | None = None) -> bytes:
        """The classifier as a zip: JSON, plain arrays, and a script that needs only NumPy, and
        the encoder's weights if it goes by meaning.

        Parameters
        ----------
        card : in place of its own.
        """
        arrays = {
            "meaning_weights": self.meaning_weights,
            "term_weights": self.term_weights,
            "bias": self.bias,
        }
        archive = write_archive(self.classes, self.encoder, self.terms, arrays)
        return archive_with_card(archive, card or self.card)

    def export(self, path: str | os.PathLike[str], card: ModelCard | None = None) -> None:
        """Write `to_bytes(card)` to a file whose name ends in `.zip`."""
        write_zip(self.to_bytes(card), path)

    def top_terms(self, of: str, count: int = 10) -> tuple[str, ...]:
        """The terms that speak most for a class; none if it goes by meaning alone.

        Raises
        ------
        UnknownNameError
            If there is no such class.
        """
        if of not in self.classes:
            raise UnknownNameError.among("class", of, self.classes)
        if self.terms is None:
            return ()
        order = np.argsort(-self.term_weights[:, self.classes.index(of)], kind="stable")
        return tuple(self.terms.terms[i] for i in order[:count])
