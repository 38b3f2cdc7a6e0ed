"""The words of captions, as the standard evaluation counts them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

PADDING, BEGIN, END, UNKNOWN = 0, 1, 2, 3
_FIRST = 4  # id of the most frequent word
_WORD = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*|'s")


def tokenize(text: str) -> list[str]:
    """In lower case and without punctuation, as after the Penn Treebank's tokenisation."""
    return _WORD.findall(text.lower())


class CaptionVocabulary:
    """The tokens of a decoder: words, and four with a meaning of their own.

    Parameters
    ----------
    words : the most frequent first; the first has the token id 4, after padding, the beginning,
        the end, and unknown words.
    """

    def __init__(self, words: Sequence[str]) -> None:
        self.words = tuple(words)
        self._ids = {word: i for i, word in enumerate(self.words, start=_FIRST)}

    @classmethod
    def of(cls, captions: Iterable[str], min_count: int) -> CaptionVocabulary:
        """The words that occur at least `min_count` times in `captions`."""
        counts = Counter(word for caption in captions for word in tokenize(caption))
        ranked = sorted(counts, key=lambda word: (-counts[word], word))
        return cls([word for word in ranked if counts[word] >= min_count])

    def __len__(self) -> int:
        return len(self.words) + _FIRST

    def ids(self, caption: str) -> list[int]:
        """The token ids of a caption, in order."""
        return [self._ids.get(word, UNKNOWN) for word in tokenize(caption)]

    def word(self, token: int) -> str:
        """What a token id stands for."""
        return self.words[token - _FIRST] if token >= _FIRST else "…"

    def sentence(self, ids: Sequence[int]) -> str:
        """The words of a caption as one line; what is no word is left out."""
        text = " ".join(self.words[i - _FIRST] for i in ids if i >= _FIRST)
        return text.replace(" 's", "'s")
