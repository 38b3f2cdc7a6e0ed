"""How networks of our own are trained: the optimizer, the precision, and how a run is resumed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.zoo.keras_runtime import keras

_DECAY = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingPlan:
    """How a network is trained.

    Attributes
    ----------
    learning_rate : of AdamW, at its highest, after a twentieth of the steps; then it falls as a
        cosine.
    ema_momentum : of the running average of the weights, at each step.
    batch_size : photos of a step.
    weights : `.weights.h5` file that is written at the end; a checkpoint beside it lets a run that
        was interrupted go on.
    """

    learning_rate: float
    ema_momentum: float
    batch_size: int
    seed: int
    weights: Path

    @property
    def checkpoint(self) -> Path:
        """The `.keras` file with the network and the optimizer's state."""
        return self.weights.with_suffix(".keras")


def start(
    network: Any,
    loss: Callable[..., Any],
    plan: TrainingPlan,
    *,
    steps: int,
    output: str | None = None,
) -> int:
    """Compile a Keras model for so many steps; how many of them its checkpoint has done.

    Parameters
    ----------
    output : name of the output that the loss is of, where the model's outputs have names.
    """
    optimizer = averaged_adamw(plan.learning_rate, steps, ema_momentum=plan.ema_momentum)
    network.compile(optimizer, {output: loss} if output else loss, jit_compile=False)
    return resume(network, plan.checkpoint, **{loss.__name__: loss})


def finish(network: Any, plan: TrainingPlan) -> None:
    """Put the running average of the weights into the network, and write them."""
    network.optimizer.finalize_variable_values(network.trainable_variables)
    network.save_weights(plan.weights)


def averaged_adamw(learning_rate: float, steps: int, *, ema_momentum: float) -> Any:
    """AdamW with warm-up and cosine decay, and with a running average of the weights.

    `finalize_variable_values` puts the average into a network.

    References
    ----------
    Loshchilov and Hutter, "Decoupled weight decay regularization" (2019),
    https://arxiv.org/abs/1711.05101
    """
    warm_up = max(1, steps // 20)
    schedule = keras().optimizers.schedules.CosineDecay(
        learning_rate / 20,
        max(1, steps - warm_up),
        warmup_target=learning_rate,
        warmup_steps=warm_up,
    )
    return keras().optimizers.AdamW(
        schedule,
        weight_decay=_DECAY,
        global_clipnorm=1.0,
        use_ema=True,
        ema_momentum=ema_momentum,
    )


def resume(network: Any, checkpoint: Path, **custom_objects: Any) -> int:
    """Read weights and the optimizer's state, if they are there; how many steps those have seen.

    Parameters
    ----------
    network : a compiled Keras model.
    checkpoint : a `.keras` file of it, saved after some steps.
    custom_objects : what the file names and Keras does not know.
    """
    if not checkpoint.exists():
        return 0
    saved = keras().saving.load_model(checkpoint, custom_objects=custom_objects)
    network.set_weights(saved.get_weights())
    network.optimizer.build(network.trainable_variables)
    for target, source in zip(network.optimizer.variables, saved.optimizer.variables, strict=True):
        target.assign(source)
    return int(saved.optimizer.iterations)


@contextmanager
def mixed_precision() -> Iterator[None]:
    """Networks that are made within compute in bfloat16: a third less time a step."""
    config = keras().config
    policy = config.dtype_policy()
    config.set_dtype_policy("mixed_bfloat16")
    try:
        yield
    finally:
        config.set_dtype_policy(policy)
