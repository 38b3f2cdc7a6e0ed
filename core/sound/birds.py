"""Which birds a recording holds, and when: what BirdNET itself answers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from core import zoo
from core.errors import InvalidInputError
from core.media import stream_audio
from core.media.source import Source
from core.sound.encoders import BIRD_NETWORK, RATE, WINDOW, birds_hear, windows_in

_LARGEST = 15.0  # logits beyond count as this much, as in BirdNET's own program


@dataclass(frozen=True, slots=True)
class Detection:
    """A species in a window.

    Attributes
    ----------
    time : float [seconds], where the window begins.
    scientific, common : str, the species by name; a few are frogs, insects or noises.
    confidence : float in 0..1, independent of other species' and no probability.
    """

    time: float
    scientific: str
    common: str
    confidence: float


@dataclass(frozen=True, slots=True, kw_only=True)
class BirdsHeard:
    """What was heard in a recording.

    Attributes
    ----------
    detections : tuple of Detection, by time, then the most confident first.
    times : (W,) float64, where windows begin, in seconds; they overlap.
    duration : float, seconds that each lasts.
    """

    detections: tuple[Detection, ...]
    times: np.ndarray
    duration: float


def birds_in(audio: Source, *, least: float = 0.1) -> BirdsHeard:
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
    blocks = stream_audio(audio, rate=RATE)
    names = species()
    found: list[Detection] = []
    times: list[float] = []
    for windows in windows_in(blocks):
        heard = birds_hear("logits", windows)
        for time, logits in zip(windows.times.tolist(), heard, strict=True):
            times.append(time)
            confidences = 1 / (1 + np.exp(-np.clip(logits, -_LARGEST, _LARGEST)))
            order = np.argsort(-confidences, kind="stable")
            found += [
                Detection(time, *names[i], float(confidences[i]))
                for i in order[: np.count_nonzero(confidences >= least)]
            ]
    return BirdsHeard(detections=tuple(found), times=np.array(times), duration=WINDOW / RATE)


@cache
def species() -> tuple[tuple[str, str], ...]:
    """Scientific and common names of what BirdNET knows, in the order of its scores.

    Raises
    ------
    WeightsUnavailableError
    """
    path = zoo.companion_path(zoo.network(BIRD_NETWORK))
    lines = path.read_text("utf-8").splitlines()
    return tuple(tuple(line.split("_", 1)) for line in lines if line)
