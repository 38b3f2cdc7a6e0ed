"""Text encoders through the engine: their vectors, their batches, modules of TF-Hub."""

from __future__ import annotations

import time

import numpy as np
import pytest

from core import engine, zoo
from core.errors import InvalidInputError, UnknownNameError, WeightsUnavailableError
from core.text import encoders
from core.text.encoders import batches_by_length, encode, padded

MINILM, USE = "all_minilm_l6_v2", "universal_sentence_encoder_multilingual"
TEXTS = ["This is an example sentence", "Each sentence is converted", "A cat sleeps.", ""]


@pytest.fixture(autouse=True)
def on_disk():
    for name in (MINILM, USE):
        if not zoo.is_on_disk(zoo.text_encoder(name)):
            pytest.skip("needs the text encoders: graft fetch offline")


def test_minilm_gives_the_vectors_of_its_publisher():
    # as sentence-transformers prints them for the first example of the model's page,
    # https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2
    expected = [0.06765688, 0.06349581, 0.04871301, 0.07930498, 0.03744809]
    assert encode(TEXTS[:1], encoder=MINILM)[0, :5] == pytest.approx(expected, abs=4e-3)


@pytest.mark.parametrize("name", [MINILM, USE])
def test_vectors_have_length_one_and_do_not_depend_on_their_batch(name):
    together = encode(TEXTS, encoder=name)
    alone = np.concatenate([encode([text], encoder=name) for text in TEXTS])
    assert together.shape == (4, zoo.text_encoder(name).dimension)
    assert np.linalg.norm(together, axis=1) == pytest.approx(np.ones(4), abs=1e-3)
    assert (together * alone).sum(axis=1).min() > 0.99  # products are in bf16 where there is it


def test_meaning_is_nearer_than_words():
    cat, kitten, car = encode(["A cat sleeps.", "The kitten is napping.", "A car speeds."])
    assert cat @ kitten > cat @ car + 0.2


def test_the_multilingual_encoder_knows_a_sentence_in_two_languages():
    german, english, other = encode(
        ["Der Film war großartig.", "The film was great.", "The train is late."], encoder=USE
    )
    assert german @ english > german @ other + 0.2


def test_nothing_to_encode_gives_no_rows():
    assert encode([]).shape == (0, 384)


def test_what_is_beyond_the_most_tokens_is_not_read():
    start = "good " * 300
    a, b = encode([start + "film", start + "table"])
    np.testing.assert_array_equal(a, b)


def test_batches_hold_rows_of_like_length_and_all_of_them_once():
    lengths = [3, 50, 4, 200, 1]
    parts = list(batches_by_length(lengths, tokens=100))
    assert sorted(np.concatenate(parts)) == [0, 1, 2, 3, 4]
    for rows in parts:
        assert len(rows) == 1 or len(rows) * max(lengths[i] for i in rows) <= 100


def test_padding_stands_behind_the_tokens():
    tokens, mask = padded([[5, 6], [7]])
    assert tokens.tolist() == [[5, 6], [7, 0]]
    assert mask.tolist() == [[1, 1], [1, 0]]


def test_a_network_for_photos_is_refused():
    with pytest.raises(InvalidInputError, match="network for text"):
        encode(["a"], encoder="efficientnet_lite0")
    with pytest.raises(UnknownNameError, match="all_minilm_l6_v2"):
        encode(["a"], encoder="all_minilm_l6")


def test_a_module_of_tf_hub_encodes_texts(text_modules):
    vectors = encode(["ab", "abcd"] * 200, encoder=str(text_modules / "lengths"))
    assert vectors.shape == (400, 2)
    assert vectors[:2].tolist() == [[2, 1], [4, 1]]
    assert str(text_modules / "lengths") in {str(entry.key) for entry in engine.pool.entries()}


def test_a_module_that_takes_no_texts_is_refused_in_a_sentence(text_modules):
    with pytest.raises(InvalidInputError, match="text embedding"):
        encode(["a"], encoder=str(text_modules / "sums"))


def test_a_folder_without_a_saved_model_is_refused(tmp_path):
    with pytest.raises(InvalidInputError, match="SavedModel"):
        encode(["a"], encoder=str(tmp_path))


def test_a_module_that_is_not_on_disk_says_how_to_fetch_it(own_cache):
    url = "https://tfhub.dev/google/nnlm-en-dim50/2"
    with pytest.raises(WeightsUnavailableError, match=r"graft fetch"):
        encode(["a"], encoder=url)


def test_one_tokenizer_serves_all(monkeypatch):
    assert encoders.tokenizer_of(zoo.text_encoder(MINILM)) is encoders.tokenizer_of(
        zoo.text_encoder(MINILM)
    )


def test_whoever_leaves_early_does_not_wait_for_all_batches(monkeypatch):
    asked = []

    def network(tokens, mask):
        asked.append(len(tokens))
        time.sleep(0.02)
        return [np.zeros((len(tokens), 4), np.float32)]

    monkeypatch.setattr(encoders.engine, "graph", lambda *_: network)
    steps = encoders.encode_steps(["a few words of it " * 20] * 1_000, encoder=MINILM)
    next(steps)
    steps.close()
    assert 0 < sum(asked) < 500
