"""ESC-10 and a part of UrbanSound8K, and the vectors of every clip by the two networks."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Literal

import numpy as np

from core.media import decode_audio
from core.recipes.common.command_line import show_progress
from core.recipes.common.files import cache_folder
from core.recipes.sounds.book_pictures import encode_book_maps
from core.sound.encoders import RATE, Source, WholeSound, Windows, encode, windows_in

_URBAN = (
    *("air_conditioner", "car_horn", "children_playing", "dog_bark", "drilling"),
    *("engine_idling", "gun_shot", "jackhammer", "siren", "street_music"),
)
Input = Literal["photos", "birds", "book"]
INPUTS: tuple[Input, ...] = ("photos", "birds", "book")
"""`book`: photos again, but shown the book's three channels in place of one spectrogram."""
_EVERY = 25  # clips between two reports of progress


@dataclass(frozen=True)
class Clips:
    """Labelled clips of one data set.

    Attributes
    ----------
    labels : (N,) str
    folds : (N,) int64
    sources : (N,) str, the recording that a clip was cut from.
    owners : (W,) int64, the clip of each window.
    windows : by name in `INPUTS`, (W, D) float32.
    """

    labels: np.ndarray
    folds: np.ndarray
    sources: np.ndarray
    owners: np.ndarray
    windows: dict[Input, np.ndarray]

    @cached_property
    def vectors(self) -> dict[Input, np.ndarray]:
        """By name in `INPUTS`, (N, D): the clips as wholes."""
        firsts = np.searchsorted(self.owners, np.arange(1, len(self.labels)))
        return {
            name: np.stack([_pooled(clip, _source(name)) for clip in np.split(rows, firsts)])
            for name, rows in self.windows.items()
        }

    @property
    def classes(self) -> tuple[str, ...]:
        """In alphabetical order."""
        return tuple(np.unique(self.labels).tolist())

    def targets(self, classes: tuple[str, ...] | None = None) -> np.ndarray:
        """(N,) int64, positions in `classes`."""
        return np.searchsorted(np.array(classes or self.classes), self.labels)


def _source(name: Input) -> Source:
    return "birds" if name == "birds" else "photos"


def _pooled(windows: np.ndarray, source: Source) -> np.ndarray:
    whole = WholeSound((source,))
    whole.add(windows)
    return whole.vector


def read_esc10(archive: Path) -> Clips:
    """Folder = class, first digit of the file's name = fold."""

    def parse(name: str) -> tuple[str, int, str]:
        folder, file = name.split("/")[-2:]
        label = folder.split(" - ")[1].lower().replace(" ", "_")
        return label, int(file[0]), file.rsplit("-", 1)[0]

    return _read(archive, parse)


def read_urbansound8k(archive: Path) -> Clips:
    """`foldF/RECORDING-CLASS-...`."""

    def parse(name: str) -> tuple[str, int, str]:
        folder, file = name.split("/")[-2:]
        recording, label = file.split("-")[:2]
        return _URBAN[int(label)], int(folder.removeprefix("fold")), recording

    return _read(archive, parse)


def _read(archive: Path, parse: Callable[[str], tuple[str, int, str]]) -> Clips:
    """`parse` takes a file's name to label, fold and recording."""
    with zipfile.ZipFile(archive) as file:
        names = sorted(name for name in file.namelist() if name.endswith(".ogg"))
    labels, folds, sources = zip(*map(parse, names), strict=True)
    encoded = {name: _encoded(archive, names, name) for name in INPUTS}
    return Clips(
        np.array(labels),
        np.array(folds),
        np.array(sources),
        encoded["birds"][0],
        {name: vectors for name, (_, vectors) in encoded.items()},
    )


def _encode(windows: Windows, name: Input) -> np.ndarray:
    return encode_book_maps(windows) if name == "book" else encode(windows, (name,))


@cache
def _fingerprint(name: Input) -> str:
    """Changes if the same sound gives other vectors than before."""
    noise = np.random.default_rng(0).normal(0, 0.1, 8 * RATE).astype(np.float32)
    (windows,) = windows_in([np.cumsum(noise) % 1])
    rounded = np.round(_encode(windows, name), 1).astype(np.float16)
    return hashlib.sha256(rounded.tobytes()).hexdigest()[:8]


def _encoded(archive: Path, names: list[str], source: Input) -> tuple[np.ndarray, np.ndarray]:
    """The clip of each window, and vectors of all windows, from the cache if they are there."""
    path = cache_folder() / f"{archive.stem}-{source}-{_fingerprint(source)}.npz"
    if not path.exists():
        owners: list[int] = []
        rows = []
        with zipfile.ZipFile(archive) as file:
            for i, name in enumerate(names):
                sound = decode_audio(file.read(name), rate=RATE)
                for windows in windows_in([sound.samples]):
                    owners += [i] * len(windows.starts)
                    rows.append(_encode(windows, source).astype(np.float16))
                if i % _EVERY == 0:
                    show_progress(
                        f"{archive.stem}, {source}: {i:,} of {len(names):,} clips encoded"
                    )
        show_progress("")
        np.savez(path, owners=np.array(owners), vectors=np.concatenate(rows))
    with np.load(path) as file:
        return file["owners"], file["vectors"].astype(np.float32)
