"""Where in a spectrogram a class is: class activation maps, without a gradient to compute.

A vector holds the roots of means and maxima of feature maps, and one layer weights them. What the
logit gains by a little more at a place of a map can therefore be written down; activations times
that gain, doubled for the root, add up to the logit but for its bias.

References
----------
Selvaraju et al., "Grad-CAM" (2017), https://arxiv.org/abs/1610.02391
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from core.errors import InvalidInputError
from core.sound.encoders import RATE, WINDOW, WholeSound, Windows, vectors_of
from core.sound.heads import SoundHead

ROWS = 7  # of the photo network's map
_COLUMNS = 14  # a second: the least that the maps' places of 3/7, 1/2 and 1 s all fit into
_WINDOW_S, _OCTAVE_S = WINDOW / RATE, 2 * WINDOW / RATE
_EPSILON = 1e-3  # a mean or maximum below counts as this much: the root is steep at zero


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What speaks for a class.

    Attributes
    ----------
    label : str
    values : (7, T) float32
        Parts of the class's logit, from high to low frequencies; below zero for what speaks
        against it. Rows are seventh parts of the mel scale from 20 to 16,000 Hz, which the photo
        network tells apart; BirdNET's map does not, and is spread over them.
    times : (T,) float64, centres of the columns in seconds.
    """

    label: str
    values: np.ndarray
    times: np.ndarray


def evidence_of(
    parts: Sequence[tuple[Windows, list[np.ndarray]]], layer: SoundHead, target: str | None
) -> Evidence:
    """Evidence in a whole sound, from windows and their feature maps; overlaps are averaged.

    Raises
    ------
    InvalidInputError
        If `target` is none of the classes.
    """
    if target is not None and target not in layer.classes:
        raise InvalidInputError(
            f"Expected one of {', '.join(layer.classes)}. Received: {target!r}."
        )
    if target is None:
        whole = WholeSound(layer.sources)
        for _, maps in parts:
            whole.add(vectors_of(maps))
        target = layer.classes[int(layer.logits(whole.vector[None]).argmax())]
    weights = layer.weights[:, layer.classes.index(target)]
    last, _ = parts[-1]
    columns = round((float(last.times[-1]) + _WINDOW_S) * _COLUMNS)
    total = np.zeros((ROWS, columns), np.float32)
    for values, counts in _layers(parts, weights, columns):
        total += values / np.maximum(counts, 1)
    return Evidence(label=target, values=total, times=(np.arange(columns) + 0.5) / _COLUMNS)


def _layers(
    parts: Sequence[tuple[Windows, list[np.ndarray]]], weights: np.ndarray, columns: int
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """For each kind of map, sums (ROWS, columns) over its windows, and how many each is of."""
    start, was_birds = 0, False
    for kind, first in enumerate(parts[0][1]):
        size = 2 * first.shape[-1]
        is_octave, was_birds = was_birds, first.shape[1] == 1  # BirdNET's second map
        span = _OCTAVE_S if is_octave else _WINDOW_S
        values, counts = np.zeros((ROWS, columns), np.float32), np.zeros(columns)
        for windows, maps in parts:
            times = (windows.offset + windows.octave_starts) / RATE if is_octave else windows.times
            places = _of_map(maps[kind], weights[start : start + size])
            for time, place in zip(times, places, strict=True):
                rows, width = ROWS // place.shape[0], round(span * _COLUMNS) // place.shape[1]
                block = np.repeat(np.repeat(place, rows, axis=0), width, axis=1) / (rows * width)
                # a sound shorter than that is repeated
                where = (round(time * _COLUMNS) + np.arange(block.shape[1])) % columns
                np.add.at(values.T, where, block.T)
                counts[np.unique(where)] += 1
        yield values, counts
        start += size


def _of_map(maps: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """(W, h, w): activations times what the logit gains by more of them."""
    mean, largest = maps.mean(axis=(1, 2), keepdims=True), maps.max(axis=(1, 2), keepdims=True)
    of_mean, of_largest = (
        half / np.sqrt(np.maximum(value, _EPSILON))
        for half, value in zip(np.split(weights, 2), (mean, largest), strict=True)
    )
    is_largest = maps == largest
    of_largest = of_largest * is_largest / is_largest.sum(axis=(1, 2), keepdims=True)
    share = of_mean / (maps.shape[1] * maps.shape[2]) + of_largest
    return (maps * share).sum(axis=-1)
