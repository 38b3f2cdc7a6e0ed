"""Features of the photo network for the book's three channels: log-mel, its halves, its slope."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from core import engine, zoo
from core.sound.encoders import PHOTO_NETWORK, RANGE_DB, RATE, Windows, photo_of, pooled
from core.sound.mel import decibels, mel_power

_RATE = 22_050
_BANDS = 64


def encode_book_maps(windows: Windows) -> np.ndarray:
    """(W, 2560): as `encode`, of the log-mel spectrogram, the mean of its harmonic and its
    percussive part, and its change in time, in place of one spectrogram three times."""
    network = engine.predictor(PHOTO_NETWORK)
    with ThreadPoolExecutor(engine.machine().cores) as pool:
        pictures = np.stack(list(pool.map(_picture, windows)))
    layer = zoo.image_network(PHOTO_NETWORK).feature_layers[-1]
    return pooled(network(pictures, layer)[0])


def _picture(window: np.ndarray) -> np.ndarray:
    import librosa
    import soxr

    sound = soxr.resample(window, RATE, _RATE)
    power = mel_power(sound, _RATE, bands=_BANDS)
    harmonic, percussive = librosa.decompose.hpss(power)
    level = decibels(power)
    halves = (decibels(harmonic) + decibels(percussive)) / 2
    change = librosa.feature.delta(level)
    change *= RANGE_DB / max(np.ptp(change), 1.0)  # all of its range becomes visible
    return photo_of(np.stack([level, halves, change]))
