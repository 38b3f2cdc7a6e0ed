"""Several networks on the same photos: what they say, whether they agree, what they cost."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np

from core.engine import Predictor
from core.engine.predictor import MAX_BATCH
from core.errors import GraftError, InvalidInputError
from core.vision.classification import Classification, classifier, classify_all
from core.vision.preparation import prepare
from core.wording import counted
from core.zoo import class_labels, image_network

_ROUNDS = 5
_PASSES, _BATCHES = 8, 3  # at least, of a round
_MIN_SECONDS = 0.1
_STEPS_OF_A_ROUND = 30  # it takes about as long as so many photos


@dataclass(frozen=True, slots=True)
class Measurement:
    """What a network costs on this machine, in the quietest of a few moments: what it can do.

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
    """One network in a comparison; `classifications` are parallel to the photos.

    There is no `measurement` until it is taken, and where the network could not be had; `error`
    says why it could not.
    """

    backbone: str
    classifications: tuple[Classification, ...]
    measurement: Measurement | None = None
    error: GraftError | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """A snapshot: `results` so far, and the `share` in [0, 1] of the work that is done.

    All networks have answered before any is measured.
    """

    results: tuple[NetworkResult, ...]
    share: float


def compare(
    images: Sequence[bytes],
    backbones: Sequence[str],
    *,
    top_k: int = 5,
    known: Mapping[str, Measurement] = MappingProxyType({}),
) -> Iterator[Comparison]:
    """Run each network over all photos, then measure each; a snapshot after each photo.

    A network that cannot be had does not end the comparison; its result says why.

    Parameters
    ----------
    images : encoded photos, at least one.
    backbones : names of the zoo, TF-Hub URLs, SavedModel folders or names of saved classifiers, at
        least one.
    known : measurements that need not be taken again.

    Raises
    ------
    InvalidInputError
        If there are no photos or networks, or a photo cannot be used.
    """
    if not images or not backbones:
        raise InvalidInputError(
            "Expected at least one photo and one network. "
            f"Received: {counted(len(images), 'photo')}, {counted(len(backbones), 'network')}."
        )
    results: list[NetworkResult] = []
    each = len(images) + _ROUNDS * _STEPS_OF_A_ROUND
    steps = len(backbones) * each
    done = 0
    for backbone in backbones:
        answers: list[Classification] = []
        try:
            network = classifier(backbone)
        except GraftError as err:
            results.append(NetworkResult(backbone, (), error=err))
            steps -= each
            continue
        for answer in classify_all(images, backbone=network.name, top_k=top_k):
            if isinstance(answer, InvalidInputError):
                raise answer
            answers.append(answer)
            done += 1
            yield Comparison(tuple(results), done / steps)
        results.append(NetworkResult(backbone, tuple(answers)))
        yield Comparison(tuple(results), done / steps)
    gauges = {
        position: _Gauge(images[0], result.backbone)
        for position, result in enumerate(results)
        if result.error is None and result.backbone not in known
    }
    for _ in range(_ROUNDS):
        for gauge in gauges.values():
            gauge.take_a_round()
            done += _STEPS_OF_A_ROUND
            yield Comparison(tuple(results), done / steps)
    for position, result in enumerate(results):
        if position in gauges:
            results[position] = replace(result, measurement=gauges[position].measurement())
        elif result.error is None:
            results[position] = replace(result, measurement=known[result.backbone])
    yield Comparison(tuple(results), 1.0)


def measure(image: bytes, backbone: str) -> Measurement:
    """What a network costs on this machine, in about a second.

    Raises
    ------
    GraftError
        As for `core.vision.classification.classify`.
    """
    gauge = _Gauge(image, backbone)
    for _ in range(_ROUNDS):
        gauge.take_a_round()
    return gauge.measurement()


class _Gauge:
    """Measures a network in rounds, between which others have theirs.

    Of all rounds the quietest passes in a row count: whatever else the machine does, such as
    drawing the page that asked, then hits all networks alike, and mostly none.
    """

    def __init__(self, image: bytes, backbone: str) -> None:
        self._image = image
        self._backbone = backbone
        self._single: list[np.ndarray] = []
        self._batched: list[np.ndarray] = []

    def take_a_round(self) -> None:
        network = classifier(self._backbone)  # anew each time, so that the pool may evict it
        photo = prepare(self._image, network.info.input_size)[None]
        self._single.append(_durations(network, photo, _PASSES))
        batch = np.repeat(photo, MAX_BATCH, axis=0)
        self._batched.append(_durations(network, batch, _BATCHES))

    def measurement(self) -> Measurement:
        network = classifier(self._backbone)
        latencies = _quietest(self._single, _PASSES)
        return Measurement(
            load_s=network.load_s,
            latency_p50_ms=float(np.percentile(latencies, 50) * 1e3),
            latency_p95_ms=float(np.percentile(latencies, 95) * 1e3),
            photos_per_s=float(MAX_BATCH / np.median(_quietest(self._batched, _BATCHES))),
            memory_bytes=network.bytes,
            parameters=image_network(self._backbone).parameters or network.info.parameters,
            multiply_adds=network.info.multiply_adds,
            precision=network.precision,
        )


def by_classes(results: Sequence[NetworkResult]) -> list[list[NetworkResult]]:
    """Networks that tell the same classes apart side by side, in the order that they come in."""
    groups: dict[frozenset[str], list[NetworkResult]] = {}
    for result in results:
        classes = frozenset(class_labels(image_network(result.backbone)).names)
        groups.setdefault(classes, []).append(result)
    return list(groups.values())


def agreement(results: Sequence[NetworkResult]) -> np.ndarray:
    """How often networks agree.

    Parameters
    ----------
    results : networks of the same classes, with as many classifications each.

    Returns
    -------
    (n, n) float64 in [0, 1]: the share of photos whose most probable class is the same.
    """
    best = np.array([[c.labels[0] for c in result.classifications] for result in results])
    return (best[:, None] == best[None]).mean(axis=-1)


def _quietest(rounds: Sequence[np.ndarray], passes: int) -> np.ndarray:
    """(passes,) seconds: those in a row that took least."""
    windows = [np.lib.stride_tricks.sliding_window_view(r, passes) for r in rounds]
    return min(np.concatenate(windows), key=np.mean)


def _durations(network: Predictor, images: np.ndarray, passes: int) -> np.ndarray:
    """Seconds of each pass, after one that does not count: its caches are cold."""
    network(images, "scores")
    durations: list[float] = []
    while len(durations) < passes or sum(durations) < _MIN_SECONDS:
        started = time.perf_counter()
        network(images, "scores")
        durations.append(time.perf_counter() - started)
    return np.array(durations)
