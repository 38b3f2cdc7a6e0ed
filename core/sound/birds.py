"""Which birds a recording holds, and when: what BirdNET itself answers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from core import zoo
from core.errors import InvalidInputError
from core.media import Levels, stream_audio
from core.media.source import Source
from core.sound.encoders import BIRD_NETWORK, RATE, WINDOW, run_birdnet, windows_in

_LARGEST = 15.0  # logits beyond count as this much, as in BirdNET's own program


@dataclass(frozen=True, slots=True)
class Detection:
    """A species in a window.

    `time` is where the window begins, in seconds; `scientific` and `common` name the species, a few
    of which are frogs, insects or noises; `confidence` in 0..1 is independent of other species' and
    no probability.
    """

    time: float
    scientific: str
    common: str
    confidence: float


@dataclass(frozen=True, slots=True)
class BirdDetections:
    """The species in a recording: `detections` by time, then the most confident first.

    `times` (W,) float64 are where windows begin, in seconds; each lasts `duration`. `notices` are
    sentences about the recording; `undecided` is why nothing can be told of it, empty if something
    can.
    """

    detections: tuple[Detection, ...]
    times: np.ndarray
    duration: float
    notices: tuple[str, ...] = ()
    undecided: str = ""


def birds_in(audio: Source, *, least: float = 0.1) -> BirdDetections:
    """The species that BirdNET hears in windows of three seconds, every second.

    No list of the species of a place or season narrows them down, as BirdNET's own program can.

    Parameters
    ----------
    least : 0 < float <= 1, the confidence from which on a species is reported.

    Raises
    ------
    InvalidInputError
        If `least` is out of bounds, or `audio` is no sound or one beyond the limits.
    WeightsUnavailableError, MemoryBudgetError

    References
    ----------
    Kahl et al., "BirdNET: A deep learning solution for avian diversity monitoring" (2021),
    https://doi.org/10.1016/j.ecoinf.2021.101236
    """
    if not 0 < least <= 1:
        raise InvalidInputError(f"Expected least in (0, 1]. Received: least={least!r}.")
    levels = Levels()
    blocks = stream_audio(audio, rate=RATE, levels=levels)
    names = species()
    detections: list[Detection] = []
    times: list[float] = []
    for windows in windows_in(blocks):
        outputs = run_birdnet("logits", windows)
        for time, logits in zip(windows.times.tolist(), outputs, strict=True):
            times.append(time)
            confidences = 1 / (1 + np.exp(-np.clip(logits, -_LARGEST, _LARGEST)))
            order = np.argsort(-confidences, kind="stable")
            for i in order[: np.count_nonzero(confidences >= least)]:
                scientific, common = names[i]
                detections.append(Detection(time, scientific, common, float(confidences[i])))
    return BirdDetections(
        tuple(detections), np.array(times), WINDOW / RATE, levels.notices(), levels.undecided()
    )


@cache
def species() -> tuple[tuple[str, str], ...]:
    """Scientific and common names of what BirdNET knows, in the order of its scores.

    Raises
    ------
    WeightsUnavailableError
    """
    path = zoo.companion_path(zoo.network(BIRD_NETWORK))
    pairs = [line.partition("_") for line in path.read_text("utf-8").splitlines() if line]
    return tuple((scientific, common) for scientific, _, common in pairs)
