"""The decoder that captions photos: a small transformer over an image network's feature map.

For training it sees all words of a caption at once, none of them what follows it; for use, one
word after another. The hypotheses of a beam are then words of one text, and a mask says which
words follow each other. The weights are the same.

References
----------
Vaswani et al., "Attention is all you need" (2017), https://arxiv.org/abs/1706.03762; layer norms
come first, as in Xiong et al. (2020), https://arxiv.org/abs/2002.04745; attention over a photo's
places: Xu et al., "Show, attend and tell" (2015), https://arxiv.org/abs/1502.03044; many
continuations read as one text: Miao et al., "SpecInfer" (2023), https://arxiv.org/abs/2305.09781
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from core.zoo.keras_runtime import keras

CAPTIONS = 5  # of a photo, that training reads at once
HIDDEN = -1e9  # added to the logits of what must not be seen


@dataclass(frozen=True)
class DecoderSize:
    """How large a decoder is.

    Attributes
    ----------
    words : V, ids that it can say.
    places, channels : P and C of the feature map (P, C).
    longest : words of a caption, its end included.
    width, heads, layers : of the transformer.
    dropout : share, while training.
    """

    words: int
    places: int
    channels: int
    longest: int = 20
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
        self._words = layers.ReversibleEmbedding(size.words, size.width, name="vocabulary")
        self._turns = layers.Embedding(size.longest, size.width, name="turns")
        self._corners = layers.Embedding(size.places, size.width, name="corners")
        self._look = layers.Dense(size.width, name="look")
        self._looked = _norm("looked")
        self._blocks = [_Block(size, f"block{i}") for i in range(size.layers)]
        self._said = _norm("said")

    @cached_property
    def training_network(self) -> Any:
        """From `photo` (N, P, C) and `captions` (N, K, T) int32 to logits (N, K, T, V).

        K is `CAPTIONS`, T the size's `longest`. The logits at a place are of the word after it.
        """
        k, ops, size = keras(), keras().ops, self.size
        photo = k.Input((size.places, size.channels), name="photo")
        captions = k.Input((CAPTIONS, size.longest), dtype="int32", name="captions")
        drop = k.layers.Dropout
        seen = self._see(drop(size.dropout)(photo))
        turns = _counted(captions)
        x = drop(size.dropout)(self._begin(captions, turns))
        whole = (-1, CAPTIONS, size.longest, size.width)
        places = np.arange(size.longest)
        later = np.where(places[None] > places[:, None], HIDDEN, 0).astype(np.float32)
        for block in self._blocks:
            flat = ops.reshape(x, (-1, size.longest, size.width))
            spoken = block.speech.keys_and_values(block.speech_norm(flat))
            said, _ = block.speech(block.speech_norm(flat), spoken, later)
            x = x + drop(size.dropout)(ops.reshape(said, whole))
            queries = ops.reshape(block.sight_norm(x), (-1, CAPTIONS * size.longest, size.width))
            found, _ = block.sight(queries, block.sight.keys_and_values(seen), None)
            x = x + drop(size.dropout)(ops.reshape(found, whole))
            x = x + drop(size.dropout)(block.think(x))
        return k.Model([photo, captions], self._logits(x), name="captions")

    @cached_property
    def sight_network(self) -> Any:
        """From `photo` (N, P, C) to `sight` (N, 2 layers, P, width): what every word looks at."""
        k, ops, size = keras(), keras().ops, self.size
        photo = k.Input((size.places, size.channels), name="photo")
        seen = self._see(photo)
        both = [part for block in self._blocks for part in block.sight.flat_keys_and_values(seen)]
        sight = k.layers.Identity(name="sight")(ops.stack(both, axis=1))
        return k.Model([photo], {"sight": sight})

    @cached_property
    def step_network(self) -> Any:
        """One word further, for B captions of one photo, which are read as B words of one text.

        From `words` (1, B) int32, `turn` (1, 1) int32, how many came before them, `sight`
        (1, 2 layers, P, width), `speech` (1, 2 layers, N, width), what was kept of N words of
        these captions, and `hidden` (B, N + B), `HIDDEN` where a word must not see one of those N
        or of the B, and 0 elsewhere, to `log_probabilities` (B, V), `spoken` (2 layers, B, width),
        what to keep of these words, and `attention` (B, P), where the last layer looked, averaged
        over its heads.
        """
        k, ops, size = keras(), keras().ops, self.size
        words = k.Input((None,), batch_size=1, dtype="int32", name="words")
        turn = k.Input((1,), batch_size=1, dtype="int32", name="turn")
        sight = k.Input((2 * size.layers, size.places, size.width), batch_size=1, name="sight")
        speech = k.Input((2 * size.layers, None, size.width), batch_size=1, name="speech")
        hidden = k.Input((None,), name="hidden")
        x = self._begin(words, turn)
        spoken, attention = [], None
        for i, block in enumerate(self._blocks):
            normed = block.speech_norm(x)
            now = block.speech.flat_keys_and_values(normed)
            spoken += now
            whole = [
                ops.concatenate([speech[:, 2 * i + j], part], axis=1) for j, part in enumerate(now)
            ]
            said, _ = block.speech(normed, block.speech.in_heads(whole), hidden)
            x = x + said
            parts = block.sight.in_heads([sight[:, 2 * i], sight[:, 2 * i + 1]])
            found, attention = block.sight(block.sight_norm(x), parts, None)
            x = x + found
            x = x + block.think(x)
        outputs = {
            "log_probabilities": ops.log_softmax(self._logits(x)[0], axis=-1),
            "spoken": ops.concatenate(spoken, axis=0),
            "attention": ops.mean(attention, axis=1)[0],
        }
        named = {name: k.layers.Identity(name=f"{name}_")(x) for name, x in outputs.items()}
        return k.Model([words, turn, sight, speech, hidden], named)

    def _see(self, photo: Any) -> Any:
        corners = self._corners(_counted(keras().ops.cast(photo[..., 0], "int32")))
        return self._looked(self._look(photo) + corners)

    def _begin(self, words: Any, turns: Any) -> Any:
        return self._words(words) * math.sqrt(self.size.width) + self._turns(turns)

    def _logits(self, x: Any) -> Any:
        return self._words(self._said(x), reverse=True)


class _Block:
    """Attention to what was said, attention to the photo, and a dense layer of its own."""

    def __init__(self, size: DecoderSize, name: str) -> None:
        layers = keras().layers
        self.speech, self.speech_norm = _Attention(size, f"{name}_speech"), _norm(f"{name}_speech")
        self.sight, self.sight_norm = _Attention(size, f"{name}_sight"), _norm(f"{name}_sight")
        self._norm = _norm(f"{name}_inner")
        self._inner = layers.Dense(4 * size.width, activation="gelu", name=f"{name}_inner")
        self._outer = layers.Dense(size.width, name=f"{name}_outer")

    def think(self, x: Any) -> Any:
        return self._outer(self._inner(self._norm(x)))


class _Attention:
    """Attention of several heads, with keys and values that can be kept."""

    def __init__(self, size: DecoderSize, name: str) -> None:
        layers = keras().layers
        self._heads, self._width = size.heads, size.width
        self._query, self._key, self._value, self._out = (
            layers.Dense(size.width, name=f"{name}_{part}")
            for part in ("query", "key", "value", "out")
        )

    def flat_keys_and_values(self, x: Any) -> list[Any]:
        """Of (N, t, width): two arrays of that shape."""
        return [self._key(x), self._value(x)]

    def in_heads(self, parts: list[Any]) -> list[Any]:
        return [self._split(part) for part in parts]

    def keys_and_values(self, x: Any) -> list[Any]:
        return self.in_heads(self.flat_keys_and_values(x))

    def __call__(self, x: Any, keys_and_values: list[Any], hidden: Any | None) -> tuple[Any, Any]:
        """What (N, t, width) find, of that shape, and how much of it where, (N, heads, t, s)."""
        ops = keras().ops
        keys, values = keys_and_values
        logits = ops.matmul(self._split(self._query(x)), ops.transpose(keys, (0, 1, 3, 2)))
        logits = logits / math.sqrt(self._width // self._heads)
        if hidden is not None:
            logits = logits + ops.cast(hidden, logits.dtype)
        shares = ops.softmax(logits)
        found = ops.transpose(ops.matmul(shares, values), (0, 2, 1, 3))
        return self._out(keras().layers.Reshape((-1, self._width))(found)), shares

    def _split(self, x: Any) -> Any:
        """(N, t, width) to (N, heads, t, width of a head)."""
        shape = (-1, self._heads, self._width // self._heads)
        return keras().ops.transpose(keras().layers.Reshape(shape)(x), (0, 2, 1, 3))


def _counted(x: Any) -> Any:
    """0, 1, 2, ... along the last axis of an array of whole numbers."""
    ops = keras().ops
    return ops.cumsum(ops.ones_like(x), axis=-1) - 1


def _norm(name: str) -> Any:
    return keras().layers.LayerNormalization(epsilon=1e-5, name=f"{name}_norm")
