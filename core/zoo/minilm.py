"""all-MiniLM-L6-v2 in Keras: a small BERT whose averaged tokens are a sentence's embedding.

References
----------
Wang et al., "MiniLM" (2020), https://arxiv.org/abs/2002.10957; the layers are BERT's: Devlin et
al. (2018), https://arxiv.org/abs/1810.04805; the average over tokens and the unit length:
https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np

from core import zoo
from core.zoo.keras_runtime import keras
from core.zoo.spec import TextEncoderSpec

_LAYERS, _HEADS, _WIDTH, _INNER = 6, 12, 384, 1536
_VOCABULARY, _POSITIONS = 30_522, 512
_EPSILON = 1e-12
_HIDDEN = -1e9  # added to the attention logits of padding


def build(spec: TextEncoderSpec, weights: Path | None) -> Any:
    """The Keras model, with the tensors at `weights`, or untrained for None.

    Inputs are `tokens` (N, T) int32 and `mask` (N, T) float32, 1 where there is a token; the
    outputs are `embedding` (N, 384) of unit length and what each layer makes of the tokens,
    `layer0` to `layer5` (N, T, 384).
    """
    k, layers = keras(), keras().layers
    tokens = k.Input((None,), dtype="int32", name="tokens")
    mask = k.Input((None,), dtype="float32", name="mask")
    words = layers.Embedding(_VOCABULARY, _WIDTH, name="words")(tokens)
    places = k.ops.cumsum(k.ops.ones_like(tokens), axis=1) - 1
    positions = layers.Embedding(_POSITIONS, _WIDTH, name="positions")(places)
    states = [_norm("embeddings_norm")(words + positions)]
    for number in range(_LAYERS):
        states.append(_block(states[-1], mask, f"layer{number}"))
    outputs = {
        f"layer{number}": layers.Identity(name=f"layer{number}")(x)
        for number, x in enumerate(states[1:])
    }
    outputs["embedding"] = _embedding(states[-1], mask)
    model = k.Model([tokens, mask], outputs, name=spec.name)
    if weights is not None:
        _load(model, weights)
    return model


def build_adapted(spec: TextEncoderSpec, weights: Path) -> Any:
    """As `build`, with the low-rank changes that lie in the last companion added to its layers."""
    model = build(spec, weights)
    with np.load(zoo.companion_path(spec, -1)) as changes:
        for name in {key.rsplit("/", 1)[0] for key in changes.files}:
            kernel, bias = model.get_layer(name).get_weights()
            down, up = (changes[f"{name}/{part}"].astype(np.float32) for part in ("down", "up"))
            model.get_layer(name).set_weights([kernel + down @ up, bias])
    return model


def last_layers(weights: Path, first: int) -> Any:
    """The layers from `first` on, to be trained on what those before it make of the tokens.

    From `states` (N, T, 384) and `mask` (N, T) to `embedding` (N, 384).
    """
    k = keras()
    states = k.Input((None, _WIDTH), name="states")
    mask = k.Input((None,), name="mask")
    x = states
    for number in range(first, _LAYERS):
        x = _block(x, mask, f"layer{number}")
    model = k.Model([states, mask], _embedding(x, mask), name="last_layers")
    _load(model, weights)
    return model


def _embedding(x: Any, mask: Any) -> Any:
    ops = keras().ops
    mean = ops.sum(x * mask[..., None], axis=1) / ops.sum(mask, axis=1, keepdims=True)
    return keras().layers.UnitNormalization(name="embedding")(mean)


def _block(x: Any, mask: Any, name: str) -> Any:
    """Attention, then a dense layer over each token; both added, then normalised."""
    layers, ops = keras().layers, keras().ops
    hidden = (1.0 - mask)[:, None, None, :] * _HIDDEN

    def heads(part: str) -> Any:  # (N, heads, T, width of a head)
        projected = layers.Dense(_WIDTH, name=f"{name}_{part}")(x)
        split = layers.Reshape((-1, _HEADS, _WIDTH // _HEADS))(projected)
        return layers.Permute((2, 1, 3))(split)

    query, key, value = heads("query"), heads("key"), heads("value")
    logits = ops.matmul(query, ops.transpose(key, (0, 1, 3, 2)))
    logits = logits / math.sqrt(_WIDTH // _HEADS) + hidden
    attended = ops.matmul(ops.softmax(logits), value)
    attended = layers.Reshape((-1, _WIDTH))(layers.Permute((2, 1, 3))(attended))
    x = _norm(f"{name}_attention_norm")(
        x + layers.Dense(_WIDTH, name=f"{name}_attention")(attended)
    )
    inner = layers.Dense(_INNER, name=f"{name}_inner")(x)
    inner = layers.Activation(_gelu, name=f"{name}_gelu")(inner)
    return _norm(f"{name}_norm")(x + layers.Dense(_WIDTH, name=f"{name}_outer")(inner))


def _gelu(x: Any) -> Any:
    return keras().ops.gelu(x, approximate=False)


def _norm(name: str) -> Any:
    return keras().layers.LayerNormalization(epsilon=_EPSILON, name=name)


def _load(model: Any, weights: Path) -> None:
    from safetensors.numpy import load_file

    tensors = load_file(weights)

    def dense(name: str) -> list[np.ndarray]:  # (out, in) -> (in, out)
        return [tensors[f"{name}.weight"].T, tensors[f"{name}.bias"]]

    def norm(name: str) -> list[np.ndarray]:
        return [tensors[f"{name}.weight"], tensors[f"{name}.bias"]]

    first = tensors["embeddings.token_type_embeddings.weight"][0]  # of texts without a pair
    values = {
        "words": [tensors["embeddings.word_embeddings.weight"]],
        "positions": [tensors["embeddings.position_embeddings.weight"] + first],
        "embeddings_norm": norm("embeddings.LayerNorm"),
    }
    for number in range(_LAYERS):
        theirs = f"encoder.layer.{number}"
        values |= {
            f"layer{number}_{part}": dense(f"{theirs}.attention.self.{part}")
            for part in ("query", "key", "value")
        }
        values[f"layer{number}_attention"] = dense(f"{theirs}.attention.output.dense")
        values[f"layer{number}_attention_norm"] = norm(f"{theirs}.attention.output.LayerNorm")
        values[f"layer{number}_inner"] = dense(f"{theirs}.intermediate.dense")
        values[f"layer{number}_outer"] = dense(f"{theirs}.output.dense")
        values[f"layer{number}_norm"] = norm(f"{theirs}.output.LayerNorm")
    for layer in model.layers:
        if layer.weights:
            layer.set_weights(values[layer.name])
