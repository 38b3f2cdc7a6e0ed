"""The decoder that captions photos: a small transformer over an image network's feature map.

For training it reads whole captions at once under a causal mask; for use, a token at a time with a
key/value cache. The hypotheses of a beam are then tokens of one sequence, and an attention mask
says which of them follow each other. The weights are the same.

References
----------
Vaswani et al., "Attention is all you need" (2017), https://arxiv.org/abs/1706.03762; layer norms
come first, as in Xiong et al. (2020), https://arxiv.org/abs/2002.04745; attention over the
positions of a feature map: Xu et al., "Show, attend and tell" (2015),
https://arxiv.org/abs/1502.03044; many continuations as one sequence: Miao et al., "SpecInfer"
(2023), https://arxiv.org/abs/2305.09781
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from core.zoo.keras_runtime import keras

CAPTIONS = 5  # of a photo, that training reads at once
MASKED = -1e9  # added to the logits of what attention must not reach

# What the shipped graphs, and those that the recipe writes, call their parts and tensors.
PHOTO_PART, STEP_PART = "sight", "step"
TOKENS = "words"
POSITION = "turn"
PHOTO_CACHE = "sight"  # keys and values of the photo, for cross-attention
TOKEN_CACHE = "speech"  # keys and values of earlier tokens, for self-attention
ATTENTION_MASK = "hidden"
LOG_PROBABILITIES = "log_probabilities"
NEW_CACHE = "spoken"  # keys and values of the tokens just read
ATTENTION = "attention"


@dataclass(frozen=True)
class DecoderSize:
    """How large a decoder is.

    Attributes
    ----------
    vocabulary : V, token ids.
    positions, channels : P and C of the feature map (P, C).
    max_length : tokens of a caption, its end included.
    width, heads, layers : of the transformer.
    dropout : share, while training.
    """

    vocabulary: int
    positions: int
    channels: int
    max_length: int = 20
    width: int = 256
    heads: int = 8
    layers: int = 2
    dropout: float = 0.3


class CaptionDecoder:
    """The layers, once, and the networks made of them.

    Parameters
    ----------
    size : DecoderSize
    """

    def __init__(self, size: DecoderSize) -> None:
        layers = keras().layers
        self.size = size
        self._token_embedding = layers.ReversibleEmbedding(
            size.vocabulary, size.width, name="token_embedding"
        )
        self._position_embedding = layers.Embedding(
            size.max_length, size.width, name="position_embedding"
        )
        self._photo_position_embedding = layers.Embedding(
            size.positions, size.width, name="photo_position_embedding"
        )
        self._photo_projection = layers.Dense(size.width, name="photo_projection")
        self._photo_norm = _layer_norm("photo")
        self._blocks = [_Block(size, f"block{i}") for i in range(size.layers)]
        self._final_norm = _layer_norm("final")

    @cached_property
    def training_network(self) -> Any:
        """From `photo` (N, P, C) and `captions` (N, K, T) int32 to logits (N, K, T, V).

        K is `CAPTIONS`, T the size's `max_length`. The logits at a position are of the next token.
        """
        k, ops, size = keras(), keras().ops, self.size
        photo = k.Input((size.positions, size.channels), name="photo")
        captions = k.Input((CAPTIONS, size.max_length), dtype="int32", name="captions")
        dropout = k.layers.Dropout
        encoded = self._encode_photo(dropout(size.dropout)(photo))
        x = dropout(size.dropout)(self._embed(captions, _positions(captions)))
        per_caption = (-1, size.max_length, size.width)
        per_photo = (-1, CAPTIONS * size.max_length, size.width)
        whole = (-1, CAPTIONS, size.max_length, size.width)
        steps = np.arange(size.max_length)
        causal_mask = np.where(steps[None] > steps[:, None], MASKED, 0).astype(np.float32)
        for block in self._blocks:
            flat = ops.reshape(x, per_caption)
            keys_values = block.self_attention.keys_values(block.self_attention_norm(flat))
            attended, _ = block.self_attention(
                block.self_attention_norm(flat), keys_values, causal_mask
            )
            x = x + dropout(size.dropout)(ops.reshape(attended, whole))
            queries = ops.reshape(block.cross_attention_norm(x), per_photo)
            attended, _ = block.cross_attention(
                queries, block.cross_attention.keys_values(encoded), None
            )
            x = x + dropout(size.dropout)(ops.reshape(attended, whole))
            x = x + dropout(size.dropout)(block.feed_forward(x))
        return k.Model([photo, captions], self._logits(x), name="captions")

    @cached_property
    def photo_network(self) -> Any:
        """From `photo` (N, P, C) to `PHOTO_CACHE` (N, 2 layers, P, width), which all steps read."""
        k, ops, size = keras(), keras().ops, self.size
        photo = k.Input((size.positions, size.channels), name="photo")
        encoded = self._encode_photo(photo)
        parts = [
            part
            for block in self._blocks
            for part in block.cross_attention.project_keys_values(encoded)
        ]
        cache = k.layers.Identity(name=PHOTO_CACHE)(ops.stack(parts, axis=1))
        return k.Model([photo], {PHOTO_CACHE: cache})

    @cached_property
    def step_network(self) -> Any:
        """One token further, for B captions of one photo, read as B tokens of one sequence.

        Inputs, by the names that stand above:

        - `TOKENS` (1, B) int32
        - `POSITION` (1, 1) int32, how many tokens came before each of them
        - `PHOTO_CACHE` (1, 2 layers, P, width)
        - `TOKEN_CACHE` (1, 2 layers, N, width), of N earlier tokens of these captions
        - `ATTENTION_MASK` (B, N + B), `MASKED` where a token must not attend to one of those N or
          of the B, 0 elsewhere

        Outputs: `LOG_PROBABILITIES` (B, V); `NEW_CACHE` (2 layers, B, width), to be put into the
        token cache; `ATTENTION` (B, P), the last layer's cross-attention, the mean of its heads.
        """
        k, ops, size = keras(), keras().ops, self.size
        tokens = k.Input((None,), batch_size=1, dtype="int32", name=TOKENS)
        position = k.Input((1,), batch_size=1, dtype="int32", name=POSITION)
        photo_cache = k.Input(
            (2 * size.layers, size.positions, size.width), batch_size=1, name=PHOTO_CACHE
        )
        cache = k.Input((2 * size.layers, None, size.width), batch_size=1, name=TOKEN_CACHE)
        mask = k.Input((None,), name=ATTENTION_MASK)
        x = self._embed(tokens, position)
        new_cache, attention = [], None
        for i, block in enumerate(self._blocks):
            normed = block.self_attention_norm(x)
            new = block.self_attention.project_keys_values(normed)
            new_cache += new
            joined = [
                ops.concatenate([cache[:, 2 * i + j], part], axis=1) for j, part in enumerate(new)
            ]
            attended, _ = block.self_attention(
                normed, block.self_attention.split_heads(joined), mask
            )
            x = x + attended
            of_photo = block.cross_attention.split_heads(
                [photo_cache[:, 2 * i], photo_cache[:, 2 * i + 1]]
            )
            attended, attention = block.cross_attention(
                block.cross_attention_norm(x), of_photo, None
            )
            x = x + attended
            x = x + block.feed_forward(x)
        outputs = {
            LOG_PROBABILITIES: ops.log_softmax(self._logits(x)[0], axis=-1),
            NEW_CACHE: ops.concatenate(new_cache, axis=0),
            ATTENTION: ops.mean(attention, axis=1)[0],
        }
        named = {name: k.layers.Identity(name=f"{name}_")(x) for name, x in outputs.items()}
        return k.Model([tokens, position, photo_cache, cache, mask], named)

    def _encode_photo(self, photo: Any) -> Any:
        positions = _positions(keras().ops.cast(photo[..., 0], "int32"))
        return self._photo_norm(
            self._photo_projection(photo) + self._photo_position_embedding(positions)
        )

    def _embed(self, tokens: Any, positions: Any) -> Any:
        scale = math.sqrt(self.size.width)
        return self._token_embedding(tokens) * scale + self._position_embedding(positions)

    def _logits(self, x: Any) -> Any:
        return self._token_embedding(self._final_norm(x), reverse=True)


class _Block:
    """Self-attention, cross-attention to the photo and a feed-forward layer."""

    def __init__(self, size: DecoderSize, name: str) -> None:
        layers = keras().layers
        self.self_attention = _Attention(size, f"{name}_self_attention")
        self.self_attention_norm = _layer_norm(f"{name}_self_attention")
        self.cross_attention = _Attention(size, f"{name}_cross_attention")
        self.cross_attention_norm = _layer_norm(f"{name}_cross_attention")
        self._norm = _layer_norm(f"{name}_feed_forward")
        self._expand = layers.Dense(4 * size.width, activation="gelu", name=f"{name}_expand")
        self._contract = layers.Dense(size.width, name=f"{name}_contract")

    def feed_forward(self, x: Any) -> Any:
        return self._contract(self._expand(self._norm(x)))


class _Attention:
    """Multi-head attention whose keys and values can be cached."""

    def __init__(self, size: DecoderSize, name: str) -> None:
        layers = keras().layers
        self._heads, self._width = size.heads, size.width
        self._query, self._key, self._value, self._out = (
            layers.Dense(size.width, name=f"{name}_{part}")
            for part in ("query", "key", "value", "out")
        )

    def project_keys_values(self, x: Any) -> list[Any]:
        """Of (N, t, width): two arrays of that shape, as they are cached."""
        return [self._key(x), self._value(x)]

    def split_heads(self, parts: list[Any]) -> list[Any]:
        return [self._split(part) for part in parts]

    def keys_values(self, x: Any) -> list[Any]:
        return self.split_heads(self.project_keys_values(x))

    def __call__(self, x: Any, keys_values: list[Any], mask: Any | None) -> tuple[Any, Any]:
        """Attention of (N, t, width), of that shape, and its weights (N, heads, t, s)."""
        ops = keras().ops
        keys, values = keys_values
        logits = ops.matmul(self._split(self._query(x)), ops.transpose(keys, (0, 1, 3, 2)))
        logits = logits / math.sqrt(self._width // self._heads)
        if mask is not None:
            logits = logits + ops.cast(mask, logits.dtype)
        weights = ops.softmax(logits)
        attended = ops.transpose(ops.matmul(weights, values), (0, 2, 1, 3))
        return self._out(keras().layers.Reshape((-1, self._width))(attended)), weights

    def _split(self, x: Any) -> Any:
        """(N, t, width) to (N, heads, t, width of a head)."""
        shape = (-1, self._heads, self._width // self._heads)
        return keras().ops.transpose(keras().layers.Reshape(shape)(x), (0, 2, 1, 3))


def _positions(x: Any) -> Any:
    """0, 1, 2, ... along the last axis of an array of whole numbers."""
    ops = keras().ops
    return ops.cumsum(ops.ones_like(x), axis=-1) - 1


def _layer_norm(name: str) -> Any:
    return keras().layers.LayerNormalization(epsilon=1e-5, name=f"{name}_norm")
