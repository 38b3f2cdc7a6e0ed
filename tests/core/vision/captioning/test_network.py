"""The decoder token by token, compiled, beside the network that was trained."""

from __future__ import annotations

import numpy as np
import pytest

from core.engine.conversion import function_of, write_graph
from core.engine.graph import Graph
from core.vision.captioning.network import (
    ATTENTION,
    ATTENTION_MASK,
    CAPTIONS,
    LOG_PROBABILITIES,
    MASKED,
    NEW_CACHE,
    PHOTO_CACHE,
    POSITION,
    TOKEN_CACHE,
    TOKENS,
    CaptionDecoder,
    DecoderSize,
)


@pytest.fixture(scope="module")
def decoder() -> CaptionDecoder:
    from core.zoo.keras_runtime import keras

    keras().utils.set_random_seed(0)
    return CaptionDecoder(DecoderSize(vocabulary=50, positions=16, channels=8, width=64))


@pytest.fixture(scope="module")
def graphs(decoder, tmp_path_factory) -> tuple[Graph, Graph]:
    folder = tmp_path_factory.mktemp("decoder")
    write_graph(function_of(decoder.photo_network), folder / "photo.xml")
    write_graph(function_of(decoder.step_network), folder / "step.xml")
    outputs = (LOG_PROBABILITIES, NEW_CACHE, ATTENTION)
    return (
        Graph("photo", folder / "photo.xml", (PHOTO_CACHE,), "f32"),
        Graph("step", folder / "step.xml", outputs, "f32"),
    )


def test_compiled_token_by_token_its_probabilities_are_those_of_training_however_long(
    decoder, graphs
):
    """Of more than 15 tokens too, where a fused kernel of OpenVINO 2026.4 went wrong."""
    photo_graph, step = graphs
    size = decoder.size
    generator = np.random.default_rng(0)
    photo = generator.normal(0, 1, (1, size.positions, size.channels)).astype(np.float32)
    tokens = generator.integers(4, size.vocabulary, (1, CAPTIONS, size.max_length)).astype(np.int32)
    logits = np.asarray(decoder.training_network([photo, tokens], training=False))[0]
    expected = logits - np.log(np.exp(logits).sum(axis=-1, keepdims=True))
    (photo_cache,) = photo_graph(photo=photo)
    capacity = CAPTIONS * size.max_length
    for _ in range(2):  # from one run to the next it differed, too
        cache = np.zeros((1, 2 * size.layers, capacity, size.width), np.float32)
        mask = np.full((CAPTIONS, capacity + CAPTIONS), MASKED, np.float32)
        mask[:, capacity:][np.eye(CAPTIONS, dtype=bool)] = 0
        for position in range(size.max_length):
            inputs = {
                TOKENS: tokens[:, :, position],
                POSITION: np.array([[position]], np.int32),
                PHOTO_CACHE: photo_cache,
                TOKEN_CACHE: cache,
                ATTENTION_MASK: mask,
            }
            logs, new_cache, attention = step(**inputs)
            np.testing.assert_allclose(logs, expected[:, position], atol=0.01)  # float16 weights
            np.testing.assert_allclose(attention.sum(axis=1), 1, atol=1e-4)
            rows = np.arange(CAPTIONS)
            cache[0, :, position * CAPTIONS + rows] = new_cache.transpose(1, 0, 2)
            mask[rows, position * CAPTIONS + rows] = 0


def test_refining_makes_the_better_of_a_photos_captions_more_probable():
    from core.recipes.captions.refining import expected_loss
    from core.zoo.keras_runtime import keras

    decoder = CaptionDecoder(DecoderSize(30, 4, 8, max_length=6, width=16, heads=2, layers=1))
    size = decoder.size
    generator = np.random.default_rng(1)
    photo = generator.normal(0, 1, (2, size.positions, size.channels)).astype(np.float32)
    tokens = generator.integers(4, size.vocabulary, (2, CAPTIONS, size.max_length + 1)).astype(
        np.int32
    )
    gains = np.zeros((2, CAPTIONS, 1), np.float32)
    gains[:, 1] = 1
    targets = np.concatenate([tokens[..., 1:].astype(np.float32), gains], axis=-1)
    network = keras().models.clone_model(decoder.training_network)
    network.set_weights(decoder.training_network.get_weights())
    network.compile(keras().optimizers.Adam(1e-3), expected_loss, jit_compile=False)
    losses = [float(network.train_on_batch([photo, tokens[..., :-1]], targets)) for _ in range(8)]
    assert losses[-1] < losses[0] < 0  # less the expected gain
