"""The words of captions, as the standard evaluation counts them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

PADDING, BEGIN, END, UNKNOWN = 0, 1, 2, 3
_FIRST = 4  # id of the most frequent word
_WORD = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*|'s")


def words(text: str) -> list[str]:
    """In lower case and without punctuation, as after the Penn Treebank's tokenisation."""
    return _WORD.findall(text.lower())


class CaptionVocabulary:
    """The words that a decoder can say.

    Parameters
    ----------
    words : the most frequent first; the first has the id 4, after padding, the beginning, the
        end, and unknown words.
    """

    def __init__(self, words: Sequence[str]) -> None:
        self.words = tuple(words)
        self._ids = {word: place for place, word in enumerate(self.words, start=_FIRST)}

    @classmethod
    def of(cls, captions: Iterable[str], least: int) -> CaptionVocabulary:
        """The words that occur at least `least` times in `captions`."""
        counts = Counter(word for caption in captions for word in words(caption))
        ranked = sorted(counts, key=lambda word: (-counts[word], word))
        return cls([word for word in ranked if counts[word] >= least])

    def __len__(self) -> int:
        return len(self.words) + _FIRST

    def ids(self, caption: str) -> list[int]:
        """The ids of a caption's words, in order."""
        return [self._ids.get(word, UNKNOWN) for word in words(caption)]

    def word(self, number: int) -> str:
        """What stands for an id."""
        return self.words[number - _FIRST] if number >= _FIRST else "…"

    def sentence(self, ids: Sequence[int]) -> str:
        """The words of a caption as one line; what is no word is left out."""
        said = " ".join(self.words[i - _FIRST] for i in ids if i >= _FIRST)
        return said.replace(" 's", "'s")
