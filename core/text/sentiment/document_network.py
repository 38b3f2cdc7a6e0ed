"""The network that classifies a text by the vectors of its sentences; TensorFlow is loaded.

The same for every sentence encoder, so that encoders can be compared: a convolution over three
sentences, the mean and the largest few of its activations, and beside that the plain sum of each
sentence's own evidence.

References
----------
Denil et al., "Extraction of salient sentences from labelled documents" (2014),
https://arxiv.org/abs/1412.6815, for k-max pooling over sentences and the gradient that says which
of them mattered.
"""

from __future__ import annotations

from typing import Any

from core.zoo.keras_runtime import keras

_FILTERS, _WIDTH, _LARGEST = 64, 3, 4
_DROPOUT = 0.4


def document_network(dimension: int, classes: int = 1) -> Any:
    """From `sentences` (N, S, D) and `mask` (N, S), both float32, to logits (N, classes).

    Rows of sentences that are not there must be zero, with zeros in the mask.
    """
    k, layers, ops = keras(), keras().layers, keras().ops
    sentences = k.Input((None, dimension), name="sentences")
    mask = k.Input((None,), name="mask")
    present = mask[..., None]
    x = layers.Dropout(_DROPOUT, name="dropout")(sentences)
    convolution = layers.Conv1D(
        _FILTERS, _WIDTH, padding="same", activation="relu", name="convolution"
    )
    activations = convolution(x) * present
    mean = ops.sum(activations, axis=1) / ops.maximum(ops.sum(present, axis=1), 1.0)
    # rows of zeros behind a short text: it may have fewer sentences than are asked for
    ranked = ops.pad(activations, ((0, 0), (0, _LARGEST), (0, 0)))
    largest = ops.top_k(ops.transpose(ranked, (0, 2, 1)), _LARGEST)[0]  # (N, filters, k)
    pooled = ops.concatenate([mean, ops.mean(largest, axis=-1)], axis=-1)
    pooled = layers.Dropout(_DROPOUT, name="pooled_dropout")(pooled)
    evidence = layers.Dense(classes, use_bias=False, name="evidence")(x) * present
    logits = layers.Dense(classes, name="logits")(pooled) + ops.sum(evidence, axis=1)
    return k.Model([sentences, mask], layers.Identity(name="logit")(logits), name="document")


def with_gradient(model: Any) -> Any:
    """A document network of one logit that also says what moves it.

    The gradient is written as a forward pass, so that it can be compiled like any other: the
    derivative of a maximum is one where the maximum is, that of a convolution is the convolution
    with the kernel turned round.

    Returns
    -------
    Keras model with the inputs of `model` and a dict of outputs: `logit` (N, 1), and `gradient`
    (N, S, D), that of the logit with respect to each sentence's vector.
    """
    k, ops = keras(), keras().ops
    sentences, mask = model.inputs
    convolution = model.get_layer("convolution")
    kernel, bias = convolution.kernel, convolution.bias  # (3, D, F), (F,)
    weights = model.get_layer("logits").kernel  # (2 F, 1): of the means, then of the largest
    of_mean, of_largest = weights[:_FILTERS, 0], weights[_FILTERS:, 0]
    evidence = model.get_layer("evidence").kernel[:, 0]
    present = mask[..., None]
    activations = ops.relu(ops.conv(sentences, kernel, padding="same") + bias) * present
    ranked = ops.pad(activations, ((0, 0), (0, _LARGEST), (0, 0)))
    least = ops.top_k(ops.transpose(ranked, (0, 2, 1)), _LARGEST)[0][..., -1]  # (N, F)
    is_largest = ops.cast(activations >= least[:, None], "float32")
    count = ops.maximum(ops.sum(present, axis=1, keepdims=True), 1.0)
    slope = ops.cast(activations > 0, "float32") * (
        of_mean / count + is_largest * of_largest / _LARGEST
    )
    turned = ops.transpose(ops.flip(kernel, axis=0), (0, 2, 1))
    gradient = (ops.conv(slope, turned, padding="same") + evidence) * present
    return k.Model(
        [sentences, mask],
        {"logit": model.output, "gradient": k.layers.Identity(name="gradient")(gradient)},
    )
