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
from core.sound.encoders import RATE, SOURCES, Source, WholeSound, Windows, encode, windows_in

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
        """By name in `VECTORS`, (N, D): the clips as wholes."""
        firsts = np.searchsorted(self.owners, np.arange(1, len(self.labels)))
        found = {}
        for name, rows in self.windows.items():
            sources = ("birds",) if name == "birds" else ("photos",)
            found[name] = np.stack([_pooled(clip, sources) for clip in np.split(rows, firsts)])
        return found

    @property
    def classes(self) -> tuple[str, ...]:
        """In alphabetical order."""
        return tuple(np.unique(self.labels).tolist())

    def targets(self, classes: tuple[str, ...] | None = None) -> np.ndarray:
        """(N,) int64, positions in `classes`."""
        return np.searchsorted(np.array(classes or self.classes), self.labels)


def _pooled(windows: np.ndarray, sources: tuple[Source, ...]) -> np.ndarray:
    whole = WholeSound(sources)
    whole.add(windows)
    return whole.vector


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
    heard = {source: _heard(archive, names, source) for source in VECTORS}
    return Clips(
        np.array(labels),
        np.array(folds),
        np.array(sources),
        heard["birds"][0],
        {name: vectors for name, (_, vectors) in heard.items()},
    )


def _hear(windows: Windows, name: str) -> np.ndarray:
    return encode_book_maps(windows) if name == "book" else encode(windows, (name,))


def _fingerprint(name: str) -> str:
    """Changes if the same sound gives other vectors than before."""
    noise = np.random.default_rng(0).normal(0, 0.1, 8 * RATE).astype(np.float32)
    (windows,) = windows_in([np.cumsum(noise) % 1])
    rounded = np.round(_hear(windows, name), 1).astype(np.float16)
    return hashlib.sha256(rounded.tobytes()).hexdigest()[:8]


def _heard(archive: Path, names: list[str], source: str) -> tuple[np.ndarray, np.ndarray]:
    """The clip of each window, and vectors of all windows, from the cache if they are there."""
    path = settings().cache / "recipes" / f"{archive.stem}-{source}-{_fingerprint(source)}.npz"
    if not path.exists():
        owners: list[int] = []
        rows = []
        with zipfile.ZipFile(archive) as file:
            for i, name in enumerate(names):
                sound = decode_audio(file.read(name), rate=RATE)
                for windows in windows_in([sound.samples]):
                    owners += [i] * len(windows.starts)
                    rows.append(_hear(windows, source).astype(np.float16))
                if i % _EVERY == 0:
                    sys.stderr.write(
                        f"\r\033[K{archive.stem}, {source}: heard {i:,} of {len(names):,} clips"
                    )
        sys.stderr.write("\r\033[K")
        path.parent.mkdir(parents=True, exist_ok=True)
        np.savez(path, owners=np.array(owners), vectors=np.concatenate(rows))
    with np.load(path) as file:
        return file["owners"], file["vectors"].astype(np.float32)
