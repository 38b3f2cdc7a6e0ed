"""What is on a photo, and a photo as a vector, by any image network of the zoo."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from zipfile import ZipFile

import numpy as np

from core.engine import Predictor, predictor
from core.errors import InvalidInputError
from core.learning.novelty import NoveltyDetector, novelty_in
from core.vision.photos import prepare_all
from core.vision.preparation import Region, prepare
from core.zoo import SavedImageNetwork, image_network

DEFAULT_BACKBONE = "efficientnet_lite0"
MOST_CLASSES = 1000
"""As many can be asked for; a network with fewer classes names them all."""
_BATCH = 8


@dataclass(frozen=True, slots=True)
class Classification:
    """What a network says is on a photo.

    Attributes
    ----------
    labels, wnids : tuple of str
        Names of the most probable classes, and their WordNet ids, empty for those of others than
        ImageNet.
    scores : (K,) float32 in [0, 1], descending
        Their softmax probabilities.
    backbone : str
        The network that says so.
    precision : str
        Type its products were computed in, such as `"f32"` or `"bf16"`.
    none_of_these : bool or None
        Whether the photo is too far from what was learned to be of any class; None where nobody
        asked.
    """

    labels: tuple[str, ...]
    wnids: tuple[str, ...]
    scores: np.ndarray
    backbone: str
    precision: str
    none_of_these: bool | None = None


def classify(
    image: bytes,
    *,
    backbone: str = DEFAULT_BACKBONE,
    top_k: int = 5,
    region: Region | None = None,
    none_of_these: float | None = None,
) -> Classification:
    """The most probable classes of a photo: ImageNet's, or those of a saved classifier.

    Parameters
    ----------
    image : an encoded photo; see `core.media.open_image`.
    backbone : a network of the zoo, a TF-Hub URL, the path of a SavedModel folder, or the name of a
        saved classifier.
    top_k : int in 1..1000; of a network with fewer classes, all of them.
    region : the part of the photo that the network sees; None for the largest centred square.
    none_of_these : float in [0, 1) or None
        The share of known photos that one is willing to lose, for a saved classifier to say whether
        a photo is of none of its classes; None does not ask.

    Raises
    ------
    InvalidInputError
        If the photo cannot be used, or the network has no classifier, or cannot say that.
    UnknownNameError, WeightsUnavailableError, MemoryBudgetError
        If there is no such network, or it cannot be had or held here.
    """
    network = classifier(backbone)
    pixels = prepare(image, network.info.input_size, region)
    if none_of_these is None:
        (scores,) = network(pixels[None], "scores")
        return classification(scores[0], network, top_k)
    detector = novelty_detector(backbone)
    if detector is None:
        raise InvalidInputError(
            "Expected a saved classifier that can say “none of these”. Received: "
            f"{image_network(backbone).title}, of which nobody knows how far its photos are; train "
            "a classifier, or don't ask."
        )
    scores, embedding = network(pixels[None], "scores", "embedding")
    answer = classification(scores[0], network, top_k)
    return replace(answer, none_of_these=bool(detector.is_novel(embedding, none_of_these)[0]))


def classify_all(
    images: Iterable[bytes], *, backbone: str = DEFAULT_BACKBONE, top_k: int = 5
) -> Iterator[Classification | InvalidInputError]:
    """`classify` many photos on all cores, in order and in constant memory.

    A photo that cannot be used is handed over as the error that says why.
    """
    network = classifier(backbone)

    def top(scores: np.ndarray) -> Classification:
        return classification(scores, network, top_k)

    yield from _run_all(images, network, "scores", top)


def embed(
    images: Iterable[bytes], *, backbone: str = DEFAULT_BACKBONE, region: Region | None = None
) -> np.ndarray:
    """Photos as vectors: what the network's last layers know of each.

    Parameters
    ----------
    images : encoded photos, any number of them.
    region : the part of each photo that the network sees, as for `classify`.

    Returns
    -------
    (N, D) float32

    Raises
    ------
    InvalidInputError
        If a photo cannot be used; its number is in the message.
    UnknownNameError, WeightsUnavailableError, MemoryBudgetError
        As for `classify`.
    """
    rows: list[np.ndarray] = []
    for row in embed_all(images, backbone=backbone, region=region):
        if isinstance(row, InvalidInputError):
            raise InvalidInputError(f"Photo {len(rows) + 1}: {row}") from row
        rows.append(row)
    if not rows:
        raise InvalidInputError("Expected at least one photo. Received: none.")
    return np.stack(rows)


def embed_all(
    images: Iterable[bytes], *, backbone: str = DEFAULT_BACKBONE, region: Region | None = None
) -> Iterator[np.ndarray | InvalidInputError]:
    """`embed` step by step: (D,) float32 for each photo, or the error that says what is wrong."""
    yield from _run_all(images, predictor(backbone), "embedding", lambda row: row, region)


def map_all(images: Iterable[bytes], *, backbone: str) -> Iterator[np.ndarray | InvalidInputError]:
    """As `embed_all`, the last feature map: (h, w, C) float32 for each photo.

    Raises
    ------
    InvalidInputError
        If the network has none.
    """
    network = predictor(backbone)
    if network.info.features is None:
        raise InvalidInputError(f"Expected a feature map. Received: {network.name} without one.")
    yield from _run_all(images, network, network.info.features, lambda row: row)


def classifier(backbone: str) -> Predictor:
    """The pooled predictor of a network that has classes.

    Raises
    ------
    InvalidInputError
        If it has none.
    """
    network = predictor(backbone)
    if not network.info.classes:
        raise InvalidInputError(
            f"Expected a network with a classifier. Received: {image_network(backbone).title}, "
            "which has features only; it can embed photos and show its layers."
        )
    return network


def novelty_detector(backbone: str) -> NoveltyDetector | None:
    """What says that a photo is of none of the classes; None of a network that can't.

    Raises
    ------
    UnknownNameError
        If there is no such network.
    """
    spec = image_network(backbone)
    return _novelty_in(spec.weights.path) if isinstance(spec, SavedImageNetwork) else None


@lru_cache(maxsize=32)  # some 200 kB each
def _novelty_in(path: Path) -> NoveltyDetector | None:
    with ZipFile(path) as archive:
        return novelty_in(archive)


def classification(scores: np.ndarray, network: Predictor, top_k: int) -> Classification:
    """The `top_k` best of (C,) `scores`."""
    if not 1 <= top_k <= MOST_CLASSES:
        raise InvalidInputError(f"Expected top_k in 1..{MOST_CLASSES}. Received: top_k={top_k}.")
    classes = network.labels
    best = np.argsort(-scores, kind="stable")[:top_k]
    return Classification(
        labels=tuple(classes.names[i] for i in best),
        wnids=tuple(classes.wnids[i] for i in best),
        scores=scores[best],
        backbone=network.name,
        precision=network.precision,
    )


def _run_all(
    images: Iterable[bytes],
    network: Predictor,
    output: str,
    finish: Callable[[np.ndarray], object],
    region: Region | None = None,
) -> Iterator:
    """`finish` of the network's `output` for each photo, in order; errors pass through."""
    batch: list[np.ndarray | InvalidInputError] = []
    for pixels in prepare_all(images, network.info.input_size, region):
        batch.append(pixels)
        if len(batch) == _BATCH:
            yield from _run_batch(batch, network, output, finish)
            batch = []
    yield from _run_batch(batch, network, output, finish)


def _run_batch(
    batch: Sequence[np.ndarray | InvalidInputError],
    network: Predictor,
    output: str,
    finish: Callable[[np.ndarray], object],
) -> Iterator:
    decoded = [pixels for pixels in batch if isinstance(pixels, np.ndarray)]
    rows = iter(network(np.stack(decoded), output)[0]) if decoded else iter(())
    for pixels in batch:
        yield finish(next(rows)) if isinstance(pixels, np.ndarray) else pixels
