"""Train a classifier of texts of one's own: a frozen encoder, TF-IDF, or both, and one layer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

import numpy as np

from core import engine
from core.errors import UnknownNameError
from core.learning.card_of_training import with_card
from core.learning.feature_cache import FeatureCache
from core.learning.kept_features import KeptFeatures, restore_features
from core.learning.metrics import evaluate
from core.learning.penalty_search import Attempt, best_of
from core.learning.resuming import ResumePoint
from core.learning.stored import checked
from core.learning.training import (
    BaseTrainingSettings,
    BaseTrainingStep,
    Snapshots,
    points_of,
    split_of,
)
from core.text import pieces
from core.text.encoders import DEFAULT_ENCODER
from core.text.tfidf import TermWeights
from core.text.transfer.classifier import TextClassifier
from core.text.transfer.dataset import TextDataset
from core.text.transfer.head import INVERSE_PENALTIES, HeadStep, learn_head
from core.text.transfer.vectors import embed_texts

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


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentTrainingSettings(BaseTrainingSettings):
    """How to train; the validation part chooses the penalty, and is learned from in the end.

    Attributes
    ----------
    evidence : a key of `EVIDENCE`.
    encoder : a text network of the zoo; `words` takes none.
    """

    evidence: Evidence = "both"
    encoder: str = DEFAULT_ENCODER
    validation_share: float = 0.15

    @property
    def network(self) -> str | None:
        return None if self.evidence == "words" else self.encoder


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentTrainingStep(BaseTrainingStep[DocumentTrainingSettings, TextClassifier]):
    """A snapshot of training, with the penalties that were tried so far."""

    attempts: tuple[Attempt, ...] = ()

    def details(self) -> dict[str, Any]:
        if not self.attempts:
            return {}
        best = best_of(self.attempts)
        return {
            "inverse_penalty": best,
            "penalties": [asdict(attempt) for attempt in self.attempts],
        }


def train(
    dataset: TextDataset,
    settings: DocumentTrainingSettings | None = None,
    cache: FeatureCache | None = None,
    resume: ResumePoint | None = None,
) -> Iterator[DocumentTrainingStep]:
    """Train a classifier, with a snapshot several times a second.

    Parameters
    ----------
    dataset : at least two classes with at least three texts each.
    cache : embeddings from trainings before this one; new ones are added.
    resume : where the same training was interrupted, to go on from there.

    Raises
    ------
    InvalidInputError
        If there are too few texts, or a share is out of its bounds; if `resume` is of another
        training, or damaged.
    UnknownNameError, WeightsUnavailableError, MemoryBudgetError
        If there is no such evidence or encoder, or it cannot be had or held here.
    """
    settings = settings or DocumentTrainingSettings()
    if settings.evidence not in get_args(Evidence):
        raise UnknownNameError.among("evidence", settings.evidence, EVIDENCE)
    cache = FeatureCache() if cache is None else cache
    split = split_of(dataset, settings)
    stage = "reading the texts"
    points = points_of(dataset, settings, resume)
    attempts = () if resume is None else _restored(resume, dataset, settings, cache)
    kept = KeptFeatures(cache, settings.encoder, dataset.digests)
    first = DocumentTrainingStep(
        settings=settings, stage=stage, share=0.0, seconds=0.0, split=split, attempts=attempts
    )
    snapshot = Snapshots(first, points)
    yield snapshot.latest
    texts = [text.text for text in dataset.texts]
    vectors = None
    if settings.evidence != "words":
        for share in embed_texts(dataset, settings.encoder, cache):
            if points.is_due and kept.have_grown:
                points.make(_tried(attempts), kept.arrays())
            yield snapshot(stage, _EMBEDDING_SHARE * share)
        points.make(_tried(attempts), kept.arrays())
        vectors = cache.stack(settings.encoder, dataset.digests)
    positions = split.train_and_validation
    terms, rows = None, None
    if settings.evidence != "meaning":
        yield snapshot("weighing words", _EMBEDDING_SHARE)
        fewest = 1 if len(positions) < _SMALL else 2
        terms = TermWeights.fit(
            [texts[i] for i in positions], least_documents=fewest, most_terms=_MOST_TERMS
        )
        rows = terms(texts)
    head: HeadStep | None = None
    parts = [None if part is None else part[positions] for part in (vectors, rows)]
    arguments = (*parts, dataset.labels[positions], len(split.train), attempts)
    is_quick = len(positions) <= _QUICK
    for head in (
        learn_head(*arguments) if is_quick else engine.run_in_process(learn_head, *arguments)
    ):
        if head is not None and len(head.attempts) > len(attempts):
            attempts = head.attempts
            points.make(_tried(attempts), {} if vectors is None else kept.arrays())
        share = _EMBEDDING_SHARE + 0.04 * len(attempts)
        yield snapshot("learning", share, attempts=attempts)
    if head is None or head.layer is None:
        raise RuntimeError("Expected a layer as the last snapshot. Received: none.")
    width = 0 if vectors is None else vectors.shape[1]
    model = TextClassifier(
        classes=dataset.classes,
        encoder=None if vectors is None else settings.encoder,
        terms=terms,
        meaning_weights=head.layer.weights[:width],
        term_weights=head.layer.weights[width:],
        bias=head.layer.bias,
    )
    probabilities = model.predict_encoded(
        [texts[i] for i in split.test], None if vectors is None else vectors[split.test]
    )
    yield with_card(
        dataset,
        snapshot(
            "done",
            1.0,
            attempts=head.attempts,
            model=model,
            evaluation=evaluate(dataset.labels[split.test], probabilities, dataset.classes),
        ),
    )


def _tried(attempts: tuple[Attempt, ...]) -> dict[str, Any]:
    return {"attempts": [asdict(attempt) for attempt in attempts]}


def _restored(
    point: ResumePoint,
    dataset: TextDataset,
    settings: DocumentTrainingSettings,
    cache: FeatureCache,
) -> tuple[Attempt, ...]:
    """Add the embeddings of a point to the cache; the penalties that were tried by then."""

    def read() -> tuple[Attempt, ...]:
        attempts = tuple(Attempt(**one) for one in point.about.get("attempts", ()))
        tried = tuple(attempt.inverse_penalty for attempt in attempts)
        figures = [number for one in attempts for number in (one.loss, one.accuracy)]
        if tried != INVERSE_PENALTIES[: len(tried)] or not np.isfinite(figures).all():
            raise ValueError
        return attempts

    def width() -> int:
        return pieces.embed(["a"], encoder=settings.encoder).shape[1]

    attempts = checked(read)
    if settings.evidence != "words":
        restore_features(point, cache, settings.encoder, dataset.digests, width)
    return attempts
