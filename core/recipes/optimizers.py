"""How networks of our own are optimised."""

from __future__ import annotations

from typing import Any

from core.zoo.keras_runtime import keras

_DECAY = 0.01


def averaged_adamw(rate: float, steps: int, *, kept_share: float) -> Any:
    """AdamW whose rate rises and falls, with a running average of the weights.

    Parameters
    ----------
    rate : at its highest, after a twentieth of the steps; then it falls as a cosine.
    kept_share : of the average, at each step; `finalize_variable_values` puts it into a network.

    References
    ----------
    Loshchilov and Hutter, "Decoupled weight decay regularization" (2019),
    https://arxiv.org/abs/1711.05101
    """
    rise = max(1, steps // 20)
    schedule = keras().optimizers.schedules.CosineDecay(
        rate / 20, steps - rise, warmup_target=rate, warmup_steps=rise
    )
    return keras().optimizers.AdamW(
        schedule,
        weight_decay=_DECAY,
        global_clipnorm=1.0,
        use_ema=True,
        ema_momentum=kept_share,
    )
