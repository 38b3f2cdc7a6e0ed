"""Sounds as pictures of time and frequency: mel spectrograms, and how they change."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from core.errors import InvalidInputError
from core.media.audio.opened_sound import check_rate
from core.sound.mel import mel_power

DECIBELS = "dB relative to the loudest"
FLOOR_DB = -80.0

_WINDOW_S = 0.093  # librosa's 2,048 samples at 22,050 Hz
_SHORTEST = 512  # so that 128 mel bands find a frequency each at 1,000 Hz
_DELTA_WIDTH = 9  # frames, as in librosa
_SILENCE = 1e-20  # a power that no recorded sound stays below


@dataclass(frozen=True, slots=True)
class Spectrogram:
    """A sound as an image.

    Attributes
    ----------
    values : np.ndarray, shape (bands, frames), float32
        In `unit`; finite.
    times : np.ndarray, shape (frames,), float64 [seconds]
        Middle of each frame.
    frequencies : np.ndarray, shape (bands,), float64 [Hz]
        Middle of each band, rising.
    unit : str
    """

    values: np.ndarray = field(repr=False)
    times: np.ndarray = field(repr=False)
    frequencies: np.ndarray = field(repr=False)
    unit: str


def mel_spectrogram(
    samples: np.ndarray,
    rate: int,
    *,
    bands: int = 128,
    n_fft: int | None = None,
    hop_length: int | None = None,
) -> Spectrogram:
    """The mel spectrogram from 0 Hz to half the rate, in dB below the loudest band of any frame.

    Parameters
    ----------
    samples : np.ndarray, shape (n,), floating, n >= 1
        Finite. They count as silence before their start and behind their end.
    rate : int, 1000..384000 [Hz]
    bands : int > 0
    n_fft : int >= 2 [samples]
        Length of a frame; None takes the power of two next to 93 ms.
    hop_length : int > 0 [samples]
        From frame to frame; None takes a quarter of a frame.

    Returns
    -------
    Spectrogram
        Values within -80..0 dB, -80 everywhere for silence; 1 + n // hop_length frames.

    Raises
    ------
    InvalidInputError
        Another shape, a rate out of bounds, or more bands than frames of `n_fft` can tell apart.
    """
    samples = checked_samples(samples, rate)
    n_fft = n_fft or frame_length(rate)
    hop_length = hop_length or max(1, n_fft // 4)
    power = mel_power(samples, rate, bands=bands, n_fft=n_fft, hop_length=hop_length)
    return Spectrogram(
        relative_decibels(power, power.max()),
        frame_times(power.shape[1], hop_length, rate),
        mel_frequencies(rate, bands),
        DECIBELS,
    )


def delta(spectrogram: Spectrogram) -> Spectrogram:
    """How fast each band gets louder: slopes over nine frames, in units a second.

    References
    ----------
    https://librosa.org/doc/latest/generated/librosa.feature.delta.html
    """
    frames = len(spectrogram.times)
    hop_s = spectrogram.times[1] - spectrogram.times[0] if frames > 1 else 1.0
    values = slopes(spectrogram.values) / np.float32(hop_s)
    return Spectrogram(values, spectrogram.times, spectrogram.frequencies, "dB a second")


def checked_samples(samples: np.ndarray, rate: int) -> np.ndarray:
    """The samples as (n,) float32, or an InvalidInputError."""
    check_rate(rate)
    samples = np.asarray(samples)
    if samples.ndim != 1 or not samples.size or not np.issubdtype(samples.dtype, np.floating):
        raise InvalidInputError(
            "Expected samples of shape (n,), at least one, and a floating dtype, as "
            f"core.media.decode_audio makes them. Received: shape {samples.shape}, "
            f"dtype {samples.dtype}."
        )
    return samples.astype(np.float32, copy=False)


def frame_length(rate: int) -> int:
    """Samples of a frame of about 93 ms, a power of two."""
    return max(_SHORTEST, 1 << round(np.log2(_WINDOW_S * rate)))


def frame_times(frames: int, hop_length: int, rate: int) -> np.ndarray:
    """(frames,) seconds: frame i is centred on sample i * hop_length."""
    return np.arange(frames) * (hop_length / rate)


def mel_frequencies(rate: int, bands: int) -> np.ndarray:
    """(bands,) Hz: where each filter peaks."""
    import librosa

    return librosa.mel_frequencies(bands + 2, fmin=0.0, fmax=rate / 2)[1:-1]


def relative_decibels(power: np.ndarray, reference: float) -> np.ndarray:
    """Powers as float32 dB relative to `reference`, cut off at -80."""
    reference = max(float(reference), _SILENCE)
    ratio = np.maximum(power / np.float32(reference), np.float32(10 ** (FLOOR_DB / 10)))
    return np.maximum(10 * np.log10(ratio), np.float32(FLOOR_DB))


def slopes(values: np.ndarray) -> np.ndarray:
    """Of (..., frames) values, a frame; where there are fewer than nine, the edges go on."""
    import librosa

    mode = "interp" if values.shape[-1] >= _DELTA_WIDTH else "nearest"
    return librosa.feature.delta(values, width=_DELTA_WIDTH, mode=mode).astype(np.float32)
