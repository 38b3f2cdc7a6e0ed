"""Tasks that look closer: words of a sentence, frequencies of a sound, branches of a search."""

from __future__ import annotations

from pydantic import Field

from core.sound import classification as sounds
from core.tasks.photos import PHOTO
from core.tasks.pictures import CaptionAnswer, CaptionSettings
from core.tasks.sounds import RECORDING, SoundSettings
from core.tasks.task import (
    Answer,
    Number,
    Numbers,
    Rows,
    Span,
    Task,
    table_files,
)
from core.tasks.texts import REVIEW, SentimentSettings
from core.text import sentiment
from core.vision.captioning import CaptionSearch, explore


class ExplainWordsSettings(SentimentSettings):
    sentence: int = Field(
        0, ge=0, le=100_000, title="Sentence", description="By its place in the review, from 0."
    )


class WordsAnswer(Answer):
    text: str
    places: list[Span]
    saliency: Numbers


EXPLAIN_WORDS = Task(
    name="explain-words",
    title="Evidence in a sentence",
    about="Which words of a sentence decide the verdict on its review.",
    inputs=(REVIEW,),
    settings=ExplainWordsSettings,
    function=sentiment.explain_words,
    answer=WordsAnswer,
    files=table_files(
        lambda why: {
            "word": [why.text[begin:end] for begin, end in why.places],
            "saliency": why.saliency,
        }
    ),
)


class ExplainSoundSettings(SoundSettings):
    target: str | None = Field(
        None, max_length=200, title="Class", description="The most probable one by default."
    )


class SoundMapAnswer(Answer):
    """Evidence by frequency, from high to low, and time."""

    label: str
    values: Rows
    times: Numbers


EXPLAIN_SOUND = Task(
    name="explain-sound",
    title="Locate a class in a recording",
    about="When, and at which frequencies, a recording holds evidence for a class.",
    inputs=(RECORDING,),
    settings=ExplainSoundSettings,
    function=sounds.explain,
    answer=SoundMapAnswer,
)


class NodeAnswer(Answer):
    """A word that was a candidate; `parent` is its place among those a word before, -1 for none."""

    parent: int
    word: str
    log_probability: Number
    total: Number
    fate: str


class CaptionTreeAnswer(Answer):
    captions: list[CaptionAnswer]
    nodes: list[NodeAnswer]

    @classmethod
    def of(cls, result: object) -> CaptionTreeAnswer:
        if not isinstance(result, CaptionSearch):
            raise TypeError(f"Expected a search. Received: {type(result).__name__}.")
        nodes = [
            {
                "parent": node.parent,
                "word": word,
                "log_probability": node.log_probability,
                "total": node.total,
                "fate": node.fate,
            }
            for node, word in zip(result.nodes, result.words, strict=True)
        ]
        captions = [CaptionAnswer.of(caption) for caption in result.captions]
        return cls.model_validate({"captions": captions, "nodes": nodes})


CAPTION_TREE = Task(
    name="caption-tree",
    title="Search for a caption",
    about="Every word that the search for a caption of a photo weighed.",
    inputs=(PHOTO,),
    settings=CaptionSettings,
    function=explore,
    answer=CaptionTreeAnswer,
)
