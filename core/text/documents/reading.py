"""Classify, search and place documents, with models taught on 20 Newsgroups.

Nothing here needs TensorFlow once the encoder is compiled. The posts themselves are not here: of
each there is an embedding, a category and its weightiest terms.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np

from core import zoo
from core.errors import InvalidInputError, UnknownNameError
from core.media import plain_text
from core.memory.results import SharedResults
from core.settings import settings
from core.text import pieces
from core.text.documents.assets import Library, read_library
from core.text.documents.index import nearest, place_among
from core.text.documents.newsgroups import CLASSES, bare
from core.text.transfer import saved

DocumentModel = Literal["network", "svm"]
SearchBy = Literal["meaning", "keywords"]

MODELS: dict[DocumentModel, str] = {
    "network": "Sentence embeddings (frozen MiniLM) and TF-IDF evidence into a small network.",
    "svm": "TF-IDF of words and pairs of words, and a linear support vector machine.",
}
"""What can answer, a sentence for each; the first is the default."""


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A document that is like a text: by the cosine in [-1, 1], its `similarity`.

    `position` is its row in `document_map()`; `description` its weightiest terms, in place of the
    post.
    """

    position: int
    category: str
    description: str
    similarity: float


@dataclass(frozen=True, slots=True)
class DocumentMap:
    """N documents laid out on a plane by t-SNE, alike ones close together.

    `places` are (N, 2) float32 in any unit, `labels` (N,) int64 positions in `CLASSES`, and
    `descriptions` the weightiest terms of each.
    """

    places: np.ndarray
    labels: np.ndarray
    descriptions: tuple[str, ...]


def classes(model: str = "network") -> tuple[str, ...]:
    """The columns of what a model predicts: `CLASSES`, or those of a saved classifier.

    Raises
    ------
    UnknownNameError, InvalidInputError
        If there is no such classifier, or if it is another network.
    """
    if zoo.is_saved(model):
        return zoo.saved_classifier(model, "text").labels.names
    return CLASSES


def predict(texts: Sequence[str], *, model: str = "network") -> np.ndarray:
    """What texts are about.

    Parameters
    ----------
    texts : any length; HTML is read as a browser shows it, and of a post with its headers these,
        quotes and the signature are left out.
    model : a key of `MODELS`, or the name of a saved classifier of texts.

    Returns
    -------
    (N, C) float64 in rows that sum to 1, columns as in `classes(model)`. A text without a word gets
    the shares that the categories have among the texts that were learnt from.

    Raises
    ------
    UnknownNameError
        If there is no such model.
    InvalidInputError
        If `texts` is one string, or holds something else than strings, or if the model is one
        for something else than texts.
    WeightsUnavailableError, MemoryBudgetError
        If the encoder of the network cannot be had or held here.
    """
    if zoo.is_saved(model):
        _check_list(texts)
        return saved.model_of(model).predict(texts)
    if model not in MODELS:
        raise UnknownNameError.among("model", model, MODELS)
    words = _prepared(texts)
    probabilities = np.tile(_library().shares, (len(words), 1))
    rows = [i for i, text in enumerate(words) if any(map(str.isalnum, text))]
    if not rows:
        return probabilities
    texts = [words[i] for i in rows]
    if model == "svm":
        probabilities[rows] = _library().svm(texts)
    else:
        vectors = _meaning(*texts) if len(texts) == 1 else pieces.embed(texts)
        probabilities[rows] = _library().network(texts, vectors)
    return probabilities


def search(text: str, k: int = 10, by: SearchBy = "meaning") -> tuple[Neighbour, ...]:
    """The documents most like a text, the nearest first.

    Parameters
    ----------
    k : int >= 1; fewer come if fewer have anything in common with it.
    by : `"meaning"` compares embeddings, `"keywords"` the weights of words.

    Raises
    ------
    UnknownNameError
        If there is no such way to search.
    InvalidInputError
        If `k` is less than 1, or the text holds no word.
    WeightsUnavailableError, MemoryBudgetError
        If the encoder cannot be had or held here.
    """
    if by not in get_args(SearchBy):
        raise UnknownNameError.among("search", by, get_args(SearchBy))
    if k < 1:
        raise InvalidInputError(f"Expected to search for at least 1 document. Received: k={k}.")
    words = _one(text)
    index = _library().index
    if by == "meaning":
        (similarity,) = index.by_meaning(_meaning(words))
    else:
        (similarity,) = index.by_keywords(_library().terms([words]))
        k = min(k, int((similarity > 0).sum()))
    return tuple(
        Neighbour(
            position=int(i),
            category=CLASSES[index.labels[i]],
            description=_library().descriptions[i],
            similarity=float(similarity[i]),
        )
        for i in nearest(similarity, k)
    )


def place(text: str) -> tuple[float, float]:
    """Where a text lies on the map: amid the ten documents nearest in meaning.

    Raises
    ------
    InvalidInputError
        If the text holds no word.
    WeightsUnavailableError, MemoryBudgetError
        If the encoder cannot be had or held here.
    """
    index = _library().index
    (similarity,) = index.by_meaning(_meaning(_one(text)))
    x, y = place_among(similarity, index.places)
    return float(x), float(y)


def document_map() -> DocumentMap:
    """The map of the documents that `search` finds."""
    index = _library().index
    return DocumentMap(
        index.places.astype(np.float32), index.labels.astype(np.int64), _library().descriptions
    )


def card() -> dict[str, Any]:
    """What `python -m core.recipes.documents` has written of its models: data, split, metrics."""
    return _read_card(documents_folder() / "card.json")


def documents_folder() -> Path:
    """Where the models, the index and their card lie."""
    return settings().assets / "documents"


@cache
def _read_card(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text("utf-8"))


def _library() -> Library:
    return _read_library(documents_folder())


_read_library = cache(read_library)


_meanings: SharedResults[np.ndarray] = SharedResults()


def _meaning(words: str) -> np.ndarray:
    """(1, D) float32; kept, since whoever classifies a text searches for it and places it too."""
    known = _meanings.get(words)
    if known is None:
        known = pieces.embed([words])
        _meanings.put(words, known)
    return known


def _one(text: str) -> str:
    (words,) = _prepared([text])
    if not any(map(str.isalnum, words)):
        raise InvalidInputError("Expected a text with words. Received: none; write some.")
    return words


def _prepared(texts: Sequence[str]) -> list[str]:
    """Plain words of each text."""
    _check_list(texts)
    return [bare(plain_text(text)) for text in texts]


def _check_list(texts: Sequence[str]) -> None:
    if isinstance(texts, str) or not all(isinstance(text, str) for text in texts):
        raise InvalidInputError(
            "Expected a list of texts. Received: "
            f"{'one string' if isinstance(texts, str) else 'something else in it'}; "
            "put texts into a list."
        )
