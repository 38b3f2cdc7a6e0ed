"""Train a classifier of texts of one's own: a frozen encoder, TF-IDF, or both, and one layer."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Literal, get_args

import numpy as np

from core import engine
from core.errors import InvalidInputError, UnknownNameError
from core.learning.heads import Attempt, Head, learn_head
from core.learning.metrics import Evaluation, evaluate
from core.text import pieces
from core.text.encoders import DEFAULT_ENCODER
from core.text.tfidf import TermWeights
from core.text.transfer.classifier import TextClassifier
from core.text.transfer.dataset import TextDataset

Evidence = Literal["both", "meaning", "words"]

EVIDENCE: dict[Evidence, str] = {
    "both": "Embeddings of a frozen sentence encoder, and the weights of words, side by side.",
    "meaning": "Embeddings of a frozen sentence encoder alone: a few texts go a long way.",
    "words": "TF-IDF of words and pairs of words alone: no pretrained network.",
}
"""What a classifier can go by, a sentence for each."""

_MOST_TERMS = 20_000
_SMALL = 1_000  # of fewer texts a term counts even if only one of them has it
_QUICK = 1_000  # fewer texts take less time than another process does to start
_EMBEDDING_SHARE = 0.75  # of the progress: what follows takes seconds
_KEPT_AT_ONCE = 512  # texts whose vectors are kept together


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentTrainingSettings:
    """How to train.

    Attributes
    ----------
    evidence : a key of `EVIDENCE`.
    encoder : a text network of the zoo; `words` takes none.
    seed : int, decides the split.
    test_share, validation_share : float in (0, 1)
        Of each class: texts that no decision of training sees, and, of the rest, texts that
        decide how freely the layer may learn.
    """

    evidence: Evidence = "both"
    encoder: str = DEFAULT_ENCODER
    seed: int = 0
    test_share: float = 0.2
    validation_share: float = 0.15


@dataclass(frozen=True, slots=True)
class TextSplit:
    """Positions in the data set of the three parts, (n,) int64 each."""

    train: np.ndarray
    validation: np.ndarray
    test: np.ndarray

    @property
    def learnt(self) -> np.ndarray:
        """(n,) int64: all that decide something, the training part first."""
        return np.concatenate([self.train, self.validation])


@dataclass(slots=True)
class KnownVectors:
    """Embeddings by encoder and text, (D,) float32 each, so that trainings need not ask twice."""

    vectors: dict[tuple[str, str], np.ndarray] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentTrainingStep:
    """A snapshot of training.

    Attributes
    ----------
    stage : what is going on, in words.
    share : float in [0, 1], about how far it is.
    seconds : float, since the beginning.
    split : TextSplit
    attempts : tuple of Attempt, so far.
    model : TextClassifier or None
        In the last step.
    evaluation : Evaluation or None
        Of the model on `split.test`, in that order; in the last step.
    """

    settings: DocumentTrainingSettings
    stage: str
    share: float
    seconds: float
    split: TextSplit
    attempts: tuple[Attempt, ...] = ()
    model: TextClassifier | None = None
    evaluation: Evaluation | None = None


def train(
    dataset: TextDataset,
    settings: DocumentTrainingSettings | None = None,
    known: KnownVectors | None = None,
) -> Iterator[DocumentTrainingStep]:
    """Train a classifier, with a snapshot several times a second.

    Parameters
    ----------
    dataset : at least two classes with at least three texts each.
    known : embeddings from trainings before this one; new ones are added.

    Raises
    ------
    InvalidInputError
        If there are too few texts, or a share is out of its bounds.
    UnknownNameError, WeightsUnavailableError, MemoryBudgetError
        If there is no such evidence or encoder, or it cannot be had or held here.
    """
    settings = settings or DocumentTrainingSettings()
    started = time.perf_counter()
    split = split_of(dataset, settings)
    step = DocumentTrainingStep(
        settings=settings, stage="reading the texts", share=0.0, seconds=0.0, split=split
    )
    yield step

    def after(stage: str, share: float, attempts: tuple[Attempt, ...] = ()) -> DocumentTrainingStep:
        seconds = time.perf_counter() - started
        return replace(step, stage=stage, share=share, seconds=seconds, attempts=attempts)

    texts = [text.text for text in dataset.texts]
    vectors = None
    if settings.evidence != "words":
        known = known or KnownVectors()
        for share in _embed(texts, settings.encoder, known):
            yield after("reading the texts", _EMBEDDING_SHARE * share)
        vectors = np.stack([known.vectors[settings.encoder, text] for text in texts])
    learnt = split.learnt
    terms, rows = None, None
    if settings.evidence != "meaning":
        yield after("weighing words", _EMBEDDING_SHARE)
        fewest = 1 if len(learnt) < _SMALL else 2
        terms = TermWeights.fit(
            [texts[i] for i in learnt], least_documents=fewest, most_terms=_MOST_TERMS
        )
        rows = terms(texts)
    head: Head | None = None
    parts = [None if part is None else part[learnt] for part in (vectors, rows)]
    lesson = (*parts, dataset.labels[learnt], len(split.train))
    alone = len(learnt) > _QUICK
    for head in engine.run_in_process(learn_head, *lesson) if alone else learn_head(*lesson):
        attempts = head.attempts if head else ()
        yield after("learning", _EMBEDDING_SHARE + 0.04 * len(attempts), attempts)
    model = TextClassifier(
        classes=dataset.classes,
        encoder=None if vectors is None else settings.encoder,
        terms=terms,
        meaning_weights=head.meaning_weights,
        term_weights=head.term_weights,
        bias=head.bias,
    )
    unseen = None if vectors is None else vectors[split.test]
    said = model.judge([texts[i] for i in split.test], unseen)
    yield replace(
        after("done", 1.0, head.attempts),
        model=model,
        evaluation=evaluate(dataset.labels[split.test], said, dataset.classes),
    )


def split_of(dataset: TextDataset, settings: DocumentTrainingSettings) -> TextSplit:
    """The three parts of a data set.

    Raises
    ------
    InvalidInputError
        If there are too few texts, or a share is out of its bounds.
    UnknownNameError
        If there is no such evidence.
    """
    if settings.evidence not in get_args(Evidence):
        raise UnknownNameError.among("evidence", settings.evidence, EVIDENCE)
    for name in ("test_share", "validation_share"):
        if not 0 < getattr(settings, name) < 1:
            raise InvalidInputError(
                f"Expected {name} between 0 and 1. Received: {getattr(settings, name)!r}."
            )
    poor = [name for name, count in dataset.counts().items() if count < 3]
    if poor:
        raise InvalidInputError(
            "Expected at least three texts of each class: to learn from, to decide by, and to "
            f"test with. Received: fewer of {', '.join(poor[:8])}."
        )
    rest, test = dataset.split(settings.test_share, settings.seed)
    train_part, validation = dataset.at(rest).split(settings.validation_share, settings.seed + 1)
    return TextSplit(rest[train_part], rest[validation], test)


def _embed(texts: list[str], encoder: str, known: KnownVectors) -> Iterator[float]:
    """Add what is missing to the known vectors; the share that is done.

    Who stops on the way keeps what is there by then.
    """
    missing = [text for text in dict.fromkeys(texts) if (encoder, text) not in known.vectors]
    if not missing:
        return
    for start in range(0, len(missing), _KEPT_AT_ONCE):
        part = missing[start : start + _KEPT_AT_ONCE]
        for share, vectors in pieces.embed_steps(part, encoder=encoder):  # noqa: B007 - the last
            yield (start + share * len(part)) / len(missing)
        for text, vector in zip(part, vectors, strict=True):
            known.vectors[encoder, text] = vector
