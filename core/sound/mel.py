"""Mel spectrograms where milliseconds count."""

from __future__ import annotations

from functools import cache

import numpy as np

_SMALLEST = 1e-10  # power that stands for none


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
    """
    from scipy.fft import rfft

    padded = np.pad(np.asarray(samples, np.float32), n_fft // 2)
    frames = np.lib.stride_tricks.sliding_window_view(padded, n_fft)[::hop_length]
    spectra = rfft(frames * _hann(n_fft), axis=1)
    power = spectra.real**2 + spectra.imag**2
    return _filters(rate, n_fft, bands, lowest_hz, highest_hz) @ power.T


def decibels(power: np.ndarray) -> np.ndarray:
    """Powers of any shape on a logarithmic scale, at least -100 dB."""
    return 10 * np.log10(np.maximum(power, _SMALLEST))


@cache
def _hann(length: int) -> np.ndarray:
    return np.hanning(length + 1)[:-1].astype(np.float32)


@cache
def _filters(
    rate: int, n_fft: int, bands: int, lowest_hz: float, highest_hz: float | None
) -> np.ndarray:
    import librosa  # takes seconds

    return librosa.filters.mel(sr=rate, n_fft=n_fft, n_mels=bands, fmin=lowest_hz, fmax=highest_hz)
