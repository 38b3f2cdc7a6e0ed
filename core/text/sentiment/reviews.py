"""Whether a film review is for or against the film, and which of its sentences say so."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Literal

import numpy as np

from core.errors import InvalidInputError, UnknownNameError
from core.media import plain_text
from core.text.sentiment import saliency
from core.text.sentiment.figures import model_figures
from core.text.sentiment.knowledge import is_latin, why_undecided
from core.text.sentiment.readers import Reader, reader, readers, vocabulary
from core.text.sentiment.saliency import METHODS, SIGNED
from core.text.sentiment.sentences import sentences
from core.text.sentiment.words import UNKNOWN, each_word, word_places

Method = Literal["gradient", "gradient_input", "integrated_gradients", "leave_one_out"]
DEFAULT_MODEL = "sentiment_words_ngrams"
MULTILINGUAL_MODEL = "sentiment_use"
_UNKNOWN_SHARE = 0.4  # of the words: more, and the text is hardly English
_FEWEST_WORDS = 3  # of which some are unknown, to say in which language a text is
_BEGINNING = 600  # characters: enough to tell a language
_AT_ONCE = 256  # reviews
_STEP_S = 0.4  # between two snapshots of many, so that Cancel is soon obeyed
_RANDOM_ORDERS = 10
_EMPTY = "The text is empty."


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """What a model says of a review, and which sentences made it say so.

    Attributes
    ----------
    text : the review without HTML; `places` are in it.
    sentences : tuple of S str
    places : tuple of S (begin, end), `text[begin:end]`.
    probability : float in [0, 1], of a positive review.
    saliency : (S,) float32
        Above 0 for what speaks for a positive review, if it is `signed`; else how much a
        sentence matters.
    signed : bool
    method, model : str
    undecided : str or None
        Why there is no verdict, in a sentence; `probability` is 0.5 and `saliency` 0 then.
    """

    text: str
    sentences: tuple[str, ...]
    places: tuple[tuple[int, int], ...]
    probability: float
    saliency: np.ndarray
    signed: bool
    method: Method
    model: str
    undecided: str | None = None

    def most_important(self, count: int) -> np.ndarray:
        """Positions of the sentences that speak loudest for the decision, the first first."""
        order = saliency.ranking(
            self.saliency, signed=self.signed, positive=self.probability >= 0.5
        )
        return order[:count]


@dataclass(frozen=True, slots=True, kw_only=True)
class WordExplanation:
    """What the words of one sentence say in their review.

    Attributes
    ----------
    text : the sentence.
    places : tuple of W (begin, end), `text[begin:end]`, words and marks.
    saliency : (W,) float32, how far the review's logit falls without each.
    """

    text: str
    places: tuple[tuple[int, int], ...]
    saliency: np.ndarray


@dataclass(frozen=True, slots=True, kw_only=True)
class DeletionTest:
    """What becomes of a decision as its sentences are deleted.

    Attributes
    ----------
    by_saliency, at_random : (S + 1,) float32 in [0, 1]
        Probability of the first decision after so many deletions; the mean over orders.
    area : float in [-1, 1]
        Between the two; the larger, the better the explanation found what matters.
    """

    by_saliency: np.ndarray
    at_random: np.ndarray
    area: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """A review of a table: `probability` in [0, 1] of a positive one, its most important sentence,
    and the model that answered; `undecided` says why there is no verdict, with 0.5 and no
    sentence. Of an empty text no model says anything."""

    probability: float
    sentence: str
    model: str
    undecided: str | None = None


def models() -> dict[str, str]:
    """The models that read reviews: their names and titles."""
    return {name: one.spec.title for name, one in readers().items()}


def model_for(text: str) -> str:
    """The model that answers where nobody chose one.

    The multilingual one if most letters are not Latin, if no word of a text's beginning is known
    to the default model, which learned from 25,000 reviews in English, or more than two fifths
    of at least three words are unknown.
    """
    text = text[:_BEGINNING]
    if not is_latin(text):
        return MULTILINGUAL_MODEL
    known = vocabulary()
    words = [word for word in each_word(text) if word[0].isalpha()]
    unknown = sum(UNKNOWN in known.ids(word) for word in words)
    enough = _UNKNOWN_SHARE * len(words) if len(words) >= _FEWEST_WORDS else len(words) - 1
    return MULTILINGUAL_MODEL if words and unknown > enough else DEFAULT_MODEL


def predict(reviews: Sequence[str], *, model: str | None = None) -> np.ndarray:
    """Whether reviews are positive.

    Parameters
    ----------
    reviews : texts of any length; HTML is taken off.
    model : a key of `models()`; None takes `model_for` each of them.

    Returns
    -------
    (N,) float32 in [0, 1]: probability of a positive review; 0.5 for an empty text, and for one
    of which the model knows nothing.

    Raises
    ------
    UnknownNameError, WeightsUnavailableError, MemoryBudgetError
    InvalidInputError
        If `reviews` is a single text.
    """
    if isinstance(reviews, str):
        raise InvalidInputError("Expected a sequence of reviews. Received: one text; put it in [].")
    probabilities = np.full(len(reviews), 0.5, np.float32)
    for start in range(0, len(reviews), _AT_ONCE):
        texts = [plain_text(review) for review in reviews[start : start + _AT_ONCE]]
        for name, rows in _by_model(texts, model).items():
            read = reader(name)
            rows = [row for row in rows if why_undecided(texts[row], read) is None]
            if rows:
                logits = read.logits(_vectors(read, [texts[row] for row in rows]))
                probabilities[start + np.array(rows)] = saliency.probability(logits)
    return probabilities


def explain(review: str, *, method: Method = "gradient", model: str | None = None) -> Explanation:
    """What a model says of a review, and what each of its sentences has to do with it.

    Parameters
    ----------
    method : `"gradient"`, length of the loss's gradient against the flipped decision;
        `"gradient_input"`; `"integrated_gradients"`; `"leave_one_out"`.
    model : a key of `models()`; None takes `model_for` it.

    Raises
    ------
    InvalidInputError
        If there is nothing to read, or too much for the method.
    UnknownNameError, WeightsUnavailableError, MemoryBudgetError
    """
    if method not in METHODS:
        raise UnknownNameError.among("method", method, METHODS)
    text, places, name = _prepared(review, model)
    split = [text[begin:end] for begin, end in places]
    read = reader(name)
    undecided = why_undecided(text, read)
    if undecided is None:
        vectors = read.vectors(split)
        probability = float(saliency.probability(read.logits([vectors])[0]))
        shares = METHODS[method](read, vectors).astype(np.float32)
    else:
        probability, shares = 0.5, np.zeros(len(split), np.float32)
    return Explanation(
        text=text,
        sentences=tuple(split),
        places=tuple(places),
        probability=probability,
        saliency=shares,
        signed=method in SIGNED,
        method=method,
        model=name,
        undecided=undecided,
    )


def explain_words(review: str, sentence: int, *, model: str | None = None) -> WordExplanation:
    """What the words of a sentence say: the review is read again without each of them.

    Raises
    ------
    InvalidInputError
        If there is nothing to read, or no such sentence.
    """
    text, places, name = _prepared(review, model)
    if not 0 <= sentence < len(places):
        raise InvalidInputError(
            f"Expected a sentence in 0..{len(places) - 1}. Received: {sentence}."
        )
    split = [text[begin:end] for begin, end in places]
    chosen, words = split[sentence], word_places(split[sentence])
    without = [chosen[:begin] + chosen[end:] for begin, end in words]
    read = reader(name)
    vectors = read.vectors([*split, *[one for one in without if one.strip()]])
    others = iter(vectors[len(split) :])
    versions = [vectors[: len(split)]]
    for one in without:
        changed = np.delete(versions[0], sentence, axis=0)
        if one.strip():
            changed = np.insert(changed, sentence, next(others), axis=0)
        versions.append(changed)
    logits = read.logits(versions)
    return WordExplanation(text=chosen, places=tuple(words), saliency=logits[0] - logits[1:])


def deletion_test(explanation: Explanation, *, seed: int = 0) -> DeletionTest:
    """Delete sentences in the order of an explanation, and in ten random orders.

    Raises
    ------
    InvalidInputError
        If there are more than 400 sentences.
    """
    saliency.check_few(len(explanation.sentences))
    read = reader(explanation.model)
    vectors = read.vectors(explanation.sentences)
    generator = np.random.default_rng(seed)
    count = len(vectors)
    curves = [
        saliency.deletion_curve(read, vectors, order)
        for order in (
            explanation.most_important(count),
            *(generator.permutation(count) for _ in range(_RANDOM_ORDERS)),
        )
    ]
    by_saliency, at_random = curves[0], np.mean(curves[1:], axis=0)
    return DeletionTest(
        by_saliency=by_saliency,
        at_random=at_random,
        area=saliency.area(at_random) - saliency.area(by_saliency),
    )


def assess(reviews: Iterable[str], *, model: str | None = None) -> Iterator[list[Assessment]]:
    """Read many reviews, some hundred at once, in order; see `Assessment`.

    The most important sentence is the one whose gradient times vector speaks loudest for the
    decision.
    """
    remaining = iter(reviews)
    while part := list(islice(remaining, _AT_ONCE)):
        texts = [plain_text(review) for review in part]
        assessments = [
            Assessment(probability=0.5, sentence="", model="", undecided=_EMPTY) for _ in texts
        ]
        for name, asked in _by_model(texts, model).items():
            read, rows = reader(name), []
            for row in asked:
                undecided = why_undecided(texts[row], read)
                if undecided is None:
                    rows.append(row)
                else:
                    assessments[row] = Assessment(
                        probability=0.5, sentence="", model=name, undecided=undecided
                    )
            if not rows:
                continue
            vectors = _vectors(read, [texts[i] for i in rows])
            logits, slopes = read.differentiate(vectors)
            for row, logit, vector, slope in zip(rows, logits, vectors, slopes, strict=True):
                support = (slope * vector).sum(axis=1) * (1 if logit >= 0 else -1)
                begin, end = sentences(texts[row])[int(support.argmax())]
                assessments[row] = Assessment(
                    probability=float(saliency.probability(logit)),
                    sentence=texts[row][begin:end],
                    model=name,
                )
        yield assessments


def assess_all(reviews: Sequence[str], *, model: str | None = None) -> Iterator[list[Assessment]]:
    """Read many reviews as a job: what there is so far, again and again; see `assess`."""
    step = _soon_read(model)
    done: list[Assessment] = []
    for start in range(0, len(reviews), step):
        for part in assess(reviews[start : start + step], model=model):
            done = done + part
        yield done


def _soon_read(model: str | None) -> int:
    """As many reviews as are read in a moment, as fast as the recipe has measured it."""
    figures = model_figures()
    asked = (model,) if model else (DEFAULT_MODEL, MULTILINGUAL_MODEL)
    speeds = [figures[name].reviews_per_s for name in asked if name in figures]
    return int(min(_AT_ONCE, max(8, _STEP_S * min(speeds, default=50))))


def _by_model(texts: Sequence[str], model: str | None) -> dict[str, list[int]]:
    """Which texts a model reads; empty ones nobody."""
    parts: dict[str, list[int]] = {}
    for row, text in enumerate(texts):
        if text.strip():
            parts.setdefault(model or model_for(text), []).append(row)
    return parts


def _vectors(read: Reader, texts: Sequence[str]) -> list[np.ndarray]:
    """Of each text, the (S, D) vectors of its sentences."""
    split = [[text[begin:end] for begin, end in sentences(text)] for text in texts]
    every = read.vectors([sentence for one in split for sentence in one])
    ends = np.cumsum([len(one) for one in split])[:-1]
    return np.split(every, ends)


def _prepared(review: str, model: str | None) -> tuple[str, list[tuple[int, int]], str]:
    text = plain_text(review)
    places = sentences(text)
    if not places:
        raise InvalidInputError("Expected a review of at least one word. Received: an empty text.")
    return text, places, model or model_for(text)
