"""What filters see: pictures that excite them, made and found.

References
----------
Olah et al., "Feature Visualization" (2017), https://distill.pub/2017/feature-visualization/
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from core import engine, zoo
from core.errors import InvalidInputError
from core.media import Source
from core.optvis import objectives
from core.optvis.ascent import Adam
from core.optvis.evaluator import ObjectiveEvaluator, feature_maps
from core.optvis.fourier import FourierPictures
from core.optvis.pictures import read_picture, rounded
from core.zoo.spec import HubModule

_MOST = 16
_MARGIN_PX = 16
_RATE = 0.06


@dataclass(frozen=True, slots=True)
class FilterStep:
    """Pictures of filters under way, after `iteration` of so many steps."""

    images: np.ndarray = field(repr=False)  # (N, size, size, 3) uint8, RGB: one for each channel
    channels: tuple[int, ...]
    response: float  # of the channels to their pictures, the mean
    iteration: int
    steps: int


@dataclass(frozen=True, slots=True)
class Patch:
    """A piece of a photo that a channel responds to."""

    image: np.ndarray = field(repr=False)  # (h, w, 3) uint8
    photo: int  # its index
    response: float


def visualize(
    layer: str,
    channels: Sequence[int],
    *,
    network: str = "hed_vgg16",
    size: int = 128,
    steps: int = 60,
    seed: int = 0,
) -> Iterator[FilterStep]:
    """Pictures that excite channels of a layer, by gradient ascent, all of them in one batch.

    The pictures are sums of waves in decorrelated colours, and are shifted and enlarged at random
    in each step, so that what the channel likes appears and not noise that it happens to like.

    Parameters
    ----------
    layer : one of `layers(network)`.
    channels : 1 to 16 of its channels.
    size : int [px], side of the pictures.

    Raises
    ------
    InvalidInputError, UnknownNameError, WeightsUnavailableError, MemoryBudgetError
    """
    count = channel_count(network, layer)
    if not 1 <= len(channels) <= _MOST or not all(0 <= c < count for c in channels):
        raise InvalidInputError(
            f"Expected 1 to {_MOST} channels of 0 to {count - 1}. Received: {list(channels)[:20]}."
        )
    if not 32 <= size <= 512 or steps < 1:
        raise InvalidInputError(
            f"Expected a size of 32 to 512 px and at least 1 step. Received: {size}, {steps}."
        )
    random = np.random.default_rng(seed)
    pictures = FourierPictures(len(channels), size + 2 * _MARGIN_PX, random)
    evaluate = ObjectiveEvaluator(
        objectives.channel(layer, channels, count), network, (len(channels), size, size)
    )
    rule = Adam(_RATE, beta2=0.99)
    for step in range(steps):
        window = pictures.window(size, _MARGIN_PX, random)
        padded = pictures.picture()
        evaluation = evaluate(window.cut(padded))
        gradient = pictures.pull_back(window.pull_back(evaluation.gradient))
        pictures.waves += rule(gradient.view(np.float32), step).view(np.complex64)
        inner = padded[:, _MARGIN_PX:-_MARGIN_PX, _MARGIN_PX:-_MARGIN_PX]
        if step == steps - 1:
            inner = pictures.picture()[:, _MARGIN_PX:-_MARGIN_PX, _MARGIN_PX:-_MARGIN_PX]
        yield FilterStep(
            rounded(inner), tuple(channels), evaluation.value / len(channels), step + 1, steps
        )


def image_grid(images: np.ndarray, columns: int = 4) -> np.ndarray:
    """Pictures (N, h, w, 3) uint8 as one, row by row, with white where there are too few."""
    blank = np.full_like(images[:1], 255)
    columns = min(columns, len(images))
    padded = np.concatenate([images, *[blank] * (-len(images) % columns)])
    return np.vstack(
        [np.hstack(list(padded[i : i + columns])) for i in range(0, len(padded), columns)]
    )


def patches(
    photos: Sequence[Source], layer: str, channel: int, *, network: str = "hed_vgg16", top: int = 6
) -> tuple[Patch, ...]:
    """The pieces of photos that a channel responds to most, at most two of a photo, best first.

    Raises
    ------
    As `visualize`.
    """
    count = channel_count(network, layer)
    if not 0 <= channel < count:
        raise InvalidInputError(f"Expected a channel of 0 to {count - 1}. Received: {channel}.")
    best: list[Patch] = []
    for number, photo in enumerate(photos):
        picture = read_picture(photo, 320)
        values = feature_maps(network, picture[None], [layer])[layer][0, channel]
        side = _receptive_field_px(picture.shape[0] / values.shape[0])
        for _ in range(2):
            row, column = np.unravel_index(values.argmax(), values.shape)
            response = float(values[row, column])
            if not np.isfinite(response):
                break
            best.append(Patch(_piece(picture, values.shape, row, column, side), number, response))
            reach = max(1, round(side / 2 * values.shape[0] / picture.shape[0]))
            values[
                max(0, row - reach) : row + reach + 1, max(0, column - reach) : column + reach + 1
            ] = -np.inf
    return tuple(sorted(best, key=lambda patch: -patch.response)[:top])


def layers(network: str) -> tuple[str, ...]:
    """Names of the layers whose filters can be visualised, in order of computation.

    Raises
    ------
    InvalidInputError
        If the network's layers have no names.
    UnknownNameError, WeightsUnavailableError
    """
    spec = zoo.image_network(network)
    if isinstance(spec.weights, HubModule):
        raise InvalidInputError(
            f"The layers of {spec.title} have no names to choose from: it is a TF-Hub module."
        )
    return engine.compiled_form(spec).info.layer_names


def channel_count(network: str, layer: str) -> int:
    """How many channels a layer has.

    Raises
    ------
    UnknownNameError
        If there is no such layer; and as `layers`.
    """
    return engine.compiled_form(zoo.image_network(network)).info.layer(layer).channels


def _receptive_field_px(stride: float) -> int:
    """About what a place of a layer sees: the deeper, the more."""
    return int(np.clip(12 * stride, 24, 160))


def _piece(
    picture: np.ndarray, shape: tuple[int, int], row: int, column: int, side: int
) -> np.ndarray:
    height, width = picture.shape[:2]
    side = min(side, height, width)
    centre = (row + 0.5) * height / shape[0], (column + 0.5) * width / shape[1]
    top, left = (
        int(np.clip(c - side / 2, 0, whole - side))
        for c, whole in zip(centre, (height, width), strict=True)
    )
    return rounded(picture[top : top + side, left : left + side])
