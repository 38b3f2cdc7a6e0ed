"""Words of a text as ids, for networks that learn their own vectors."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import repeat

PADDING, UNKNOWN = 0, 1
_WORD = re.compile(r"\w+(?:'\w+)?|[^\w\s]")


class Vocabulary:
    """The words that a network knows.

    Parameters
    ----------
    words : the most frequent first; the first has the id 2, after padding and unknown words.
    """

    def __init__(self, words: Sequence[str]) -> None:
        self.words = tuple(words)
        self._ids = {word: place for place, word in enumerate(self.words, start=2)}

    @classmethod
    def of(cls, texts: Iterable[str], size: int) -> Vocabulary:
        """The `size` most frequent words of `texts`, of equals the first in the alphabet."""
        counts: Counter[str] = Counter()
        for text in texts:
            counts.update(words(text))
        ranked = sorted(counts, key=lambda word: (-counts[word], word))
        return cls(ranked[:size])

    def __len__(self) -> int:
        return len(self.words) + 2

    def ids(self, text: str) -> list[int]:
        """The ids of the words and marks of a text, in order."""
        return list(map(self._ids.get, words(text), repeat(UNKNOWN)))


def words(text: str) -> list[str]:
    """The words and marks of a text, in lower case."""
    return _WORD.findall(text.lower())


def word_places(text: str) -> list[tuple[int, int]]:
    """Where the words and marks are whose ids a vocabulary gives: `text[begin:end]`."""
    return [word.span() for word in _WORD.finditer(text)]


def each_word(text: str) -> Iterator[str]:
    """The words of a text as they are written, without marks, one after another."""
    for word in _WORD.finditer(text):
        if any(map(str.isalnum, word[0])):
            yield word[0]
