"""Style transfer in one forward pass: adaptive instance normalisation.

References
----------
Huang and Belongie (2017), https://arxiv.org/abs/1703.06868
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from core import engine, zoo
from core.errors import InvalidInputError, WeightsUnavailableError
from core.media import Source
from core.optvis.evaluator import feature_maps
from core.optvis.pictures import grey, read_picture, recolored, rounded, with_colors_of
from core.wording import counted

DECODER = "style_decoder"
_MOST = 4
_EPSILON = 1e-3
_STEP = 4  # pixels between two places of the features
_MARGIN = 16  # px, mirrored: the encoder sees zeros outside, which would draw a frame


def is_ready() -> bool:
    """Whether this copy has the decoder."""
    return zoo.is_listed(DECODER)


def decoder_card() -> dict[str, Any]:
    """The decoder's card, with its `encoder` and `features`."""
    return zoo.shipped(DECODER).card


def stylize_now(
    content: Source,
    style: Source,
    *,
    strength: float = 1.0,
    others: Sequence[Source] = (),
    blend: Sequence[float] = (),
    size: int = 384,
    keep_colors: bool = False,
) -> np.ndarray:
    """The content of one photo in the style of up to four others, at once.

    Parameters
    ----------
    content, style : encoded photos.
    strength : 0..1, from the photo as the decoder draws it to all of the style.
    others : further styles.
    blend : weights of all styles; none stands for equal shares.
    size : int [px], of the longer side.

    Returns
    -------
    (H, W, 3) uint8, RGB

    Raises
    ------
    InvalidInputError, WeightsUnavailableError, MemoryBudgetError
    """
    photo = read_picture(content, size)
    return rounded(
        stylize_pictures(
            photo,
            [read_picture(source, size) for source in (style, *others)],
            strength=strength,
            blend=blend,
            keep_colors=keep_colors,
        )
    )


def stylize_pictures(
    photo: np.ndarray,
    styles: Sequence[np.ndarray],
    *,
    strength: float = 1.0,
    blend: Sequence[float] = (),
    keep_colors: bool = False,
) -> np.ndarray:
    """`stylize_now` for decoded pictures, (H, W, 3) float32 of 0..255 each.

    The photo takes the colours of the styles first, of which the features say little.

    Raises
    ------
    InvalidInputError
        If the strength is not within 0..1, or there are not 1 to 4 styles with a weight each.
    WeightsUnavailableError
        If this copy has no decoder.
    """
    if not is_ready():
        raise WeightsUnavailableError(
            "What styles a photo at once is not in this copy: it has no trained decoder. Train one "
            "with: python -m core.recipes.stylize_now --data DIR"
        )
    shares = np.array(blend or [1.0] * len(styles), float)
    if not 0 <= strength <= 1 or not 1 <= len(styles) <= _MOST or len(shares) != len(styles):
        raise InvalidInputError(
            f"Expected a strength of 0 to 1 and 1 to {_MOST} styles with a weight each. Received: "
            f"{strength:g}, {counted(len(styles), 'style')}, {counted(len(shares), 'weight')}."
        )
    if shares.min() < 0 or not shares.sum() > 0:
        raise InvalidInputError(f"Expected weights of at least 0. Received: {tuple(shares)}.")
    card = decoder_card()
    height, width = photo.shape[:2]
    weights = strength * shares / shares.sum()
    colored = (1 - strength) * photo + sum(
        np.float32(weight) * recolored(photo, style)
        for weight, style in zip(weights, styles, strict=True)
    )
    ends = [(_MARGIN, _MARGIN + -side % _STEP) for side in (height, width)]
    content = _features(np.pad(colored, (*ends, (0, 0)), mode="reflect"), card)
    style_features = [_features(style, card) for style in styles]
    targets = {
        layer: _adapted(features, [style[layer] for style in style_features], weights)
        for layer, features in content.items()
    }
    (picture,) = engine.graph(DECODER, "picture", hint="latency")(**targets)
    picture = picture[0, _MARGIN : _MARGIN + height, _MARGIN : _MARGIN + width]
    return with_colors_of(grey(picture), photo) if keep_colors else picture


def _features(picture: np.ndarray, card: dict[str, Any]) -> dict[str, np.ndarray]:
    """(1, h, w, C) float32 by layer."""
    maps = feature_maps(card["encoder"], picture[None], card["features"])
    return {layer: values.transpose(0, 2, 3, 1) for layer, values in maps.items()}


def _adapted(content: np.ndarray, styles: Sequence[np.ndarray], weights: np.ndarray) -> np.ndarray:
    """Features with the moments of the styles, as far as `weights`, whose sum is at most 1."""
    mean, deviation = _moments(content)
    new_mean, new_deviation = (1 - weights.sum()) * mean, (1 - weights.sum()) * deviation
    for weight, style in zip(weights, styles, strict=True):
        style_mean, style_deviation = _moments(style)
        new_mean = new_mean + weight * style_mean
        new_deviation = new_deviation + weight * style_deviation
    return ((content - mean) / deviation * new_deviation + new_mean).astype(np.float32)


def _moments(features: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    mean = features.mean(axis=(1, 2), keepdims=True)
    return mean, np.sqrt(features.var(axis=(1, 2), keepdims=True) + _EPSILON)
