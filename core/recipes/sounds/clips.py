"""ESC-10 and a part of UrbanSound8K, and what the two networks make of every clip."""

from __future__ import annotations

import hashlib
import sys
import zipfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from core.media import decode_audio
from core.recipes.sounds.book_pictures import encode_book_maps
from core.settings import settings
from core.sound.encoders import RATE, SOURCES, encode, windows_in

_URBAN = (
    *("air_conditioner", "car_horn", "children_playing", "dog_bark", "drilling"),
    *("engine_idling", "gun_shot", "jackhammer", "siren", "street_music"),
)
VECTORS = (*SOURCES, "book")
"""`book`: photos again, but shown the book's three channels in place of one spectrogram."""
_EVERY = 25  # clips between two words on how far it is


@dataclass(frozen=True)
class Clips:
    """Labelled clips of one data set.

    Attributes
    ----------
    labels : (N,) str
    folds : (N,) int64
    sources : (N,) str, the recording that a clip was cut from.
    owners : (W,) int64, the clip of each window.
    windows : by name in `VECTORS`, (W, D) float32.
    """

    labels: np.ndarray
    folds: np.ndarray
    sources: np.ndarray
    owners: np.ndarray
    windows: dict[str, np.ndarray]

    @cached_property
    def vectors(self) -> dict[str, np.ndarray]:
        """By name in `VECTORS`, (N, D): the means over the windows of each clip."""
        firsts = np.searchsorted(self.owners, np.arange(len(self.labels)))
        counts = np.bincount(self.owners)[:, None]
        return {name: np.add.reduceat(v, firsts) / counts for name, v in self.windows.items()}

    @property
    def classes(self) -> tuple[str, ...]:
        """In alphabetical order."""
        return tuple(np.unique(self.labels).tolist())

    def targets(self, classes: tuple[str, ...] | None = None) -> np.ndarray:
        """(N,) int64, positions in `classes`."""
        return np.searchsorted(np.array(classes or self.classes), self.labels)


def read_esc10(archive: Path) -> Clips:
    """Folder = class, first digit of the file's name = fold."""

    def told(name: str) -> tuple[str, int, str]:
        folder, file = name.split("/")[-2:]
        label = folder.split(" - ")[1].lower().replace(" ", "_")
        return label, int(file[0]), file.rsplit("-", 1)[0]

    return _read(archive, told)


def read_urbansound8k(archive: Path) -> Clips:
    """`foldF/RECORDING-CLASS-...`."""

    def told(name: str) -> tuple[str, int, str]:
        folder, file = name.split("/")[-2:]
        recording, label = file.split("-")[:2]
        return _URBAN[int(label)], int(folder.removeprefix("fold")), recording

    return _read(archive, told)


def _read(archive: Path, told) -> Clips:
    with zipfile.ZipFile(archive) as file:
        names = sorted(name for name in file.namelist() if name.endswith(".ogg"))
    labels, folds, sources = zip(*map(told, names), strict=True)
    cached = _embedded(archive, names)
    owners = cached.pop("owners")
    return Clips(
        np.array(labels),
        np.array(folds),
        np.array(sources),
        owners,
        {name: array.astype(np.float32) for name, array in cached.items()},
    )


def _fingerprint() -> str:
    """Changes if the same sound gives other vectors than before."""
    noise = np.random.default_rng(0).normal(0, 0.1, RATE).astype(np.float32)
    (windows,) = windows_in([np.cumsum(noise) % 1])
    vectors = [encode(windows), encode_book_maps(windows)]
    rounded = np.round(np.concatenate(vectors, axis=1), 1).astype(np.float16)
    return hashlib.sha256(rounded.tobytes()).hexdigest()[:8]


def _embedded(archive: Path, names: list[str]) -> dict[str, np.ndarray]:
    """Vectors of all windows, from the cache if they are there."""
    path = settings().cache / "recipes" / f"sounds-{archive.stem}-{_fingerprint()}.npz"
    if path.exists():
        with np.load(path) as file:
            return {name: file[name] for name in file.files}
    owners: list[int] = []
    rows: dict[str, list[np.ndarray]] = {name: [] for name in VECTORS}
    with zipfile.ZipFile(archive) as file:
        for i, name in enumerate(names):
            sound = decode_audio(file.read(name), rate=RATE)
            for windows in windows_in([sound.samples]):
                owners += [i] * len(windows.starts)
                for source in SOURCES:
                    rows[source].append(encode(windows, (source,)).astype(np.float16))
                rows["book"].append(encode_book_maps(windows).astype(np.float16))
            if i % _EVERY == 0:
                sys.stderr.write(f"\r\033[K{archive.stem}: heard {i:,} of {len(names):,} clips")
    sys.stderr.write("\r\033[K")
    arrays = {name: np.concatenate(parts) for name, parts in rows.items()}
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez(path, owners=np.array(owners), **arrays)
    return {"owners": np.array(owners), **arrays}
