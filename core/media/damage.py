"""What decoders raise on damaged files, turned into a sentence."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from core.errors import GraftError, InvalidInputError

DECODER_ERRORS: tuple[type[Exception], ...] = (
    *(ArithmeticError, EOFError, LookupError, OSError, RuntimeError, TypeError, ValueError),
)
"""What any of them is seen to raise."""


@contextmanager
def damage_explained(form: str, *more: type[Exception]) -> Iterator[None]:
    """Turn what a decoder raises on a damaged file of a format into an InvalidInputError.

    What the decoder says stays with it as the cause: it is meant for programmers.

    Parameters
    ----------
    more : what this decoder raises beside `DECODER_ERRORS`.
    """
    errors = (*DECODER_ERRORS, *more)
    try:
        yield
    except GraftError:
        raise
    except errors as err:
        raise InvalidInputError(
            f"This {form} file is damaged or incomplete, or of a rare kind; save or upload it "
            "again."
        ) from err
