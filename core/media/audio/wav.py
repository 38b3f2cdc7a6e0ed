"""Samples written down as a WAV file."""

from __future__ import annotations

import io
import wave

import numpy as np

from core.errors import InvalidInputError
from core.media.audio.limits import check_rate


def encode_wav(samples: np.ndarray, rate: int) -> bytes:
    """Encode samples as a WAV file of 16 bits, for players and downloads.

    Parameters
    ----------
    samples : np.ndarray, shape (n,) or (n, channels), floating
        What is beyond -1..1 is clipped.
    rate : int, 1000..384000 [Hz]

    Raises
    ------
    InvalidInputError
        Another shape or dtype, no samples, some that are not finite, or a rate out of bounds.
    """
    check_rate(rate)
    samples = np.asarray(samples)
    floating = np.issubdtype(samples.dtype, np.floating)
    if not floating or samples.ndim not in (1, 2) or not samples.size:
        raise InvalidInputError(
            "Expected samples of shape (n,) or (n, channels) and a floating dtype. "
            f"Received: shape {samples.shape}, dtype {samples.dtype}."
        )
    if not np.isfinite(samples).all():
        raise InvalidInputError("Expected finite samples. Received: some are NaN or infinite.")
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1 if samples.ndim == 1 else samples.shape[1])
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(np.rint(samples.clip(-1, 1) * 32767).astype("<i2").tobytes())
    return buffer.getvalue()
