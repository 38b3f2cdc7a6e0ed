"""Tasks on texts: the sentiment of film reviews, and what documents are about."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from core.tasks.task import (
    Answer,
    Columns,
    Input,
    Number,
    Numbers,
    Rows,
    Seed,
    Settings,
    Span,
    Task,
    Usual,
    listed,
    table_files,
)
from core.text import documents, sentiment
from core.text.documents import SearchBy

REVIEW = Input("review", "text", "Film review")
REVIEWS = Input("reviews", "texts", "Film reviews")
_TEXT = Input("text", "text", "Text")
_MODEL = Field(
    None,
    title="Model",
    description="What reads the review; by default the one that knows its language.",
    max_length=200,
)


class SentimentSettings(Settings):
    model: str | None = _MODEL


class SentimentAnswer(Answer):
    """Of each review the probability that it is positive, 0.5 where nothing is known of it."""

    probabilities: Numbers

    @classmethod
    def of(cls, result: object) -> SentimentAnswer:
        return cls.model_validate({"probabilities": result})


def _verdicts(probabilities: np.ndarray) -> Columns:
    """Of each review the probability and the verdict; none at 0.5."""
    names = {1: "positive", -1: "negative", 0: ""}
    verdicts = [names[int(sign)] for sign in np.sign(probabilities - 0.5)]
    return {"probability": probabilities, "verdict": verdicts}


SENTIMENT = Task(
    name="sentiment",
    title="Sentiment of film reviews",
    about="Whether film reviews are positive or negative.",
    inputs=(REVIEWS,),
    settings=SentimentSettings,
    function=sentiment.predict,
    answer=SentimentAnswer,
    files=table_files(_verdicts),
)


@dataclass(frozen=True, slots=True)
class _Assessments:
    total: int
    assessments: Sequence[sentiment.Assessment]


class AssessmentAnswer(Answer):
    """Of a review; with 0.5 and a reason where there is no verdict."""

    probability: Number
    sentence: str
    model: str
    undecided: str | None


class ManyReviewsAnswer(Answer):
    total: int
    assessments: list[AssessmentAnswer]


def _many_reviews(reviews: Sequence[str], *, model: str | None) -> Iterator[_Assessments]:
    yield _Assessments(len(reviews), ())
    for assessments in sentiment.assess_all(reviews, model=model):
        yield _Assessments(len(reviews), assessments)


MANY_REVIEWS = Task(
    name="many-reviews",
    title="Many film reviews",
    about="Whether film reviews are positive or negative, and the sentence of each that decides.",
    inputs=(REVIEWS,),
    settings=SentimentSettings,
    function=_many_reviews,
    answer=ManyReviewsAnswer,
    files=table_files(
        lambda step: listed(step.assessments, "probability", "sentence", "model", "undecided")
    ),
    share=lambda step: len(step.assessments) / max(1, step.total),
)


class ExplainReviewSettings(SentimentSettings):
    method: Literal["gradient", "gradient_input", "integrated_gradients", "leave_one_out"] = Field(
        "gradient", title="Method", description="How the share of a sentence is computed."
    )


class ReviewExplanationAnswer(Answer):
    text: str
    sentences: list[str]
    places: list[Span]
    probability: Number
    saliency: Numbers
    signed: bool
    method: str
    model: str
    undecided: str | None


EXPLAIN_REVIEW = Task(
    name="explain-review",
    title="Evidence in a film review",
    about="Which sentences of a review decide its verdict.",
    inputs=(REVIEW,),
    settings=ExplainReviewSettings,
    function=sentiment.explain,
    answer=ReviewExplanationAnswer,
    files=table_files(lambda why: {"sentence": why.sentences, "saliency": why.saliency}),
)


class DeletionTestSettings(ExplainReviewSettings):
    seed: Seed = Field(0, description="Of the random orders.")


class DeletionTestAnswer(Answer):
    by_saliency: Numbers
    at_random: Numbers
    area: Number


def _deletion_test(
    review: str, *, model: str | None, method: sentiment.Method, seed: int
) -> sentiment.DeletionTest:
    return sentiment.deletion_test(sentiment.explain(review, model=model, method=method), seed=seed)


DELETION_TEST = Task(
    name="deletion-test",
    title="Deletion test of an explanation",
    about="How the verdict changes as the sentences that an explanation names are deleted.",
    inputs=(REVIEW,),
    settings=DeletionTestSettings,
    function=_deletion_test,
    answer=DeletionTestAnswer,
)


class DocumentsSettings(Settings):
    model: str = Field(
        "network",
        title="Model",
        description="What reads the texts: network, svm, or a saved classifier.",
        max_length=200,
    )


@dataclass(frozen=True, slots=True)
class _Topics:
    classes: tuple[str, ...]
    probabilities: np.ndarray


class DocumentsAnswer(Answer):
    classes: list[str]
    probabilities: Rows


def _topics(texts: Sequence[str], *, model: str) -> _Topics:
    return _Topics(documents.classes(model), documents.predict(texts, model=model))


def _topic_columns(topics: _Topics) -> Columns:
    """Of each text the most probable topic, and the probability of every one."""
    best = [topics.classes[i] for i in topics.probabilities.argmax(axis=1)]
    return {"topic": best, **dict(zip(topics.classes, topics.probabilities.T, strict=True))}


DOCUMENTS = Task(
    name="documents",
    title="Topics of documents",
    about="What texts are about, among six groups of topics.",
    inputs=(Input("texts", "texts", "Texts"),),
    settings=DocumentsSettings,
    function=_topics,
    answer=DocumentsAnswer,
    files=table_files(_topic_columns),
)


class NearestDocumentsSettings(Settings):
    k: Annotated[int, Usual(low=5, high=30)] = Field(10, ge=1, le=100, title="Nearest documents")
    by: SearchBy = Field("meaning", title="Compare by", description="What makes documents similar.")


class NeighbourAnswer(Answer):
    position: int
    category: str
    description: str
    similarity: Number


class NearestDocumentsAnswer(Answer):
    documents: list[NeighbourAnswer]

    @classmethod
    def of(cls, result: object) -> NearestDocumentsAnswer:
        return cls.model_validate({"documents": result})


NEAREST_DOCUMENTS = Task(
    name="nearest-documents",
    title="Nearest documents",
    about="The newsgroup posts most like a text.",
    inputs=(_TEXT,),
    settings=NearestDocumentsSettings,
    function=documents.search,
    answer=NearestDocumentsAnswer,
    files=table_files(
        lambda posts: listed(posts, "position", "category", "description", "similarity")
    ),
)
