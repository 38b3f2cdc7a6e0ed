"""Reading back what was saved of a training, perhaps by somebody else."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from core.errors import InvalidInputError

T = TypeVar("T")


def checked(read: Callable[[], T]) -> T:
    """What `read` makes of a file, or a sentence.

    Raises
    ------
    InvalidInputError
        If the file has something else than `read` expects.
    """
    try:
        return read()
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, RecursionError) as err:
        raise InvalidInputError(
            "Expected a training that was saved here. This one is damaged, or was saved by a "
            "newer version of this app."
        ) from err
