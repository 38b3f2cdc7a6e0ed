"""Where in a spectrogram a class is heard: class activation maps, without a gradient to compute.

A vector holds the roots of means and maxima of feature maps, and one layer weights them. What the
logit gains by a little more at a place of a map can therefore be written down.

References
----------
Selvaraju et al., "Grad-CAM" (2017), https://arxiv.org/abs/1610.02391
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.errors import InvalidInputError
from core.sound.encoders import RATE, WINDOW, WholeSound, Windows, vectors_of
from core.sound.heads import SoundHead

ROWS = 7  # of the photo network's map
_COLUMNS = 42  # of a window: the least that the maps' 7, 6 and 3 places in time all divide
_EPSILON = 1e-3  # a mean or maximum below counts as this much: the root is steep at zero


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What speaks for a class.

    Attributes
    ----------
    label : str
    values : (7, T) float32
        Shares of the class's logit, from high to low frequencies; below zero for what speaks
        against it. Rows are seventh parts of the mel scale from 20 to 16,000 Hz, as far as the
        photo network sees them; BirdNET's map knows no frequencies and is spread over them.
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
    length = WINDOW / RATE / _COLUMNS
    last, _ = parts[-1]
    columns = round(float(last.times[-1]) / length) + _COLUMNS
    total, counts = np.zeros((ROWS, columns), np.float32), np.zeros(columns)
    for windows, maps in parts:
        for time, values in zip(windows.times, _of_windows(maps, weights), strict=True):
            first = round(float(time) / length)
            total[:, first : first + _COLUMNS] += values
            counts[first : first + _COLUMNS] += 1
    times = (np.arange(columns) + 0.5) * length
    return Evidence(label=target, values=total / np.maximum(counts, 1), times=times)


def _of_windows(maps: list[np.ndarray], weights: np.ndarray) -> np.ndarray:
    """(W, ROWS, _COLUMNS): what each place gives to the logit, all maps together."""
    total = np.zeros((len(maps[0]), ROWS, _COLUMNS), np.float32)
    start = 0
    octave_higher = False
    for one in maps:
        size = 2 * one.shape[-1]
        places = _of_map(one, weights[start : start + size])  # (W, h, w)
        if one.shape[1] == 1:  # BirdNET's
            if octave_higher:  # it has heard the window twice
                places = sum(np.split(places, 2, axis=2))
            octave_higher = True
        rows, columns = ROWS // places.shape[1], _COLUMNS // places.shape[2]
        total += np.repeat(np.repeat(places, rows, axis=1), columns, axis=2) / (rows * columns)
        start += size
    return total


def _of_map(one: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """(W, h, w): activations times what the logit gains by more of them."""
    mean, largest = one.mean(axis=(1, 2), keepdims=True), one.max(axis=(1, 2), keepdims=True)
    of_mean, of_largest = (
        half / (2 * np.sqrt(np.maximum(value, _EPSILON)))
        for half, value in zip(np.split(weights, 2), (mean, largest), strict=True)
    )
    share = of_mean / (one.shape[1] * one.shape[2]) + of_largest * (one == largest)
    return (one * share).sum(axis=-1)
