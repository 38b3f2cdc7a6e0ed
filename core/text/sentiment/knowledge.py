"""Whether a model knows anything of a text: if not, its verdict would be about something else."""

from __future__ import annotations

import unicodedata

from core import zoo
from core.text.encoders import tokenizer_of
from core.text.sentiment.readers import Reader, vocabulary
from core.text.sentiment.words import UNKNOWN, each_word

NO_WORDS = (
    "There are no words to read: emoji, stars and punctuation alone say nothing to the model."
)
UNKNOWN_WORDS = "The model doesn't know any of the words."
_LATIN_SHARE = 0.5  # of the letters


def why_undecided(text: str, reader: Reader) -> str | None:
    """Why a model has nothing to say of a plain text, in a sentence; None if it has."""
    known = vocabulary()
    tokenizer = None if reader.encoder is None else tokenizer_of(zoo.text_encoder(reader.encoder))
    has_words = False
    for word in each_word(text):
        if UNKNOWN not in known.ids(word) or (tokenizer is not None and tokenizer.knows(word)):
            return None
        has_words = True
    return UNKNOWN_WORDS if has_words else NO_WORDS


def is_latin(text: str) -> bool:
    """Whether at least half of a text's letters are Latin; so it is if there are none."""
    if text.isascii():
        return True
    letters = [character for character in text if character.isalpha()]
    latin = sum(unicodedata.name(letter, "").startswith("LATIN") for letter in letters)
    return latin >= _LATIN_SHARE * len(letters)
