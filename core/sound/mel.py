"""Mel spectrograms where milliseconds count."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from functools import lru_cache

import numpy as np

from core.errors import InvalidInputError

_SMALLEST = 1e-10  # power that stands for none
_AT_ONCE = 256  # frames: an hour of them would take gigabytes


def mel_power(
    samples: np.ndarray,
    rate: int,
    *,
    n_fft: int = 2048,
    hop_length: int = 512,
    bands: int = 128,
    lowest_hz: float = 0.0,
    highest_hz: float | None = None,
) -> np.ndarray:
    """Power in mel bands, as `librosa.feature.melspectrogram` computes it, in float32.

    Parameters
    ----------
    samples : (n,) float32
    rate : int [Hz]
    n_fft, hop_length : int [samples]
    bands : int
    lowest_hz, highest_hz : float [Hz]; None for half the rate.

    Returns
    -------
    (bands, 1 + n // hop_length) float32; frames are centred, with zeros beyond the ends.

    Raises
    ------
    InvalidInputError
        As for `mel_filters`.
    """
    filters = mel_filters(rate, n_fft, bands, lowest_hz, highest_hz)
    parts = [filters @ power_of(part).T for part in spectra(samples, n_fft, hop_length)]
    return np.concatenate(parts, axis=1)


def spectra(samples: np.ndarray, n_fft: int, hop_length: int) -> Iterator[np.ndarray]:
    """The short-time Fourier transform in blocks (frames, 1 + n_fft // 2), complex64."""
    from scipy.fft import rfft

    padded = np.pad(np.asarray(samples, np.float32), n_fft // 2)
    frames = np.lib.stride_tricks.sliding_window_view(padded, n_fft)[::hop_length]
    for start in range(0, len(frames), _AT_ONCE):
        yield rfft(frames[start : start + _AT_ONCE] * _hann(n_fft), axis=1)


def power_of(spectrum: np.ndarray) -> np.ndarray:
    """Squares of the magnitudes of complex values, float32."""
    return spectrum.real**2 + spectrum.imag**2


def decibels(power: np.ndarray) -> np.ndarray:
    """Powers of any shape on a logarithmic scale, at least -100 dB."""
    return 10 * np.log10(np.maximum(power, _SMALLEST))


@lru_cache(maxsize=8)  # up to 2 MB each
def mel_filters(
    rate: int,
    n_fft: int,
    bands: int,
    lowest_hz: float = 0.0,
    highest_hz: float | None = None,
) -> np.ndarray:
    """Weights (bands, 1 + n_fft // 2), float32, of frequencies in mel bands of equal area.

    Raises
    ------
    InvalidInputError
        More bands than frames of `n_fft` samples can tell apart.
    """
    import librosa  # takes seconds

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the empty bands that are refused below
        filters = librosa.filters.mel(
            sr=rate, n_fft=n_fft, n_mels=bands, fmin=lowest_hz, fmax=highest_hz
        )
    if not filters.any(axis=1).all():
        raise InvalidInputError(
            f"Expected so few bands that a frame of {n_fft} samples has a frequency in each. "
            f"Received: bands={bands} at {rate:,} Hz; take fewer bands or longer frames."
        )
    filters.flags.writeable = False
    return filters


@lru_cache(maxsize=32)
def _hann(length: int) -> np.ndarray:
    return np.hanning(length + 1)[:-1].astype(np.float32)
