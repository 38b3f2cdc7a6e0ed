"""The epochs of a training: what each came to, as a point or a file has them, and which counted."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields
from typing import Any, NamedTuple


@dataclass(frozen=True, slots=True)
class Epoch:
    """One pass over the training photos; of a dense layer alone, which is solved, ten steps.

    `seconds` is since training began; losses are cross-entropies in nats; accuracies in [0, 1].

    Attributes
    ----------
    stage : what learned: 0 is first, the dense layer where there is a backbone.
    temperature : what logits are divided by, so that probabilities fit the validation photos.
    is_kept : whether it was the best up to then; the last such epoch is the classifier.
    """

    number: int
    seconds: float
    loss: float
    accuracy: float
    validation_loss: float
    validation_accuracy: float
    stage: int = 0
    temperature: float = 1.0
    is_kept: bool = False


class Planned(NamedTuple):
    """How many epochs a stage is to have, and how sure its classifier is to be."""

    epochs: int
    temperature: float


def restored_epochs(epochs: list[dict[str, Any]]) -> tuple[Epoch, ...]:
    """Epochs as a point has them.

    Raises
    ------
    TypeError, ValueError
        If they are damaged.
    """
    kinds = {"int": int, "float": float, "bool": bool}
    read = {each.name: kinds[str(each.type)] for each in fields(Epoch) if each.name != "number"}
    restored = tuple(
        Epoch(number=number, **{name: kind(epoch[name]) for name, kind in read.items()})
        for number, epoch in enumerate(epochs, start=1)
    )
    if not all(math.isfinite(value) for epoch in restored for value in astuple(epoch)):
        raise ValueError
    if any(epoch.temperature <= 0 or epoch.stage < 0 for epoch in restored):
        raise ValueError
    return restored


def kept_in_stages(epochs: Sequence[Epoch]) -> dict[int, Planned]:
    """By stage, its last epoch that was kept."""
    planned: dict[int, Planned] = {}
    begun: dict[int, int] = {}
    for epoch in epochs:
        first = begun.setdefault(epoch.stage, epoch.number)
        if epoch.is_kept:
            planned[epoch.stage] = Planned(epoch.number - first + 1, epoch.temperature)
    return planned
