"""What a page draws of a sound: its waveform, its harmonic and percussive parts, its pitches."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from core.errors import InvalidInputError
from core.sound.book_map import BookMap, book_map
from core.sound.mel import mel_filters, power_of, spectra
from core.sound.spectrograms import (
    DECIBELS,
    Spectrogram,
    checked_samples,
    delta,
    frame_length,
    frame_times,
    mel_frequencies,
    mel_spectrogram,
    relative_decibels,
)
from core.sound.tempo import Tempo, tempo

__all__ = [
    "PITCHES",
    "BookMap",
    "Chromagram",
    "HarmonicPercussive",
    "Spectrogram",
    "Tempo",
    "Waveform",
    "book_map",
    "chromagram",
    "delta",
    "harmonic_percussive",
    "mel_spectrogram",
    "tempo",
    "waveform",
]

PITCHES = ("C", "C♯", "D", "D♯", "E", "F", "F♯", "G", "G♯", "A", "A♯", "B")
_CHROMA_FRAMES = 4  # of the usual length: 3 Hz at 22,050 Hz, to separate low notes
_MEDIAN = 31  # frames and frequencies, as in librosa
_SILENT = 1e-8  # of the power of the loudest frame: below it, only rounding has a pitch


@dataclass(frozen=True, slots=True)
class Waveform:
    """The outline of a sound.

    Attributes
    ----------
    times : np.ndarray, shape (points,), float64 [seconds]
        Middle of the stretch that a point stands for.
    minimum, maximum : np.ndarray, shape (points,), float32
        Of the samples of that stretch.
    """

    times: np.ndarray = field(repr=False)
    minimum: np.ndarray = field(repr=False)
    maximum: np.ndarray = field(repr=False)


@dataclass(frozen=True, slots=True)
class HarmonicPercussive:
    """What sounds on and what strikes, separated.

    Attributes
    ----------
    harmonic, percussive : Spectrogram
        Mel spectrograms in dB relative to the loudest band of the whole sound.
    harmonic_samples, percussive_samples : np.ndarray, shape (n,), float32, or None
        The two sounds, which add up to the whole one; None where they were not asked for.
    """

    harmonic: Spectrogram
    percussive: Spectrogram
    harmonic_samples: np.ndarray | None = field(default=None, repr=False)
    percussive_samples: np.ndarray | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Chromagram:
    """How much of each pitch class there is.

    Attributes
    ----------
    values : np.ndarray, shape (12, frames), float32, 0..1
        1 for the strongest class of each frame; 0 everywhere in frames of silence.
    times : np.ndarray, shape (frames,), float64 [seconds]
        Middle of each frame.
    pitches : tuple of 12 str
        From C to B, whatever the octave.
    unit : str
    """

    values: np.ndarray = field(repr=False)
    times: np.ndarray = field(repr=False)
    pitches: tuple[str, ...] = PITCHES
    unit: str = "share of the strongest pitch class"


def waveform(samples: np.ndarray, rate: int, points: int = 2000) -> Waveform:
    """Lowest and highest sample of each of `points` stretches of about equal length.

    Parameters
    ----------
    samples : np.ndarray, shape (n,), floating, n >= 1
    rate : int, 1000..384000 [Hz]
    points : int > 0
        Fewer where there are fewer samples.

    Raises
    ------
    InvalidInputError
        Another shape, or a value out of bounds.
    """
    samples = checked_samples(samples, rate)
    if points < 1:
        raise InvalidInputError(f"points must be at least 1. Received: points={points!r}.")
    points = min(points, len(samples))
    edges = np.arange(points + 1) * len(samples) // points
    return Waveform(
        (edges[:-1] + edges[1:] - 1) / (2 * rate),
        np.minimum.reduceat(samples, edges[:-1]),
        np.maximum.reduceat(samples, edges[:-1]),
    )


def harmonic_percussive(
    samples: np.ndarray, rate: int, *, bands: int = 128, sounds: bool = False
) -> HarmonicPercussive:
    """Part a sound in what is steady in time and what is steady in pitch.

    Takes about 40 MB for each minute at 22,050 Hz, and several times that for a moment.

    Parameters
    ----------
    samples, rate, bands : as for `mel_spectrogram`.
    sounds : whether the two parts are wanted as samples, too.

    Raises
    ------
    InvalidInputError
        As for `mel_spectrogram`.

    References
    ----------
    Fitzgerald, "Harmonic/percussive separation using median filtering", 2010.
    """
    import librosa

    samples = checked_samples(samples, rate)
    n_fft = frame_length(rate)
    hop_length = n_fft // 4
    filters = mel_filters(rate, n_fft, bands)
    spectrum = np.concatenate(list(spectra(samples, n_fft, hop_length))).T
    # SciPy's median filter makes nonsense of two frames: they are mirrored here, as it would do
    mirrored = np.pad(np.abs(spectrum), ((0, 0), (_MEDIAN // 2,) * 2), mode="symmetric")
    masks = librosa.decompose.hpss(mirrored, kernel_size=_MEDIAN, mask=True)
    times = frame_times(spectrum.shape[1], hop_length, rate)
    frequencies = mel_frequencies(rate, bands)
    loudest = (filters @ power_of(spectrum)).max()
    images: list[Spectrogram] = []
    parts: list[np.ndarray | None] = []
    for mask in masks:
        part = spectrum * mask[:, _MEDIAN // 2 : -(_MEDIAN // 2)]
        power = filters @ power_of(part)
        images.append(Spectrogram(relative_decibels(power, loudest), times, frequencies, DECIBELS))
        parts.append(
            librosa.istft(part, hop_length=hop_length, n_fft=n_fft, length=len(samples))
            if sounds
            else None
        )
    return HarmonicPercussive(images[0], images[1], parts[0], parts[1])


def chromagram(samples: np.ndarray, rate: int) -> Chromagram:
    """The twelve pitch classes over time, tuned to A4 = 440 Hz.

    Parameters
    ----------
    samples, rate : as for `mel_spectrogram`.

    Raises
    ------
    InvalidInputError
        As for `mel_spectrogram`.
    """
    import librosa

    samples = checked_samples(samples, rate)
    hop_length = frame_length(rate) // 4
    n_fft = _CHROMA_FRAMES * frame_length(rate)
    filters = librosa.filters.chroma(sr=rate, n_fft=n_fft, tuning=0.0)
    parts = [filters @ power_of(spectrum).T for spectrum in spectra(samples, n_fft, hop_length)]
    classes = np.concatenate(parts, axis=1)
    strongest = classes.max(axis=0)
    is_audible = strongest > _SILENT * strongest.max()
    values = np.where(is_audible, classes / np.where(is_audible, strongest, 1), 0)
    return Chromagram(values.astype(np.float32), frame_times(values.shape[1], hop_length, rate))
