"""None of these: whether an example is unlike all that a classifier was trained on.

Exported classifiers carry this module: nothing but NumPy must be needed to ask it.

References
----------
The score is that of ViM: how far features lie outside the main directions of the training
examples, less the energy of the logits: Wang et al. (2022), https://arxiv.org/abs/2203.10807;
energy: Liu et al. (2020), https://arxiv.org/abs/2010.03759. The threshold is the quantile of split
conformal prediction: Angelopoulos and Bates (2021), https://arxiv.org/abs/2107.07511
"""

from __future__ import annotations

import base64
import json
import math
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from core.errors import InvalidInputError

NOVELTY = "novelty.json"
"""What a detector is called in a file of a classifier."""
DEFAULT_SHARE = 0.05
"""Of known examples that one is willing to lose."""
MOST_EXAMPLES = 1000
"""As many training examples say enough of their directions."""
_FORMAT = "graft novelty 1"
_MOST_BYTES = 64 << 20
# Mean AUROC over 26 pairs of known and unknown photos (sample sets of the lab, held-out classes of
# these, groups of ImageNet samples) by 8, 16, 32, 64, 128 axes: 0.928, 0.930, 0.931, 0.932, 0.928.
# Other scores there, and on the worst of the pairs: largest probability 0.880, 0.23; energy 0.870,
# 0.29; Mahalanobis distance 0.864, 0.44, and 0.904, 0.45 of unit features; relative Mahalanobis
# distance 0.361, 0.00; nearest neighbour of unit features 0.906, 0.53; this one 0.935, 0.73.
_AXES = 32
_FLAT = 1e-9  # of the largest eigenvalue: no direction any more
_ARRAYS = ("origin", "axes", "kernel", "bias", "validation", "tested")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class NoveltyDetector:
    """How far features are from what was learned, and from which distance on that is too far.

    Attributes
    ----------
    origin : (D,) float32
        The features at which all logits are equal, as far as there are such.
    axes : (R, D) float32 with orthonormal rows, the main directions of the training examples.
    weight : float >= 0
        Of the part outside of these, so that its mean is that of the largest logit.
    kernel, bias : (D, C) and (C,) float32, the dense layer that makes logits of features.
    validation : (n,) float32, ascending
        Distances of the known examples that thresholds are chosen by.
    tested : (n,) float32
        Those of known examples that say what it costs, in their order; there may be none.
    share : float in [0, 1)
        Of known examples that one is willing to lose, where nobody says otherwise.
    """

    origin: np.ndarray = field(repr=False)
    axes: np.ndarray = field(repr=False)
    weight: float
    kernel: np.ndarray = field(repr=False)
    bias: np.ndarray = field(repr=False)
    validation: np.ndarray = field(repr=False)
    tested: np.ndarray = field(repr=False)
    share: float = DEFAULT_SHARE

    def distances(self, features: np.ndarray) -> np.ndarray:
        """(N,) float32 of (N, D) features: the larger, the less they are like the known ones."""
        x = np.asarray(features, np.float64)
        logits = x @ self.kernel + self.bias
        highest = logits.max(axis=1)
        energy = highest + np.log(np.exp(logits - highest[:, None]).sum(axis=1))
        outside = _outside(x - self.origin, self.axes)
        return (self.weight * outside - energy).astype(np.float32)

    def threshold(self, share: float | None = None) -> float:
        """The distance beyond which features are of none of the classes.

        Of new known examples, at most `promised_share(share)` are further away on average.

        Raises
        ------
        InvalidInputError
            If `share` is not in [0, 1).
        """
        share = self.share if share is None else share
        if not 0 <= share < 1:
            raise InvalidInputError(
                f"Expected a share of known examples to lose in 0..1, without 1. Received: {share}."
            )
        count = len(self.validation)
        place = math.ceil((count + 1) * (1 - share) - 1e-9)
        return float(self.validation[min(place, count) - 1])

    def promised_share(self, share: float | None = None) -> float:
        """The share of new known examples that are lost on average, at most: n validation examples
        can't promise less than 1 in n + 1."""
        return max(self.share if share is None else share, 1 / (len(self.validation) + 1))

    def is_novel(self, features: np.ndarray, share: float | None = None) -> np.ndarray:
        """(N,) bool of (N, D) features: whether they are beyond the threshold."""
        return self.distances(features) > self.threshold(share)

    def refused(self, distances: np.ndarray, share: float | None = None) -> int:
        """How many of some distances are beyond the threshold."""
        return int((distances > self.threshold(share)).sum())

    def with_tested(self, features: np.ndarray) -> NoveltyDetector:
        """The detector with the (N, D) features of known examples that nothing was chosen by."""
        return replace(self, tested=self.distances(features))

    def to_json(self) -> str:
        """The content of a file."""
        arrays = {name: _packed(getattr(self, name)) for name in _ARRAYS}
        known = {"format": _FORMAT, "share": self.share, "weight": self.weight}
        return json.dumps({**known, "arrays": arrays}, allow_nan=False)

    @classmethod
    def from_json(cls, data: bytes | str) -> NoveltyDetector:
        """What `to_json` has made.

        Raises
        ------
        InvalidInputError
            If it is something else, damaged, or too large.
        """
        try:
            if len(data) > _MOST_BYTES:
                raise ValueError
            stored = json.loads(data)
            if stored["format"] != _FORMAT:
                raise ValueError
            arrays = {name: _array(stored["arrays"][name]) for name in _ARRAYS}
            weight, share = float(stored["weight"]), float(stored["share"])
            detector = cls(weight=weight, share=share, **arrays)
            _check(detector)
        except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as err:
            raise InvalidInputError(
                f"Expected what a classifier knows of its training examples ({NOVELTY}). "
                "Received: something damaged, or of a newer version of Graft."
            ) from err
        return detector


def novelty_in(archive: zipfile.ZipFile) -> NoveltyDetector | None:
    """The detector that `write_novelty` has written, if there is one.

    Raises
    ------
    InvalidInputError
        If it is damaged.
    """
    if NOVELTY not in archive.namelist():
        return None
    return NoveltyDetector.from_json(archive.read(NOVELTY))


def write_novelty(archive: zipfile.ZipFile, novelty: NoveltyDetector | None) -> None:
    """Write a detector into an archive that has none; nothing if there is no detector."""
    if novelty is not None:
        archive.writestr(NOVELTY, novelty.to_json())


def fit_novelty(
    train: np.ndarray, validation: np.ndarray, kernel: np.ndarray, bias: np.ndarray
) -> NoveltyDetector:
    """Learn how far known examples are.

    Parameters
    ----------
    train : (N, D) features of training examples, N >= 2.
    validation : (n, D) features of other known examples, n >= 1.
    kernel, bias : (D, C) and (C,) float32, the dense layer of the classifier.

    Raises
    ------
    InvalidInputError
        If there are too few examples.
    """
    if len(train) < 2 or not len(validation):
        raise InvalidInputError(
            "Expected at least two training examples and one for validation. "
            f"Received: {len(train)} and {len(validation)}."
        )
    x, w, b = (np.asarray(array, np.float64) for array in (train, kernel, bias))
    origin = -np.linalg.pinv(w.T) @ b
    # half as many directions as examples, and fewer than features: all would leave nothing outside
    axes = _main_axes(x - origin, min(_AXES, len(x) // 2, max(1, 3 * x.shape[1] // 4)))
    outside = _outside(x - origin, axes).mean()
    least = np.sqrt(_FLAT) * np.linalg.norm(x - origin, axis=1).mean()
    highest = (x @ w + b).max(axis=1).mean()
    none = np.empty(0, np.float32)
    detector = NoveltyDetector(
        origin=origin.astype(np.float32),
        axes=axes.astype(np.float32),
        weight=max(0.0, float(highest / outside)) if outside > least else 0.0,
        kernel=np.asarray(kernel, np.float32),
        bias=np.asarray(bias, np.float32),
        validation=none,
        tested=none,
    )
    return replace(detector, validation=np.sort(detector.distances(validation)))


def _main_axes(x: np.ndarray, count: int) -> np.ndarray:
    """At most so many rows, the right singular vectors of (N, D) `x` with the largest values."""
    is_wide = x.shape[0] < x.shape[1]
    values, vectors = np.linalg.eigh(x @ x.T if is_wide else x.T @ x)  # five times as quick as SVD
    kept = [i for i in range(len(values) - 1, -1, -1) if values[i] > _FLAT * values[-1]][:count]
    axes = vectors[:, kept].T
    return axes @ x / np.sqrt(values[kept])[:, None] if is_wide else axes


def _outside(x: np.ndarray, axes: np.ndarray) -> np.ndarray:
    """(N,) lengths of the part of (N, D) rows that is orthogonal to all (R, D) axes."""
    inside = x @ axes.T
    return np.sqrt(np.maximum((x**2).sum(axis=1) - (inside**2).sum(axis=1), 0))


def _packed(array: np.ndarray) -> dict[str, Any]:
    data = base64.b64encode(np.ascontiguousarray(array, "<f4").tobytes()).decode()
    return {"shape": array.shape, "data": data}


def _array(packed: Mapping[str, Any]) -> np.ndarray:
    array = np.frombuffer(base64.b64decode(packed["data"]), "<f4").reshape(packed["shape"])
    if not np.isfinite(array).all():
        raise ValueError
    return array


def _check(detector: NoveltyDetector) -> None:
    """ValueError, if parts do not fit together."""
    width, classes = detector.kernel.shape
    if detector.origin.shape != (width,) or detector.bias.shape != (classes,):
        raise ValueError
    if detector.axes.ndim != 2 or detector.axes.shape[1] != width or not classes:
        raise ValueError
    if detector.validation.ndim != 1 or detector.tested.ndim != 1 or not len(detector.validation):
        raise ValueError
    if not (0 <= detector.share < 1 and 0 <= detector.weight < math.inf):
        raise ValueError
