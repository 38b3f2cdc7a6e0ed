"""The network over sentences, and its gradient as a forward pass."""

from __future__ import annotations

import numpy as np
import pytest

from core.engine.conversion import function_of, write_graph
from core.engine.graph import Graph
from core.errors import InvalidInputError, UnknownNameError
from core.text.sentiment.document_network import document_network, with_gradient
from core.zoo.keras_runtime import keras, tensorflow

DIMENSION = 6


@pytest.fixture(scope="module")
def network():
    keras().utils.set_random_seed(0)
    return document_network(DIMENSION)


@pytest.fixture(scope="module")
def texts() -> tuple[np.ndarray, np.ndarray]:
    """Three texts of 7, 2 and 1 sentences."""
    mask = (np.arange(7) < np.array([[7], [2], [1]])).astype(np.float32)
    values = np.random.default_rng(0).normal(size=(3, 7, DIMENSION))
    return (values * mask[..., None]).astype(np.float32), mask


@pytest.fixture(scope="module")
def graph(network, tmp_path_factory) -> Graph:
    path = tmp_path_factory.mktemp("graph") / "document.xml"
    write_graph(function_of(with_gradient(network)), path)
    return Graph("document", path, ("logit", "gradient"), "f32")


def test_the_gradient_is_that_of_automatic_differentiation(network, texts):
    tf = tensorflow()
    sentences, mask = map(tf.constant, texts)
    with tf.GradientTape() as tape:
        tape.watch(sentences)
        logit = network([sentences, mask], training=False)
    expected = tape.gradient(logit, sentences).numpy() * texts[1][..., None]
    gradient = with_gradient(network)([sentences, mask])["gradient"]
    assert np.abs(expected).max() > 0.01
    np.testing.assert_allclose(np.asarray(gradient), expected, atol=1e-6)


def test_rows_that_are_not_there_change_nothing(network, texts):
    sentences, mask = texts
    alone = network([sentences[1:2, :2], mask[1:2, :2]], training=False)
    beside = network([sentences, mask], training=False)[1:2]
    np.testing.assert_allclose(np.asarray(alone), np.asarray(beside), atol=1e-5)


def test_the_graph_says_what_keras_says(network, graph, texts):
    sentences, mask = texts
    logit, gradient = graph(sentences=sentences, mask=mask)
    expected = np.asarray(network([sentences, mask], training=False))
    np.testing.assert_allclose(logit, expected, atol=2e-3)  # its constants are float16
    assert gradient.shape == sentences.shape


def test_a_graph_names_the_arrays_that_it_wants(graph, texts):
    assert set(graph.inputs) == {"sentences", "mask"}
    with pytest.raises(InvalidInputError, match="mask"):
        graph(sentences=texts[0])


def test_a_graph_names_its_outputs_when_asked_for_another(graph, tmp_path, network):
    path = tmp_path / "again.xml"
    write_graph(function_of(with_gradient(network)), path)
    with pytest.raises(UnknownNameError, match="logit"):
        Graph("document", path, ("logits",), "f32")
