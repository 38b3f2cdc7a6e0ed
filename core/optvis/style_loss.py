"""What a style transfer is to make small: how far a picture is from the photo and from the styles.

References
----------
Gatys et al. (2015), https://arxiv.org/abs/1508.06576
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np

from core import engine, zoo
from core.engine import OpenGraph
from core.optvis import objectives
from core.optvis.evaluator import ObjectiveEvaluator, Part, forward, layer_part
from core.optvis.objectives import Objective
from core.optvis.style_settings import (
    StyleSettings,
    content_factor,
    smoothness_factor,
    style_factor,
)


def style_evaluator(
    content: np.ndarray, styles: Sequence[np.ndarray], settings: StyleSettings
) -> ObjectiveEvaluator:
    """The loss of a style transfer, for photos of the size of `content`.

    Parameters
    ----------
    content : (H, W, 3) float32, 0..255, as each of `styles`, whose sizes may differ.

    Raises
    ------
    As `core.optvis.style_transfer.stylize`.
    """
    height, width = content.shape[:2]
    loss = Objective(())
    if settings.content_weight:
        loss += settings.content_weight * _content(content, settings)
    if settings.style_weight:
        loss += settings.style_weight * _style(styles, settings, height * width)
    smooth = settings.smoothness * smoothness_factor(settings.convention, height * width)
    if smooth:
        loss += smooth * objectives.total_variation(absolute=settings.convention == "means")
    return ObjectiveEvaluator(loss, settings.network, (1, height, width))


def _content(content: np.ndarray, settings: StyleSettings) -> Objective:
    targets = _features(content, settings)
    loss = Objective(())
    for name, weight in settings.content_layers:
        if weight:
            factor = weight * content_factor(settings.convention, targets[name])
            loss += factor * objectives.features(name, targets[name]).named("content")
    return loss


def _style(styles: Sequence[np.ndarray], settings: StyleSettings, pixels: int) -> Objective:
    """One target, the weighted mean of the styles' Gram matrices."""
    layers = [(name, weight) for name, weight in settings.style_layers if weight]
    shares = np.array(settings.blend or [1.0] * len(styles))
    shares = shares / max(shares.sum(), 1e-12)
    blend: dict[str, np.ndarray] = {}
    for share, style in zip(shares, styles, strict=True):
        grams = _features(style, settings)
        for name, _ in layers:
            blend[name] = blend.get(name, 0) + np.float32(share) * grams[f"{name} Gram"]
    loss = Objective(())
    info = engine.compiled_form(zoo.image_network(settings.network)).info
    for name, weight in layers:
        # a place of the layer for every stride x stride pixels
        places = pixels // info.stride(name) ** 2
        factor = style_factor(settings.convention, blend[name], places, pixels, len(layers))
        loss += weight * factor * objectives.gram(name, blend[name]).named("style")
    return loss


def _features(picture: np.ndarray, settings: StyleSettings) -> dict[str, np.ndarray]:
    """Content layers by name, and Gram matrices of style layers as `NAME Gram`.

    Both come from one graph: contents and styles of one size share it.
    """
    parts: dict[str, Part] = {}
    for name, weight in settings.content_layers:
        if weight and settings.content_weight:
            parts[name] = layer_part(name)
    for name, weight in settings.style_layers:
        if weight and settings.style_weight:
            parts[f"{name} Gram"] = partial(_gram, layer=name)
    return forward(settings.network, picture[None], parts, label=", ".join(parts))


def _gram(graph: OpenGraph, layer: str) -> Any:
    return objectives.gram_matrix(graph.layer(layer))
