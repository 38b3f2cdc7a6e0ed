"""Several networks on the same photos: what they say, whether they agree, what they cost."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from core.engine import Predictor
from core.engine.predictor import MAX_BATCH
from core.errors import GraftError, InvalidInputError
from core.vision.classification import Classification, classifier, classify_all
from core.vision.photos import prepare
from core.zoo import image_network

_MIN_PASSES = 12
_MIN_SECONDS = 0.4


@dataclass(frozen=True, slots=True)
class Measurement:
    """What a network costs on this machine, measured while nothing else was asked of it.

    Attributes
    ----------
    load_s : float [s]
        To open the compiled form, when the pool last did.
    latency_p50_ms, latency_p95_ms : float [ms]
        Of a forward pass of one photo, already decoded.
    photos_per_s : float
        In full batches, already decoded.
    memory_bytes : int
        What the pool counts it for.
    parameters, multiply_adds : int
        Counted on the graph, for one photo.
    precision : str
        Type the products were computed in.
    """

    load_s: float
    latency_p50_ms: float
    latency_p95_ms: float
    photos_per_s: float
    memory_bytes: int
    parameters: int
    multiply_adds: int
    precision: str


@dataclass(frozen=True, slots=True)
class NetworkResult:
    """One network in a comparison.

    Attributes
    ----------
    backbone : str
    classifications : tuple, parallel to the photos.
    measurement : Measurement or None where the network could not be had.
    error : GraftError or None
        Why not.
    """

    backbone: str
    classifications: tuple[Classification, ...]
    measurement: Measurement | None
    error: GraftError | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """A snapshot of a comparison: the networks that are done, out of `total`."""

    results: tuple[NetworkResult, ...]
    total: int


def compare(
    images: Sequence[bytes], backbones: Sequence[str], *, top_k: int = 5
) -> Iterator[Comparison]:
    """Run each network over all photos and measure it; a snapshot after each network.

    A network whose weights cannot be had does not end the comparison; its result says why.

    Parameters
    ----------
    images : encoded photos, at least one.
    backbones : names of the zoo, TF-Hub URLs or SavedModel folders, at least one.

    Raises
    ------
    InvalidInputError
        If there are no photos or networks, or a photo cannot be used.
    """
    if not images or not backbones:
        raise InvalidInputError(
            "Expected at least one photo and one network. "
            f"Received: {len(images)} photos, {len(backbones)} networks."
        )
    for image in images:
        prepare(image, image_network(backbones[0]).input_size)
    results: list[NetworkResult] = []
    for backbone in backbones:
        try:
            found = predictions(images, backbone, top_k=top_k)
            results.append(NetworkResult(backbone, found, measure(images[0], backbone)))
        except GraftError as err:
            results.append(NetworkResult(backbone, (), None, err))
        yield Comparison(tuple(results), len(backbones))


def predictions(
    images: Sequence[bytes], backbone: str, *, top_k: int = 5
) -> tuple[Classification, ...]:
    """What one network says of each photo.

    Raises
    ------
    GraftError
        If a photo cannot be used, or as for `core.vision.classification.classify`.
    """
    found = tuple(classify_all(images, backbone=backbone, top_k=top_k))
    for result in found:
        if isinstance(result, InvalidInputError):
            raise result
    return found


def measure(image: bytes, backbone: str) -> Measurement:
    """What a network costs on this machine, in about a second.

    Raises
    ------
    GraftError
        As for `core.vision.classification.classify`.
    """
    network = classifier(backbone)
    pixels = prepare(image, network.info.input_size)[None]
    batch = np.repeat(pixels, MAX_BATCH, axis=0)
    latencies = _durations(network, pixels)
    return Measurement(
        load_s=network.load_s,
        latency_p50_ms=float(np.percentile(latencies, 50) * 1e3),
        latency_p95_ms=float(np.percentile(latencies, 95) * 1e3),
        photos_per_s=float(MAX_BATCH / np.median(_durations(network, batch))),
        memory_bytes=network.bytes,
        parameters=image_network(backbone).parameters or network.info.parameters,
        multiply_adds=network.info.multiply_adds,
        precision=network.precision,
    )


def agreement(results: Sequence[NetworkResult]) -> np.ndarray:
    """How often networks agree.

    Parameters
    ----------
    results : networks with as many classifications each.

    Returns
    -------
    (n, n) float64 in [0, 1]: the share of photos whose most probable class is the same.
    """
    best = np.array([[c.wnids[0] for c in result.classifications] for result in results])
    return (best[:, None] == best[None]).mean(axis=-1)


def _durations(network: Predictor, images: np.ndarray) -> np.ndarray:
    """Seconds of each of several passes, after one that does not count."""
    network(images, "scores")
    durations: list[float] = []
    while len(durations) < _MIN_PASSES or sum(durations) < _MIN_SECONDS:
        started = time.perf_counter()
        network(images, "scores")
        durations.append(time.perf_counter() - started)
    return np.array(durations)
