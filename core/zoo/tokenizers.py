"""From texts to the token ids that text encoders were trained on; by the field's own libraries."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import Protocol

_OF_LONG_WORDS = re.compile("[^\\W\\d_\u0590-\U0010ffff]")  # Latin, Greek, Cyrillic
_LEAST_LETTERS = 3  # in a piece, on average


class Tokenizer(Protocol):
    """From texts to ids of tokens."""

    def __call__(self, texts: Sequence[str]) -> list[list[int]]:
        """Ids of each text."""

    def knows(self, word: str) -> bool:
        """Whether a word means something to the network that reads the tokens."""


class WordPieceTokenizer:
    """BERT's tokenizer, with the tokens that begin and end a text; as many threads as cores.

    Parameters
    ----------
    path : a `tokenizer.json`.
    max_tokens : what follows them is cut off, the end token stays.
    """

    def __init__(self, path: Path, max_tokens: int) -> None:
        from tokenizers import Tokenizer

        self._tokenizer = Tokenizer.from_file(str(path))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(max_tokens)

    def __call__(self, texts: Sequence[str]) -> list[list[int]]:
        """Ids of each text; at least the two that begin and end it."""
        return [encoding.ids for encoding in self._tokenizer.encode_batch_fast(list(texts))]

    def knows(self, word: str) -> bool:
        """Whether a word has a token of its own."""
        tokens = self._tokenizer.encode(word, add_special_tokens=False).tokens
        return len(tokens) == 1 and tokens[0] != "[UNK]"


class SentencePieceTokenizer:
    """SentencePiece as Universal Sentence Encoder Multilingual is fed; as many threads as cores.

    Text is normalised as the model says (NFKC, white space to single spaces; letters keep their
    case) and put between a start and an end token. As in the package that the weights are from,
    every character that no piece covers is one unknown token, where SentencePiece itself makes
    one of a run of them, and a text of nothing is one too. `<s>` in a text is no start token.

    Parameters
    ----------
    path : a SentencePiece model.
    max_tokens : what follows them is cut off, the end token stays; at least 3. The package cuts
        nothing off.

    References
    ----------
    Kudo and Richardson, "SentencePiece" (2018), https://arxiv.org/abs/1808.06226
    """

    def __init__(self, path: Path, max_tokens: int) -> None:
        from sentencepiece import SentencePieceProcessor

        self._processor = SentencePieceProcessor(model_file=str(path))
        self._inner = max_tokens - 2  # between the start and the end

    def __call__(self, texts: Sequence[str]) -> list[list[int]]:
        """Ids of each text; at least the start, one more and the end."""
        processor = self._processor
        start, end = processor.bos_id(), processor.eos_id()
        encoded = processor.encode(list(texts), num_threads=-1)
        return [
            [start, *self._spread_unknown(text, ids)[: self._inner], end]
            for text, ids in zip(texts, encoded, strict=True)
        ]

    def knows(self, word: str) -> bool:
        """Whether the pieces of a word say more than single letters do.

        Any text can be put together from pieces; those of words that the model has met are long,
        or are signs of scripts in which a sign or two make a word.
        """
        processor = self._processor
        pieces = [
            piece.lstrip("\u2581")
            for piece, id_ in zip(
                processor.encode(word, out_type=str), processor.encode(word), strict=True
            )
            if id_ != processor.unk_id()
        ]
        known = "".join(pieces)
        if known and not _OF_LONG_WORDS.search(known):
            return any(map(str.isalnum, known))
        return len(known) >= _LEAST_LETTERS * sum(map(bool, pieces)) > 0

    def _spread_unknown(self, text: str, ids: list[int]) -> list[int]:
        unknown = self._processor.unk_id()
        if unknown not in ids:
            return ids or [unknown]
        pieces = self._processor.encode(text, out_type=str)
        runs = (
            [id_] * (len(piece) if id_ == unknown else 1)
            for piece, id_ in zip(pieces, ids, strict=True)
        )
        return list(chain.from_iterable(runs))
