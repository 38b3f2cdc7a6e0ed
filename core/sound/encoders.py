"""What two pretrained networks make of a sound, window by window.

One was taught on photos and is shown spectrograms; the other, BirdNET, was taught on birdsong and
hears each window twice: as it is, and an octave higher, where most birds sing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Literal

import numpy as np

from core import engine, zoo
from core.sound.mel import decibels, mel_power

Source = Literal["photos", "birds"]

SOURCES: dict[Source, str] = {
    "photos": "EfficientNet-Lite0, taught on photos, on pictures of the log-mel spectrogram",
    "birds": "BirdNET, taught on birdsong, on the sound as it is and an octave higher",
}
"""The two networks, and what each is given."""

PHOTO_NETWORK = "efficientnet_lite0"
BIRD_NETWORK = "birdnet"
RATE = 48_000
WINDOW = 144_000  # samples: what BirdNET hears at once
STEP = 48_000  # samples from one window to the next
HOP = 480  # samples between frames of a spectrogram: 100 a second
LOWEST_HZ, HIGHEST_HZ = 20.0, 16_000.0  # of a spectrogram
RANGE_DB = 80.0  # of a spectrogram that a picture shows


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
            held, offset = held[starts[-1] :], offset + int(starts[-1])
    if start == 0 and len(held):
        yield Windows(np.resize(held, WINDOW), np.zeros(1, np.int64))
    elif len(held) - WINDOW > STEP // 10:
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
    return np.concatenate([pooled(one) for one in maps], axis=1)


def feature_maps(windows: Windows, sources: Sequence[Source] = tuple(SOURCES)) -> list[np.ndarray]:
    """The networks' last feature maps, (W, h, w, channels) float32 each, none negative.

    h goes from high to low frequencies, w with time. The birds' are two: of the sound as it is,
    and an octave higher; that one hears the window twice, so that its halves say the same.
    """
    found = []
    if "photos" in sources:
        network = engine.predictor(PHOTO_NETWORK)
        found.append(network(pictures(windows), network.info.features)[0])
    if "birds" in sources:
        birds = engine.graph(BIRD_NETWORK, "map")
        given = [*windows, *map(octave_higher, windows)]
        with ThreadPoolExecutor(engine.machine().cores, thread_name_prefix="hear") as pool:
            heard = list(pool.map(lambda sound: birds(sound=sound[None])[0], given))
        half = len(heard) // 2
        found += [np.concatenate(heard[:half]), np.concatenate(heard[half:])]
    return found


def pooled(feature_map: np.ndarray) -> np.ndarray:
    """(W, 2 channels): roots, which bring the many small and few large values closer together."""
    mean, largest = feature_map.mean(axis=(1, 2)), feature_map.max(axis=(1, 2))
    return np.sqrt(np.maximum(np.concatenate([mean, largest], axis=1), 0))


def octave_higher(window: np.ndarray) -> np.ndarray:
    """The window at twice its speed, and once more to fill the time."""
    import soxr

    return np.resize(soxr.resample(window, 2, 1), len(window))


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
