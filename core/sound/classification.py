"""Which of nineteen everyday sounds a recording holds, and when.

A frozen network trained on photos and one trained on birdsong make vectors of windows of three
seconds; one layer on top of them has learned the classes. Nothing here needs TensorFlow once the
networks are compiled.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from core import zoo
from core.errors import InvalidInputError, UnknownNameError
from core.media import Levels, decode_audio, probe_audio, stream_audio
from core.media.source import Source
from core.sound.encoders import (
    LONGEST_WHOLE_S,
    RATE,
    WINDOW,
    WholeSound,
    Windows,
    encode,
    feature_maps,
    windows_in,
)
from core.sound.evidence import Evidence, evidence_of
from core.sound.heads import SoundHead
from core.sound.saved import layer_of

__all__ = [
    "DEFAULT_MODEL",
    "ClassWindows",
    "Evidence",
    "SoundClassification",
    "SoundStep",
    "classify",
    "classify_steps",
    "explain",
    "head",
    "models",
    "score_window",
]

DEFAULT_MODEL = "sounds_birds"
WINDOW_S = WINDOW / RATE


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassWindows:
    """Scores of each window.

    Attributes
    ----------
    times : (W,) float64, where windows begin, in seconds; they overlap.
    duration : float, seconds that each lasts.
    classes : tuple of C str, the columns of `scores`.
    scores : (W, C) float32, rows sum to 1.
    """

    times: np.ndarray
    duration: float
    classes: tuple[str, ...]
    scores: np.ndarray


@dataclass(frozen=True, slots=True, kw_only=True)
class SoundClassification:
    """What a sound is.

    Attributes
    ----------
    labels : tuple of C str, the most probable first.
    scores : (C,) float32, descending; they sum to 1.
    windows : ClassWindows
    seconds : float, how long the sound is; one shorter than a window is repeated to fill it.
    notices : tuple of str, what is odd about the recording, in sentences.
    model : str
    undecided : str, why the scores mean nothing, in a sentence, which is one of the notices: the
        sound is too short or silent. Empty if they do.
    """

    labels: tuple[str, ...]
    scores: np.ndarray
    windows: ClassWindows
    seconds: float
    notices: tuple[str, ...]
    model: str
    undecided: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SoundStep:
    """A snapshot: `result` for what was read so far, and the `share` of the sound that this is,
    None where the file does not say how long it is."""

    share: float | None
    result: SoundClassification


def models() -> dict[str, str]:
    """The shipped classifiers of sounds: their names and titles, the default first."""
    titles = {
        spec.name: spec.title
        for spec in zoo.networks()
        if isinstance(spec, zoo.ShippedSpec) and "sources" in spec.card
    }
    return dict(sorted(titles.items(), key=lambda item: item[0] != DEFAULT_MODEL))


def head(model: str) -> SoundHead:
    """The layer of a shipped classifier, or of one that somebody has saved.

    Raises
    ------
    UnknownNameError, InvalidInputError, WeightsUnavailableError, MemoryBudgetError
    """
    if zoo.is_saved(model):
        return layer_of(model)
    if model not in models():
        raise UnknownNameError.among("model for sounds", model, models())
    spec = zoo.shipped(model)
    weights, bias = _read_arrays(zoo.asset_path(spec, ".head.npz"))
    return SoundHead(weights, bias, tuple(spec.card["classes"]), tuple(spec.card["sources"]))


@cache
def _read_arrays(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Weights and bias of a head."""
    with np.load(path) as file:
        return file["weights"].astype(np.float32), file["bias"].astype(np.float32)


def classify(
    audio: Source, *, model: str = DEFAULT_MODEL, layer: SoundHead | None = None
) -> SoundClassification:
    """What a sound is, from an encoded file of any usual format, rate and number of channels.

    Parameters
    ----------
    model : a key of `models()`, or the name of a saved classifier.
    layer : a layer of one's own in place of a shipped one; then `model` is only a name.

    Raises
    ------
    InvalidInputError
        If it is no sound, or one beyond the limits.
    UnknownNameError, WeightsUnavailableError, MemoryBudgetError
        If there is no such model, or it cannot be had or held here.
    """
    *_, last = classify_steps(audio, model=model, layer=layer)
    return last.result


def classify_steps(
    audio: Source, *, model: str = DEFAULT_MODEL, layer: SoundHead | None = None
) -> Iterator[SoundStep]:
    """As `classify`, with a snapshot every few seconds of sound, in constant memory.

    Only the last one has notices.
    """
    layer = layer or head(model)
    info, levels = probe_audio(audio), Levels()
    blocks: Iterable[np.ndarray]
    blocks = stream_audio(audio, rate=RATE, levels=levels)
    if info.seconds is not None and info.seconds <= LONGEST_WHOLE_S:
        samples = np.concatenate(list(blocks))
        blocks = np.array_split(samples, max(1, len(samples) // (10 * RATE)))
    whole = WholeSound(layer.sources)
    scores, times = [], []
    step: SoundStep | None = None
    for windows in windows_in(blocks):
        vectors = encode(windows, layer.sources)
        whole.add(vectors)
        scores.append(layer.predict(vectors))
        times.append(windows.times)
        end = float(windows.times[-1]) + WINDOW_S
        if step is not None:
            yield step
        step = SoundStep(
            share=None if info.seconds is None else min(1.0, end / max(info.seconds, WINDOW_S)),
            result=SoundClassification(
                **_ranked(layer, whole.vector),
                windows=ClassWindows(
                    times=np.concatenate(times),
                    duration=WINDOW_S,
                    classes=layer.classes,
                    scores=np.concatenate(scores),
                ),
                seconds=min(end, levels.seconds),
                notices=(),
                model=model,
            ),
        )
    if step is None:
        raise InvalidInputError("Expected a sound. Received: one without samples.")
    result = replace(
        step.result,
        seconds=levels.seconds,
        notices=levels.notices(),
        undecided=levels.undecided(),
    )
    yield replace(step, result=result)


def score_window(samples: np.ndarray, layer: SoundHead) -> np.ndarray:
    """(C,) float32: scores of the last three seconds of what a microphone has recorded.

    Parameters
    ----------
    samples : (n,) float32 at `RATE`, n > 0; six seconds are used, and fewer than a window are
        repeated to fill one.
    """
    if not len(samples):
        raise InvalidInputError("Expected samples. Received: none.")
    samples = samples[-2 * WINDOW :]
    if len(samples) < WINDOW:
        samples = np.resize(samples, WINDOW)
    windows = Windows(samples, np.array([len(samples) - WINDOW]))
    return layer.predict(encode(windows, layer.sources))[0]


def explain(
    audio: Source,
    *,
    target: str | None = None,
    model: str = DEFAULT_MODEL,
    layer: SoundHead | None = None,
) -> Evidence:
    """When, and at which frequencies, a sound speaks for a class.

    Parameters
    ----------
    target : one of the classes; None takes the most probable one.
    model, layer : as for `classify`.

    Raises
    ------
    InvalidInputError
        As `classify`; or if there is no such class, or the sound is longer than two minutes.
    """
    layer = layer or head(model)
    info = probe_audio(audio)
    sound = decode_audio(audio, rate=RATE)
    if len(sound.samples) > LONGEST_WHOLE_S * RATE:
        raise InvalidInputError(
            f"Expected at most {LONGEST_WHOLE_S:.0f} s to explain. Received: "
            f"{info.seconds or len(sound.samples) / RATE:.0f} s; cut out the part of interest."
        )
    parts = [
        (windows, feature_maps(windows, layer.sources)) for windows in windows_in([sound.samples])
    ]
    return evidence_of(parts, layer, target)


def _ranked(layer: SoundHead, vector: np.ndarray) -> dict[str, Any]:
    """`labels` and `scores`, the most probable first."""
    scores = layer.predict(vector[None])[0]
    order = np.argsort(-scores, kind="stable")
    return {"labels": tuple(layer.classes[i] for i in order), "scores": scores[order]}
