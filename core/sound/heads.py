"""The one layer that learns: from vectors of windows to classes of sounds."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, get_args

import numpy as np

from core.errors import InvalidInputError
from core.learning.logistic_regression import LinearLayer, fit, standardised
from core.learning.penalty_search import best_of, folds_as_parts, search_penalty
from core.sound.encoders import CHANNELS, Source

_MOST_BYTES = 64 << 20
INVERSE_PENALTIES = (0.5, 5.0, 50.0)
"""To choose among, for vectors of about unit length."""


@dataclass(frozen=True, slots=True)
class SoundHead(LinearLayer):
    """A linear classifier of windows, or of whole sounds.

    Attributes
    ----------
    classes : tuple of C str
    sources : the networks whose vectors it takes.
    """

    classes: tuple[str, ...]
    sources: tuple[Source, ...]

    def to_bytes(self) -> bytes:
        """It as a file of plain arrays, which `from_file` reads."""
        buffer = io.BytesIO()
        np.savez(
            buffer,
            weights=self.weights,
            bias=self.bias,
            classes=np.array(self.classes),
            sources=np.array(self.sources),
        )
        return buffer.getvalue()

    @classmethod
    def from_file(cls, path: Path) -> SoundHead:
        """What `to_bytes` has made.

        Raises
        ------
        InvalidInputError
            If it is something else, or its parts do not fit together.
        """
        try:
            with zipfile.ZipFile(path) as archive:
                if sum(member.file_size for member in archive.infolist()) > _MOST_BYTES:
                    raise ValueError
            with np.load(path) as file:
                parts = {name: file[name] for name in ("weights", "bias", "classes", "sources")}
            return cls(**_checked(**parts))
        except (KeyError, ValueError, OSError, EOFError, zlib.error, zipfile.BadZipFile) as err:
            raise InvalidInputError(
                "Expected the file of a classifier of sounds. Received: another, or one that is "
                "damaged; train the classifier again."
            ) from err


def _checked(
    weights: np.ndarray, bias: np.ndarray, classes: np.ndarray, sources: np.ndarray
) -> dict[str, Any]:
    names, networks = tuple(map(str, classes)), tuple(map(str, sources))
    known = tuple(source for source in get_args(Source) if source in networks)
    width = sum(2 * channels for source in known for channels in CHANNELS[source])
    numbers = all(array.dtype == np.float32 for array in (weights, bias))
    if networks != known or not known or not numbers or len(set(names)) != len(names):
        raise ValueError
    if weights.shape != (width, len(names)) or bias.shape != (len(names),):
        raise ValueError
    return {"weights": weights, "bias": bias, "classes": names, "sources": known}


def fit_head(
    vectors: Sequence[np.ndarray],
    labels: np.ndarray,
    classes: Sequence[str],
    sources: Sequence[Source],
    inverse_penalty: float,
) -> SoundHead:
    """Multinomial logistic regression; every source has the same say before it learns.

    Parameters
    ----------
    vectors : (N, D) float32 for each source.
    labels : (N,) int64, positions in `classes`; at least two of them occur.
    inverse_penalty : > 0; see `INVERSE_PENALTIES`.
    """
    x = np.concatenate(vectors, axis=1)
    scaling = standardised(x, [part.shape[1] for part in vectors])
    layer = fit(x, labels, len(classes), inverse_penalty, scaling)
    return SoundHead(layer.weights, layer.bias, tuple(classes), tuple(sources))


def choose_penalty(
    vectors: Sequence[np.ndarray], labels: np.ndarray, classes: Sequence[str], folds: np.ndarray
) -> float:
    """The inverse penalty whose heads find folds that they have not seen most likely.

    Parameters
    ----------
    folds : (N,) int64, at least two different ones.

    Raises
    ------
    InvalidInputError
        If there are fewer.
    """
    scaling_of = partial(standardised, widths=[part.shape[1] for part in vectors])
    *_, attempts = search_penalty(
        np.concatenate(vectors, axis=1),
        labels,
        len(classes),
        INVERSE_PENALTIES,
        folds_as_parts(folds),
        scaling_of,
    )
    return best_of(attempts)
