"""The data sets that findings are measured on, as frozen networks see them."""

from __future__ import annotations

import zipfile
from functools import partial
from pathlib import Path

import numpy as np

from core.recipes.common.command_line import show_progress
from core.recipes.common.files import cache_folder, cached_array
from core.recipes.findings.measuring import VectorSet
from core.sound.encoders import vector_of
from core.sound.transfer.dataset import SoundDataset
from core.text.documents.newsgroups import bare, read_posts
from core.text.encoders import encode
from core.vision.classification import DEFAULT_BACKBONE, embed
from core.vision.transfer import ImageDataset

BACKBONES = ("efficientnet_lite0", "efficientnet_lite1", "efficientnet_lite2")
_POSTS, _LETTERS = 4000, 40


def photo_set(archive: Path, backbones: tuple[str, ...] = (DEFAULT_BACKBONE,)) -> VectorSet:
    """Photos in folders, by one network or by several side by side."""
    dataset = ImageDataset.from_zip(archive)
    photos = [photo.data for photo in dataset.photos]
    blocks = []
    for backbone in backbones:
        show_progress(f"{archive.stem}, {backbone}")
        path = cache_folder("findings") / f"{archive.stem}-{backbone}.npy"
        blocks.append(cached_array(path, partial(embed, photos, backbone=backbone)))
    widths = tuple(block.shape[1] for block in blocks)
    return VectorSet(np.concatenate(blocks, axis=1), dataset.labels, widths)


def photos_of(archive: Path) -> np.ndarray:
    """(N, D) float32: photos without labels."""

    def compute() -> np.ndarray:
        with zipfile.ZipFile(archive) as members:
            names = sorted(name for name in members.namelist() if name.endswith(".jpg"))
            return embed(members.read(name) for name in names)

    show_progress(archive.stem)
    return cached_array(cache_folder("findings") / f"{archive.stem}.npy", compute)


def sound_set(archive: Path) -> VectorSet:
    """Recordings in folders, as BirdNET hears them."""
    dataset = SoundDataset.from_zip(archive)
    show_progress(f"{archive.stem}, BirdNET")
    vectors = cached_array(
        cache_folder("findings") / f"{archive.stem}-birds.npy",
        lambda: np.stack([vector_of(sound.data, ("birds",)) for sound in dataset.sounds]),
    )
    return VectorSet(np.asarray(vectors), dataset.labels, (vectors.shape[1],))


def post_set(path: Path) -> VectorSet:
    """Some of 20 Newsgroups in six categories, without headers, quotes and footers."""
    posts = read_posts(path)
    drawn = np.random.default_rng(0).permutation(len(posts))
    chosen = []
    for place in drawn:
        text = bare(posts[place].text).strip()
        if sum(map(str.isalnum, text)) >= _LETTERS:
            chosen.append((text, posts[place].category))
        if len(chosen) == _POSTS:
            break
    show_progress(f"{len(chosen):,} posts, MiniLM")
    vectors = cached_array(
        cache_folder("findings") / "newsgroups.npy", lambda: encode([text for text, _ in chosen])
    )
    labels = np.array([category for _, category in chosen], np.int64)
    return VectorSet(np.asarray(vectors), labels, (vectors.shape[1],))
