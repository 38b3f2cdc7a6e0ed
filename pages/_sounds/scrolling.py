"""The last seconds of a sound that goes on, as a picture of which only what is new is computed."""

from __future__ import annotations

import numpy as np

from core.sound.encoders import HIGHEST_HZ, LOWEST_HZ, RANGE_DB, RATE
from core.sound.mel import decibels, mel_power

_HOP = 1_920  # samples from column to column: 25 a second
_FRAME = 2_048
_LOUDEST_DB = 30.0  # of a band in a loud sound


class ScrollingSpectrogram:
    """A log-mel spectrogram, the newest at the right; black before the first sound.

    Its brightness is that of a fixed level, so that it does not flicker with what is loudest.

    Parameters
    ----------
    seconds : that it shows.

    Attributes
    ----------
    pixels : (128, T) uint8, high frequencies first; `add` makes another, it never changes.
    """

    def __init__(self, seconds: int) -> None:
        self.pixels = np.zeros((128, seconds * RATE // _HOP), np.uint8)
        self._rest = np.zeros(_HOP, np.float32)  # the next column is in the middle of what follows

    def add(self, samples: np.ndarray) -> None:
        """Go on with (n,) float32 at 48 kHz."""
        rest = np.concatenate([self._rest, samples])
        columns = (len(rest) - _FRAME // 2) // _HOP
        if columns < 1:
            self._rest = rest
            return
        power = mel_power(
            rest[: columns * _HOP + _FRAME // 2],
            RATE,
            n_fft=_FRAME,
            hop_length=_HOP,
            lowest_hz=LOWEST_HZ,
            highest_hz=HIGHEST_HZ,
        )
        level = decibels(power[::-1, 1:])  # the first was the last one before
        shares = np.uint8(255 * np.clip((level - _LOUDEST_DB) / RANGE_DB + 1, 0, 1))
        self._rest = rest[columns * _HOP :]
        width = self.pixels.shape[1]
        self.pixels = np.concatenate([self.pixels, shares], axis=1)[:, -width:]
