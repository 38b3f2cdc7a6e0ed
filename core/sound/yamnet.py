"""Sounds tagged by YAMNet: which of AudioSet's 521 classes there are, and when."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from core import engine
from core.engine.hub.sounds import HOP, RATE, SoundModule, SoundOutputs, span, window_count
from core.media import Source, decode_audio

YAMNET = "https://tfhub.dev/google/yamnet/1"
_AT_ONCE = 120  # windows, a minute: an hour in one piece would take gigabytes


@dataclass(frozen=True, slots=True)
class SoundTags:
    """Tags of each window of 0.96 s.

    Attributes
    ----------
    labels : tuple of str
        Names of the classes, in the order of the scores.
    times : np.ndarray, shape (windows,), float64 [seconds]
        Start of each window: every 0.48 s.
    scores : np.ndarray, shape (windows, classes), float32, 0..1
        Each class has a sigmoid of its own: speech and music may both be there. They
        are no distribution, do not add up to 1, and are not calibrated.
    embeddings : np.ndarray, shape (windows, D), float32
        For transfer learning; YAMNet's are of 1,024 numbers.
    module : str
        What made them: a URL or a folder.
    notices : tuple of str
        What is remarkable about the sound; see `core.media.Sound`.
    undecided : str
        Why nothing can be told of it; empty if something can.
    """

    labels: tuple[str, ...] = field(repr=False)
    times: np.ndarray = field(repr=False)
    scores: np.ndarray = field(repr=False)
    embeddings: np.ndarray = field(repr=False)
    module: str
    notices: tuple[str, ...]
    undecided: str = ""

    def ranked(self) -> tuple[tuple[str, float], ...]:
        """All classes with the mean of their scores over the windows, descending."""
        means = self.scores.mean(axis=0)
        return tuple((self.labels[i], float(means[i])) for i in np.argsort(-means, kind="stable"))


def tag(audio: Source, *, module: str = YAMNET) -> SoundTags:
    """Tag a sound.

    Parameters
    ----------
    audio : an encoded sound of any kind that `core.media.decode_audio` takes, or the path of its
        file; it is mixed into one channel and resampled to 16 kHz.
    module : the URL of a TF-Hub module, or the path of a SavedModel folder, with YAMNet's
        signature.

    Raises
    ------
    InvalidInputError
        It is no sound, or the module is no such module.
    WeightsUnavailableError
        The module is not on this machine, with the command that fetches it.
    UnknownNameError, MemoryBudgetError

    References
    ----------
    https://github.com/tensorflow/models/tree/master/research/audioset/yamnet
    """
    tagger = engine.sound_module(module)
    sound = decode_audio(audio, rate=RATE)
    parts = list(_parts(tagger, sound.samples))
    scores = np.concatenate([part.scores for part in parts])
    embeddings = np.concatenate([part.embeddings for part in parts])
    times = np.arange(len(scores)) * (HOP / RATE)
    return SoundTags(
        tagger.labels, times, scores, embeddings, module, sound.notices, sound.undecided
    )


def _parts(tagger: SoundModule, samples: np.ndarray) -> Iterator[SoundOutputs]:
    """A minute's windows at a time, just those of the whole sound."""
    windows = window_count(len(samples))
    for start in range(0, windows, _AT_ONCE):
        count = min(_AT_ONCE, windows - start)
        part = samples[start * HOP : start * HOP + span(count)]
        outputs = tagger(part)
        yield SoundOutputs(outputs.scores[:count], outputs.embeddings[:count])
