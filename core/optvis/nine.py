"""Nine small style transfers in nine settings, to choose from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from core.media import Source
from core.optvis.style_settings import StyleSettings
from core.optvis.style_transfer import stylize

WEIGHTS = (0.2, 1.0, 5.0)
SCALES = (0.5, 1.0, 1.6)
_SMALL_PX, _STEPS, _LEVELS = 192, 30, 2


@dataclass(frozen=True, slots=True)
class Nine:
    """Small pictures under way.

    Attributes
    ----------
    settings : nine `StyleSettings`, for the full size.
    images : of those that are done, (h, w, 3) uint8 each.
    share : float, how much of all is done.
    """

    settings: tuple[StyleSettings, ...]
    images: tuple[np.ndarray, ...] = field(repr=False)
    share: float


def nine(
    content: Source,
    style: Source,
    settings: StyleSettings | None = None,
    *,
    others: Sequence[Source] = (),
    weights: Sequence[float] = WEIGHTS,
    scales: Sequence[float] = SCALES,
) -> Iterator[Nine]:
    """Style transfers of 192 px: down, the style weighs more; to the right its strokes grow.

    Parameters
    ----------
    weights : three factors of the style's weight.
    scales : three scales of the style, in place of the one of the settings.

    Raises
    ------
    As `core.optvis.style_transfer.stylize`.
    """
    settings = settings or StyleSettings()
    full = tuple(
        replace(settings, style_weight=settings.style_weight * weight, style_scale=scale)
        for weight in weights
        for scale in scales
    )
    images: list[np.ndarray] = []
    for i, each in enumerate(full):
        small = replace(each, size=_SMALL_PX, steps=_STEPS, levels=_LEVELS, optimizer="l-bfgs")
        for step in stylize(content, style, small, others=others):
            yield Nine(full, tuple(images), (i + step.share) / len(full))
        images.append(step.image)
    yield Nine(full, tuple(images), 1.0)
