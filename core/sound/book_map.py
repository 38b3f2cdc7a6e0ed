"""Sounds as images for a photo network, as "Hands-On Transfer Learning with Python" makes them."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
import soxr

from core.sound.mel import decibels, mel_filters, spectra
from core.sound.spectrograms import checked_samples, slopes

RATE = 22_050
BANDS = FRAMES = 64
_N_FFT, _HOP = 2048, 512
_WINDOW = _HOP * (FRAMES - 1)  # 1.46 s, which make 64 frames
_STEP = _WINDOW // 2
_RANGE_DB = 80  # as in librosa.power_to_db


@dataclass(frozen=True, slots=True)
class BookMap:
    """Windows of a sound as images of three channels.

    Attributes
    ----------
    values : np.ndarray, shape (windows, 64, 64, 3), float32
        Mel bands from low to high, frames, channels: the log-mel spectrogram [dB of power 1],
        the mean of those of the harmonic and the percussive part [dB], and the slope of the
        first [dB a frame].
    start_times : np.ndarray, shape (windows,), float64 [seconds]
        Windows are 1.46 s long and overlap by half.
    """

    values: np.ndarray = field(repr=False)
    start_times: np.ndarray = field(repr=False)


def book_map(samples: np.ndarray, rate: int) -> BookMap:
    """The feature maps of a sound's windows.

    Levels are kept: a louder sound has larger values; each spectrogram ends 80 dB below its
    loudest value, and at -100 dB. Unlike the book, which drops what does not fill a window, the
    last window is filled up with silence, so that all of a sound is in some window, and short
    sounds have one.

    Parameters
    ----------
    samples, rate : as for `core.sound.spectrograms.mel_spectrogram`; brought to 22,050 Hz.

    Raises
    ------
    InvalidInputError
        As for that.

    References
    ----------
    Sarkar, Bali and Ghosh, "Hands-On Transfer Learning with Python", 2018, chapter 8.
    """
    samples = checked_samples(samples, rate)
    if rate != RATE:
        samples = soxr.resample(samples, rate, RATE, quality="HQ")
    count = 1 + max(0, math.ceil((len(samples) - _WINDOW) / _STEP))
    padded = np.pad(samples, (0, _WINDOW + (count - 1) * _STEP - len(samples)))
    starts = np.arange(count) * _STEP
    values = np.empty((count, BANDS, FRAMES, 3), np.float32)
    for image, start in zip(values, starts, strict=True):
        _draw(padded[start : start + _WINDOW], image)
    return BookMap(values, starts / RATE)


def _draw(window: np.ndarray, image: np.ndarray) -> None:
    """Fill (64, 64, 3) with what `window` sounds like."""
    import librosa

    magnitude = np.abs(np.concatenate(list(spectra(window, _N_FFT, _HOP)))).T
    parts = librosa.decompose.hpss(magnitude)
    image[..., 0] = _log_mel(magnitude)
    image[..., 1] = (_log_mel(parts[0]) + _log_mel(parts[1])) / 2
    image[..., 2] = slopes(image[..., 0])


def _log_mel(magnitude: np.ndarray) -> np.ndarray:
    values = decibels(mel_filters(RATE, _N_FFT, BANDS) @ np.square(magnitude))
    return np.maximum(values, values.max() - _RANGE_DB)
