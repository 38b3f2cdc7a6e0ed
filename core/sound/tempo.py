"""The pulse of a sound: beats a minute, or that there is none."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from core.sound.spectrograms import checked_samples, frame_length, mel_spectrogram

_SHORTEST_S = 3.0
_ONSET_DB = 1.0  # tones that waver within a frame stay below 0.2 dB, clicks in noise reach 5
_LIKENESS = 0.4  # of noise of 3 s: at most 0.25; of click tracks with noise: 0.65 and more
_FEWEST_BEATS = 4


@dataclass(frozen=True, slots=True)
class Tempo:
    """A pulse.

    Attributes
    ----------
    beats_per_minute : float
        Over half of the sound at a time: the median.
    beat_times : np.ndarray, shape (beats,), float64 [seconds]
    likeness : float, 0.4..1
        How much the onsets resemble themselves one beat and two beats later, the lower of both.
    """

    beats_per_minute: float
    beat_times: np.ndarray = field(repr=False)
    likeness: float


def tempo(samples: np.ndarray, rate: int) -> Tempo | None:
    """The tempo of music, or of anything that ticks; None where no pulse makes sense.

    There is a pulse where four beats or more are found within 3 s or more, an onset raises the
    bands by 1 dB or more in the mean, and the onset strengths correlate by 0.4 or more with
    themselves both one beat and two beats later. A sound that repeats only once, noise, steady
    tones and silence have none.

    Parameters
    ----------
    samples, rate : as for `core.sound.spectrograms.mel_spectrogram`.

    Raises
    ------
    InvalidInputError
        As there.

    References
    ----------
    Ellis, "Beat Tracking by Dynamic Programming", 2007.
    """
    samples = checked_samples(samples, rate)
    if len(samples) < _SHORTEST_S * rate:
        return None
    import librosa

    n_fft = frame_length(rate)
    hop_length = n_fft // 4
    loudness = mel_spectrogram(samples, rate, n_fft=n_fft, hop_length=hop_length).values
    # the silence before the first sample is no onset
    loudness[:, :2] = loudness[:, 2:3]
    onsets = librosa.onset.onset_strength(S=loudness, sr=rate, n_fft=n_fft, hop_length=hop_length)
    if onsets.max() < _ONSET_DB:
        return None
    _, beats = librosa.beat.beat_track(onset_envelope=onsets, sr=rate, hop_length=hop_length)
    if len(beats) < _FEWEST_BEATS:
        return None
    half = len(beats) // 2
    # finer than a frame, and one misplaced beat, often the last, does not count
    period = float(np.median(beats[half:] - beats[:-half]) / half)
    likeness = _likeness(onsets, period)
    if likeness < _LIKENESS:
        return None
    hop_s = hop_length / rate
    return Tempo(60 / (period * hop_s), beats * hop_s, likeness)


def _likeness(onsets: np.ndarray, period: float) -> float:
    """The lower one of the correlations of (frames,) onsets with themselves a beat and two later.

    Beats fall between frames: the best of the frames beside a lag counts.
    """
    import librosa

    onsets = onsets - onsets.mean()
    frames = len(onsets)
    products = librosa.autocorrelate(onsets) / np.arange(frames, 0, -1)
    correlations = []
    for lag in (period, 2 * period):
        near = products[round(lag) - 1 : round(lag) + 2]
        correlations.append(near.max() if near.size else 0.0)
    return float(min(1.0, min(correlations) / products[0]))
