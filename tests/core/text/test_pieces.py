"""Long documents are read in pieces."""

from __future__ import annotations

import numpy as np

from core.text.pieces import MOST_PIECES, PIECE_WORDS, embed, embed_steps, pieces


def test_a_long_text_is_cut_every_150_words():
    words = [f"w{i}" for i in range(2 * PIECE_WORDS + 1)]
    assert [len(piece.split()) for piece in pieces(" ".join(words))] == [150, 150, 1]
    assert " ".join(pieces("  ".join(words))).split() == words


def test_a_very_long_text_is_read_from_its_beginning_to_its_end():
    words = [f"w{i}" for i in range(100_000)]
    parts = pieces(" ".join(words))
    assert len(parts) == MOST_PIECES
    assert parts[0].startswith("w0 ") and parts[-1].endswith(" w99999")


def test_a_text_without_words_is_one_empty_piece():
    assert pieces("") == pieces(" \n") == [""]


def test_a_document_is_the_mean_of_its_pieces(word_counts):
    first, second = "ship " * PIECE_WORDS, "plane " * PIECE_WORDS
    alone = embed([first, second])
    whole = embed([first + second])[0]
    mean = alone.sum(axis=0)
    np.testing.assert_allclose(whole, mean / np.linalg.norm(mean), rtol=1e-5)


def test_progress_ends_with_the_result(word_counts):
    texts = [f"text number {i}" for i in range(20)]
    shares = [share for share, _ in embed_steps(texts)]
    assert shares == sorted(shares) and shares[-1] == 1 and len(shares) == 4


def test_no_texts_have_no_vectors(word_counts):
    assert len(embed([])) == 0
