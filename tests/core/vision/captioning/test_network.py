"""The decoder word by word, compiled, beside the network that was trained."""

from __future__ import annotations

import numpy as np
import pytest

from core.engine.conversion import function_of, write_graph
from core.engine.graph import Graph
from core.vision.captioning.network import CAPTIONS, HIDDEN, CaptionDecoder, DecoderSize


@pytest.fixture(scope="module")
def decoder() -> CaptionDecoder:
    from core.zoo.keras_runtime import keras

    keras().utils.set_random_seed(0)
    return CaptionDecoder(DecoderSize(words=50, places=16, channels=8, width=64))


@pytest.fixture(scope="module")
def graphs(decoder, tmp_path_factory) -> tuple[Graph, Graph]:
    folder = tmp_path_factory.mktemp("decoder")
    write_graph(function_of(decoder.sight_network), folder / "sight.xml")
    write_graph(function_of(decoder.step_network), folder / "step.xml")
    outputs = ("log_probabilities", "spoken", "attention")
    return (
        Graph("sight", folder / "sight.xml", ("sight",), "f32"),
        Graph("step", folder / "step.xml", outputs, "f32"),
    )


def test_compiled_word_by_word_it_says_what_it_was_trained_to_however_long(decoder, graphs):
    """Of more than 15 words too, where a fused kernel of OpenVINO 2026.4 went wrong."""
    see, step = graphs
    size = decoder.size
    generator = np.random.default_rng(0)
    photo = generator.normal(0, 1, (1, size.places, size.channels)).astype(np.float32)
    said = generator.integers(4, size.words, (1, CAPTIONS, size.longest)).astype(np.int32)
    logits = np.asarray(decoder.training_network([photo, said], training=False))[0]
    wanted = logits - np.log(np.exp(logits).sum(axis=-1, keepdims=True))
    (sight,) = see(photo=photo)
    most = CAPTIONS * size.longest
    for _ in range(2):  # from one run to the next it differed, too
        table = np.zeros((1, 2 * size.layers, most, size.width), np.float32)
        hidden = np.full((CAPTIONS, most + CAPTIONS), HIDDEN, np.float32)
        hidden[:, most:][np.eye(CAPTIONS, dtype=bool)] = 0
        for turn in range(size.longest):
            logs, spoken, attention = step(
                words=said[:, :, turn],
                turn=np.array([[turn]], np.int32),
                sight=sight,
                speech=table,
                hidden=hidden,
            )
            np.testing.assert_allclose(logs, wanted[:, turn], atol=0.01)  # weights are float16
            np.testing.assert_allclose(attention.sum(axis=1), 1, atol=1e-4)
            rows = np.arange(CAPTIONS)
            table[0, :, turn * CAPTIONS + rows] = spoken.transpose(1, 0, 2)
            hidden[rows, turn * CAPTIONS + rows] = 0


def test_refining_makes_the_better_of_a_photos_captions_more_probable():
    from core.recipes.captions.refining import expected_loss
    from core.zoo.keras_runtime import keras

    decoder = CaptionDecoder(DecoderSize(30, 4, 8, longest=6, width=16, heads=2, layers=1))
    size = decoder.size
    generator = np.random.default_rng(1)
    photo = generator.normal(0, 1, (2, size.places, size.channels)).astype(np.float32)
    said = generator.integers(4, size.words, (2, CAPTIONS, size.longest + 1)).astype(np.int32)
    gains = np.zeros((2, CAPTIONS, 1), np.float32)
    gains[:, 1] = 1
    targets = np.concatenate([said[..., 1:].astype(np.float32), gains], axis=-1)
    network = keras().models.clone_model(decoder.training_network)
    network.set_weights(decoder.training_network.get_weights())
    network.compile(keras().optimizers.Adam(1e-3), expected_loss, jit_compile=False)
    losses = [float(network.train_on_batch([photo, said[..., :-1]], targets)) for _ in range(8)]
    assert losses[-1] < losses[0] < 0  # less the expected gain
