"""What all decoders of sounds have in common."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

from core.errors import GraftError, InvalidInputError
from core.media.audio.formats import AudioFormat

BLOCK = 1 << 16

# What decoders are seen to raise on damaged files; soundfile's own errors are among them.
DECODER_ERRORS = (
    ArithmeticError,
    EOFError,
    LookupError,
    MemoryError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
)


@dataclass(frozen=True, slots=True)
class OpenedSound:
    """A sound file with its header read.

    Attributes
    ----------
    rate : int [Hz]
    channels : int
    seconds : float > 0, or None where the file does not say
    blocks : Iterator of np.ndarray, shape (channels, n), float32
        All samples in order, some 65,536 of each channel at a time, to be read once; full scale
        is -1..1.
    """

    rate: int
    channels: int
    seconds: float | None
    blocks: Iterator[np.ndarray]


@contextmanager
def damage_explained(form: AudioFormat, *more: type[Exception]) -> Iterator[None]:
    """Turn what a decoder raises on a damaged file, or one of `more`, into InvalidInputError."""
    try:
        yield
    except GraftError:
        raise
    except (*DECODER_ERRORS, *more) as err:
        # the words alone: str(err) names Python's file object
        why = getattr(err, "strerror", None) or getattr(err, "error_string", None) or str(err)
        why = f" ({why.rstrip('.')})" if why else ""
        raise InvalidInputError(
            f"This {form} file is damaged or incomplete{why}; save or upload it again."
        ) from err
