"""From texts to the token ids that text encoders were trained on; by the field's own libraries."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path


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
