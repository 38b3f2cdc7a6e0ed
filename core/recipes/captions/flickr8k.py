"""Flickr8k: photos with five captions each, and what an image network makes of them.

References
----------
Hodosh, Young and Hockenmaier, "Framing image description as a ranking task" (2013),
https://doi.org/10.1613/jair.3994
"""

from __future__ import annotations

import io
import lzma
import zipfile
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from core import engine, zoo
from core.errors import InvalidInputError
from core.recipes.common.command_line import show_progress
from core.recipes.common.files import cache_folder
from core.vision.captioning import squashed
from core.zoo.sources import digest

_TWICE = {"2851198725_37b6027625.jpg", "3050606344_af711c726c.jpg"}  # the same picture
_BATCH = 8


@dataclass(frozen=True)
class Photos:
    """Photos of one part.

    Attributes
    ----------
    names : tuple of N str
    captions : tuple of N tuples of str
    maps : (N, F, P, C) float16, a feature map for each of F views of a photo: as it is and, for
        training, mirrored.
    """

    names: tuple[str, ...]
    captions: tuple[tuple[str, ...], ...]
    maps: np.ndarray

    def at(self, rows: np.ndarray) -> Photos:
        """The photos at `rows`."""
        return Photos(
            tuple(self.names[i] for i in rows),
            tuple(self.captions[i] for i in rows),
            self.maps[rows],
        )


def read_photos(data: Path, part: str, network: str, *, mirrored: bool) -> Photos:
    """The photos of `train` or `val`; of the picture that is there twice, none."""
    captions: dict[str, list[str]] = defaultdict(list)
    with lzma.open(data / "flickr8k_captions.tsv.xz", "rt", encoding="utf-8") as file:
        for line in file:
            name, _, caption = line.rstrip("\n").partition("\t")
            captions[name].append(caption)
    with zipfile.ZipFile(data / "flickr8k.zip") as archive:
        members = [
            name
            for name in sorted(archive.namelist())
            if name.startswith(f"{part}/") and name.endswith(".jpg")
        ]
    members = [name for name in members if Path(name).name not in _TWICE]
    names = tuple(Path(name).name for name in members)
    maps = _maps(data / "flickr8k.zip", members, part, network, mirrored)
    return Photos(names, tuple(tuple(captions[name]) for name in names), maps)


def _maps(archive: Path, members: list[str], part: str, network: str, mirrored: bool) -> np.ndarray:
    """(N, F, P, C) float16, from the cache if they are there."""
    weights = digest(zoo.image_network(network).weights)[:8]
    path = cache_folder() / f"flickr8k-{part}-{network}-{weights}.npy"
    if path.exists():
        return np.load(path, mmap_mode="r")
    predictor = engine.predictor(network)
    layer = zoo.image_network(network).feature_layers[-1]
    maps: np.memmap | None = None
    partial = path.with_suffix(".part.npy")
    with zipfile.ZipFile(archive) as file:
        for start in range(0, len(members), _BATCH):
            photos = np.stack(
                [
                    squashed(Image.open(io.BytesIO(file.read(name))), predictor.info.input_size)
                    for name in members[start : start + _BATCH]
                ]
            )
            views = [photos, np.ascontiguousarray(photos[:, :, ::-1])][: 2 if mirrored else 1]
            features = [predictor(view, layer)[0] for view in views]
            flat = np.stack([x.reshape(len(x), -1, x.shape[-1]) for x in features], axis=1)
            if maps is None:
                shape = (len(members), *flat.shape[1:])
                maps = np.lib.format.open_memmap(partial, "w+", np.float16, shape)
            maps[start : start + len(flat)] = flat
            show_progress(f"{part}: {start:,} of {len(members):,} photos encoded")
    show_progress("")
    if maps is None:
        raise InvalidInputError(f"Expected photos in {part}/ of {archive}. Received: none.")
    maps.flush()
    partial.rename(path)
    return np.load(path, mmap_mode="r")
