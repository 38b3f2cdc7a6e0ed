"""MiniLM's last layers adapted to film reviews by changes of low rank.

The layers before them are frozen and run compiled; the changes, and the document network that
begins as the one on frozen vectors, learn in Keras.

References
----------
Hu et al., "LoRA" (2021), https://arxiv.org/abs/2106.09685
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from core import engine, zoo
from core.recipes.common.command_line import Stopwatch, show_progress, show_result
from core.recipes.common.files import save_arrays
from core.text.encoders import padded, tokenizer_of
from core.text.sentiment.document_network import document_network
from core.text.sentiment.sentences import sentences
from core.zoo import minilm
from core.zoo.keras_runtime import keras

ENCODER = "all_minilm_l6_v2"
FIRST = 4  # layer that is adapted
_RANK = 8
_RATE = 2e-4  # at 1e-3 the loss on a quarter of the reviews rises and stays there
_REVIEWS = 12  # of a batch
_SENTENCES, _TOKENS = 8, 32  # of a review and of a sentence while training


def adapt(
    texts: Sequence[str],
    labels: np.ndarray,
    frozen: Any,
    *,
    epochs: int,
    seed: int,
    weights: Path,
) -> tuple[Any, dict[str, np.ndarray]]:
    """Train on N reviews.

    Parameters
    ----------
    frozen : a document network on the encoder's frozen vectors, to begin with; it is changed.
    weights : `.npz` file of what was learned; it is only read if it is there.

    Returns
    -------
    document : `frozen`, adapted too.
    changes : as `minilm.build_adapted` reads them, float16: `NAME/down`, `NAME/up`.
    """
    if not weights.exists():
        network = _train(texts, labels, frozen, epochs=epochs, seed=seed)
        document = network.get_layer("document").get_weights()
        arrays = {f"document/{i}": array for i, array in enumerate(document)}
        save_arrays(weights, arrays | _changes(network))
    with np.load(weights) as file:
        changes = dict(file)
    frozen.set_weights([changes.pop(f"document/{i}") for i in range(len(frozen.get_weights()))])
    return frozen, changes


def _train(texts: Sequence[str], labels: np.ndarray, frozen: Any, *, epochs: int, seed: int) -> Any:
    k = keras()
    k.utils.set_random_seed(seed)
    network = _network(frozen)
    tokenizer = tokenizer_of(zoo.text_encoder(ENCODER))
    trunk = engine.graph(ENCODER, f"layer{FIRST - 1}")
    split = [[text[a:b] for a, b in sentences(text)] for text in texts]
    generator = np.random.default_rng(seed)
    steps = epochs * -(-len(texts) // _REVIEWS)
    warm_up = max(1, steps // 10)
    schedule = k.optimizers.schedules.CosineDecay(
        _RATE / 10, max(1, steps - warm_up), warmup_target=_RATE, warmup_steps=warm_up
    )
    loss = k.losses.BinaryCrossentropy(from_logits=True, label_smoothing=0.05)
    network.compile(k.optimizers.AdamW(schedule, weight_decay=1e-3), loss, jit_compile=False)
    stopwatch, step = Stopwatch(), 0
    for _ in range(epochs):
        order = generator.permutation(len(texts))
        for start in range(0, len(texts), _REVIEWS):
            rows = order[start : start + _REVIEWS]
            x = _batch([split[i] for i in rows], tokenizer, trunk, generator)
            value = network.train_on_batch(x, labels[rows].astype(np.float32))
            step += 1
            if step % 20 == 0:
                network.reset_metrics()
                show_progress(
                    f"adapting to {len(texts):,} reviews: step {step} of {steps}, "
                    f"{float(value):.3f}, {stopwatch.remaining(step, steps):.0f} s left"
                )
    show_result("")
    return network


def _changes(network: Any) -> dict[str, np.ndarray]:
    changes = {}
    for layer in network.get_layer("last_layers").layers:
        if getattr(layer, "lora_enabled", False):
            scale = layer.lora_alpha / layer.lora_rank
            changes[f"{layer.name}/down"] = np.asarray(layer.lora_kernel_a, np.float16)
            changes[f"{layer.name}/up"] = (scale * np.asarray(layer.lora_kernel_b)).astype(
                np.float16
            )
    return changes


def _network(frozen: Any) -> Any:
    """From states and mask of R sentences, and which of them N reviews have, to logits (N, 1)."""
    k, ops = keras(), keras().ops
    last = minilm.last_layers(zoo.weights_path(zoo.text_encoder(ENCODER)), FIRST)
    for layer in last.layers:
        if isinstance(layer, k.layers.Dense):
            layer.enable_lora(_RANK)
        else:
            layer.trainable = False
    document = document_network(frozen.inputs[0].shape[-1])
    document.set_weights(frozen.get_weights())
    states = k.Input(last.inputs[0].shape[1:], name="states")
    mask = k.Input((None,), name="mask")
    homes = k.Input((None,), dtype="int32", name="homes")  # 0 for none, else 1 + row
    vectors = last([states, mask])
    vectors = ops.pad(vectors, ((1, 0), (0, 0)))
    document_mask = ops.cast(homes > 0, "float32")
    logits = document([ops.take(vectors, homes, axis=0), document_mask])
    return k.Model([states, mask, homes], logits)


def _batch(
    reviews: Sequence[Sequence[str]], tokenizer: Any, trunk: Any, generator: np.random.Generator
) -> list[np.ndarray]:
    flat: list[str] = []
    homes = np.zeros((len(reviews), _SENTENCES), np.int32)
    for row, review in enumerate(reviews):
        chosen = np.sort(generator.permutation(len(review))[:_SENTENCES])
        homes[row, : len(chosen)] = 1 + len(flat) + np.arange(len(chosen))
        flat += [review[i] for i in chosen]
    tokens, mask = padded([ids[:_TOKENS] for ids in tokenizer(flat)])
    (states,) = trunk(tokens=tokens, mask=mask)
    return [states, mask, homes]
