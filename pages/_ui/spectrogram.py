"""Sounds as pictures of time and frequency, as the photo network is shown them."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass

import numpy as np
from PIL import Image

from core.media import decode_audio
from core.sound.encoders import HIGHEST_HZ, HOP, LOWEST_HZ, RANGE_DB, RATE, WINDOW, levels_of
from core.sound.evidence import Evidence

_MOST_COLUMNS = 1_600  # of a picture that is sent to a page
_TICKS_HZ = (100, 500, 1_000, 2_000, 4_000, 8_000)
FOR, AGAINST = (47, 158, 88), (217, 130, 43)


@dataclass(frozen=True, slots=True)
class Spectrogram:
    """A log-mel spectrogram.

    Attributes
    ----------
    shares : (bands, frames) uint8, from 0 for 80 dB below the loudest; high frequencies first.
    seconds : float, how long it is; a short sound comes again until it fills a window.
    """

    shares: np.ndarray
    seconds: float


def spectrogram(audio: bytes) -> Spectrogram:
    """Of an encoded sound, a short one repeated as networks hear it.

    Raises
    ------
    InvalidInputError
        As `core.media.decode_audio`.
    """
    return of_samples(decode_audio(audio, rate=RATE).samples)


def of_samples(samples: np.ndarray) -> Spectrogram:
    """Of (n,) float32 at 48 kHz, n > 0."""
    if len(samples) < WINDOW:
        samples = np.resize(samples, WINDOW)
    level = levels_of(samples)[::-1, : len(samples) // HOP]
    shares = np.clip((level - level.max()) / RANGE_DB + 1, 0, 1)
    return Spectrogram((255 * shares).astype(np.uint8), len(samples) / RATE)


def picture(spectrogram: Spectrogram) -> np.ndarray:
    """(bands, T, 3) uint8: the louder, the brighter."""
    return narrowed(np.repeat(spectrogram.shares[..., None], 3, axis=2))


def narrowed(pixels: np.ndarray) -> np.ndarray:
    """(H, W, 3) uint8 with at most 1,600 columns, by their maxima."""
    if pixels.shape[1] <= _MOST_COLUMNS:
        return pixels
    starts = np.linspace(0, pixels.shape[1], _MOST_COLUMNS, endpoint=False).astype(int)
    return np.maximum.reduceat(pixels, starts, axis=1)


def evidence_layer(evidence: Evidence, size: tuple[int, int]) -> Image.Image:
    """A translucent picture to lay over: green for what speaks for the class, orange against.

    Parameters
    ----------
    size : width and height in pixels.
    """
    share = evidence.values / max(float(np.abs(evidence.values).max()), 1e-12)
    small = Image.fromarray(np.float32(share), "F")
    large = np.asarray(small.resize(size, Image.Resampling.BICUBIC))
    colour = np.where((large > 0)[..., None], FOR, AGAINST)
    opacity = np.clip(np.abs(large), 0, 1)[..., None] ** 0.7 * 150
    return Image.fromarray(np.uint8(np.concatenate([colour, opacity], axis=2)), "RGBA")


def with_evidence(spectrogram: Spectrogram, evidence: Evidence) -> np.ndarray:
    """(H, W, 3) uint8: the spectrogram with the map laid over it."""
    below = Image.fromarray(picture(spectrogram)).resize((960, 384), Image.Resampling.BICUBIC)
    below.paste(layer := evidence_layer(evidence, below.size), (0, 0), layer)
    return np.asarray(below)


def data_url(image: np.ndarray | Image.Image) -> str:
    """A picture for a component."""
    if not isinstance(image, Image.Image):
        image = Image.fromarray(image)
    buffer = io.BytesIO()
    image.save(buffer, "PNG", compress_level=1)
    return f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}"


def ticks() -> list[tuple[float, str]]:
    """Where frequencies lie, as shares of the height from the top, and what to write there."""
    low, high = _mel(LOWEST_HZ), _mel(HIGHEST_HZ)
    return [(1 - (_mel(hz) - low) / (high - low), f"{hz:,} Hz") for hz in _TICKS_HZ]


def _mel(hz: float) -> float:
    """Slaney's scale: linear up to 1,000 Hz, logarithmic beyond."""
    return 3 * hz / 200 if hz < 1_000 else 15 + 27 * np.log(hz / 1_000) / np.log(6.4)
