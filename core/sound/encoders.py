"""Features of a sound by two pretrained networks, window by window.

One was trained on photos and takes spectrograms; the other, BirdNET, was trained on birdsong and
takes each window as it is, and what led to it an octave higher, where most birds sing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache, partial
from typing import Literal

import numpy as np

from core import engine, zoo
from core.media import decode_audio, probe_audio, stream_audio
from core.media.source import Source as AudioFile
from core.sound.mel import decibels, mel_power

Source = Literal["photos", "birds"]

SOURCES: dict[Source, str] = {
    "photos": "EfficientNet-Lite0, pretrained on photos, on pictures of the log-mel spectrogram",
    "birds": "BirdNET, pretrained on birdsong, on the sound as it is and an octave higher",
}
"""The two networks, and their inputs."""

CHANNELS: dict[Source, tuple[int, ...]] = {"photos": (1280,), "birds": (1024, 1024)}
"""Of the feature maps of each source, in the order of `feature_maps`."""

PHOTO_NETWORK = "efficientnet_lite0"
BIRD_NETWORK = "birdnet"
RATE = 48_000
WINDOW = 144_000  # samples: what BirdNET hears at once
STEP = 48_000  # samples from one window to the next
HOP = 480  # samples between frames of a spectrogram: 100 a second
LOWEST_HZ, HIGHEST_HZ = 20.0, 16_000.0  # of a spectrogram
RANGE_DB = 80.0  # of a spectrogram that a picture shows
_AT_ONCE = 4  # windows in a batch: an eighth quicker than one by one
LONGEST_WHOLE_S = 120.0  # longer sounds are never in memory as a whole


@dataclass(frozen=True, slots=True)
class Windows:
    """Windows of three seconds in a part of a sound.

    Attributes
    ----------
    samples : (n,) float32 at `RATE`, n at least `WINDOW`.
    starts : (W,) int64, the first sample of each window.
    offset : int, samples of the sound before this part.
    """

    samples: np.ndarray
    starts: np.ndarray
    offset: int = 0

    @property
    def octave_starts(self) -> np.ndarray:
        """(W,) int64, of the six seconds up to each window's end, as far as they are there."""
        return np.clip(self.starts - WINDOW, 0, max(0, len(self.samples) - 2 * WINDOW))

    @property
    def times(self) -> np.ndarray:
        """(W,) float64, where the windows begin in the sound, in seconds."""
        return (self.offset + self.starts) / RATE

    def __iter__(self) -> Iterator[np.ndarray]:
        """(WINDOW,) float32 each."""
        return (self.samples[start : start + WINDOW] for start in self.starts)


def windows_in(blocks: Iterable[np.ndarray]) -> Iterator[Windows]:
    """A sound's windows, a second apart, as its blocks come in; the last ends where it does.

    Parameters
    ----------
    blocks : (n,) float32 each, at `RATE`; a sound shorter than a window is repeated to fill one.
    """
    held, offset, start = np.empty(0, np.float32), 0, 0
    for block in blocks:
        held = np.concatenate([held, block])
        starts = np.arange(start - offset, len(held) - WINDOW + 1, STEP)
        if len(starts):
            yield Windows(held, starts, offset)
            start = offset + int(starts[-1]) + STEP
            beyond = max(0, start - 2 * WINDOW - offset)  # what no later window looks back to
            held, offset = held[beyond:], offset + beyond
    if start == 0 and len(held):
        yield Windows(np.resize(held, WINDOW), np.zeros(1, np.int64))
    elif offset + len(held) - (start - STEP + WINDOW) > STEP // 10:
        yield Windows(held, np.array([len(held) - WINDOW]), offset)


def encode(windows: Windows, sources: Sequence[Source] = tuple(SOURCES)) -> np.ndarray:
    """Vectors of windows: square roots of means and maxima over the networks' feature maps.

    Returns
    -------
    (W, D) float32, the vectors of the sources side by side, in the order of `SOURCES`.

    Raises
    ------
    WeightsUnavailableError, MemoryBudgetError
    """
    return vectors_of(feature_maps(windows, sources))


def vectors_of(maps: Sequence[np.ndarray]) -> np.ndarray:
    """(W, D) float32, of feature maps as `feature_maps` makes them."""
    return np.concatenate([pooled(feature_map) for feature_map in maps], axis=1)


def feature_maps(windows: Windows, sources: Sequence[Source] = tuple(SOURCES)) -> list[np.ndarray]:
    """The networks' last feature maps, (W, h, w, channels) float32 each, none negative.

    h goes from high to low frequencies, w with time. The birds' are two: of the window as it is,
    and of the six seconds up to its end, an octave higher.
    """
    maps = []
    if "photos" in sources:
        layer = zoo.image_network(PHOTO_NETWORK).feature_layers[-1]
        maps.append(engine.predictor(PHOTO_NETWORK)(pictures(windows), layer)[0])
    if "birds" in sources:
        octave_starts, places = np.unique(windows.octave_starts, return_inverse=True)
        long = (windows.samples[start : start + 2 * WINDOW] for start in octave_starts)
        inputs = [*windows, *(partial(octave_higher, samples) for samples in long)]
        outputs = run_birdnet("map", inputs)
        count = len(windows.starts)
        maps += [outputs[:count], outputs[count:][places]]
    return maps


def run_birdnet(output: str, sounds: Iterable[np.ndarray | Callable[[], np.ndarray]]) -> np.ndarray:
    """An output of BirdNET for windows, a few at a time on every core.

    Parameters
    ----------
    output : of the network, such as `"map"`.
    sounds : (WINDOW,) float32 each, or what makes one, which is then done on all cores too.

    Returns
    -------
    (n, ...) float32
    """
    birds, sounds = engine.graph(BIRD_NETWORK, output), list(sounds)
    cores = engine.machine().cores
    parts = min(len(sounds), cores * -(-len(sounds) // (cores * _AT_ONCE)))

    def run(rows: np.ndarray) -> np.ndarray:
        batch = (sounds[i] for i in rows)
        return birds(sound=np.stack([one() if callable(one) else one for one in batch]))[0]

    with ThreadPoolExecutor(cores, thread_name_prefix="birdnet") as pool:
        outputs = pool.map(run, np.array_split(np.arange(len(sounds)), parts))
        return np.concatenate(list(outputs))


def pooled(feature_map: np.ndarray) -> np.ndarray:
    """(W, 2 channels): roots, which bring the many small and few large values closer together."""
    mean, largest = feature_map.mean(axis=(1, 2)), feature_map.max(axis=(1, 2))
    return np.sqrt(np.maximum(np.concatenate([mean, largest], axis=1), 0))


class WholeSound:
    """The vector of a sound, from those of its windows as they come in.

    It is what `pooled` would make of the windows' maps side by side: means are averaged, of maxima
    the largest counts, so that a short bark is not lost among seconds of silence.
    """

    def __init__(self, sources: tuple[Source, ...]) -> None:
        self._are_means = _are_means(sources)
        self._squares = np.zeros(len(self._are_means), np.float32)
        self._largest = np.zeros(len(self._are_means), np.float32)
        self._count = 0

    def add(self, vectors: np.ndarray) -> None:
        """(W, D) float32, as `encode` makes them."""
        self._squares += np.square(vectors).sum(axis=0)
        self._largest = np.maximum(self._largest, vectors.max(axis=0))
        self._count += len(vectors)

    @property
    def vector(self) -> np.ndarray:
        """(D,) float32"""
        means = np.sqrt(self._squares / self._count)
        return np.where(self._are_means, means, self._largest)


@cache
def _are_means(sources: tuple[Source, ...]) -> np.ndarray:
    """(D,) bool: which of a vector's numbers are roots of means."""
    channels = [n for source in sources for n in CHANNELS[source]]
    return np.concatenate([np.arange(2 * n) < n for n in channels])


def vector_of(audio: AudioFile, sources: tuple[Source, ...]) -> np.ndarray:
    """The vector (D,) float32 of a whole recording, from its encoded bytes.

    Raises
    ------
    InvalidInputError
        If it is no sound, or one beyond the limits.
    WeightsUnavailableError, MemoryBudgetError
    """
    info = probe_audio(audio)
    if info.seconds is not None and info.seconds <= LONGEST_WHOLE_S:
        blocks: Iterable[np.ndarray] = [decode_audio(audio, rate=RATE).samples]
    else:
        blocks = stream_audio(audio, rate=RATE)
    whole = WholeSound(sources)
    for windows in windows_in(blocks):
        whole.add(encode(windows, sources))
    return whole.vector


def octave_higher(samples: np.ndarray) -> np.ndarray:
    """A sound at twice its speed, again and again until it fills a window."""
    import soxr

    return np.resize(soxr.resample(samples, 2, 1), WINDOW)


def pictures(windows: Windows) -> np.ndarray:
    """Log-mel spectrograms as photos: (W, S, S, 3) uint8, high frequencies at the top."""
    level, frames = levels_of(windows.samples), WINDOW // HOP
    firsts = windows.starts // HOP
    return np.stack([photo_of(level[None, :, first : first + frames]) for first in firsts])


def levels_of(samples: np.ndarray) -> np.ndarray:
    """(128, 1 + n // HOP) float32 dB: what pictures show of (n,) samples, low frequencies first.

    Bands lie evenly on Slaney's mel scale between `LOWEST_HZ` and `HIGHEST_HZ`.
    """
    return decibels(
        mel_power(samples, RATE, hop_length=HOP, lowest_hz=LOWEST_HZ, highest_hz=HIGHEST_HZ)
    )


def photo_of(levels: np.ndarray) -> np.ndarray:
    """(S, S, 3) uint8 of one or three (bands, frames) arrays in dB, up to 80 below the loudest."""
    from PIL import Image

    size = zoo.image_network(PHOTO_NETWORK).input_size
    planes = []
    for level in levels:
        grey = np.clip((level - level.max()) / RANGE_DB + 1, 0, 1)
        image = Image.fromarray(np.uint8(255 * grey[::-1]))
        planes.append(np.asarray(image.resize((size, size), Image.Resampling.BICUBIC)))
    return np.stack(planes if len(planes) == 3 else planes * 3, axis=-1)
