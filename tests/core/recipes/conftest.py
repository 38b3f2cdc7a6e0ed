"""Small data in the layouts of the real sets, and folders that a recipe may write to."""

from __future__ import annotations

import io
import json
import lzma
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from skimage import data

from core import engine, zoo
from core.settings import settings


@dataclass(frozen=True)
class Workspace:
    """Where one recipe reads and writes."""

    data: Path
    assets: Path
    cache: Path

    def card(self, name: str) -> dict[str, Any]:
        """A card of the assets, by its path without `.card.json`."""
        return json.loads((self.assets / f"{name}.card.json").read_text("utf-8"))

    def cached(self) -> dict[str, int]:
        """When each file was written that recipes keep to go on from."""
        folder = self.cache / "recipes"
        return {
            str(path.relative_to(folder)): path.stat().st_mtime_ns
            for path in folder.rglob("*")
            if path.is_file()
        }


@pytest.fixture(scope="module")
def workspace(tmp_path_factory) -> Iterator[Workspace]:
    """Empty folders, and a cache in which only pretrained networks are."""
    root, real = tmp_path_factory.mktemp("recipe"), settings().cache
    folders = Workspace(root / "data", root / "assets", root / "cache")
    for folder in (folders.data, folders.assets, folders.cache / "compiled"):
        folder.mkdir(parents=True)
    for name in ("packages", "downloads", "hub"):
        (folders.cache / name).symlink_to(real / name)
    for network in (real / "compiled").glob("*"):
        (folders.cache / "compiled" / network.name).symlink_to(network)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRAFT_ASSETS", str(folders.assets))
        patch.setenv("GRAFT_CACHE", str(folders.cache))
        _forget_networks()
        yield folders
    _forget_networks()


def _forget_networks() -> None:
    zoo.read_again()
    engine.pool.clear()


@pytest.fixture(scope="session")
def photo() -> Callable[..., bytes]:
    """A function that makes JPEG files of different pieces of photos, of a side in pixels."""
    sources = [data.chelsea(), data.astronaut(), data.coffee()]

    def make(number: int, side: int = 224) -> bytes:
        source = sources[number % len(sources)]
        top, left = 7 * number % (source.shape[0] - side), 11 * number % (source.shape[1] - side)
        file = io.BytesIO()
        Image.fromarray(source[top : top + side, left : left + side]).save(file, "JPEG")
        return file.getvalue()

    return make


@pytest.fixture(scope="session")
def write_lines() -> Callable[[Path, list[str]], None]:
    """A function that writes lines of text, compressed as the data sets are."""

    def write(path: Path, lines: list[str]) -> None:
        path.write_bytes(lzma.compress("".join(f"{line}\n" for line in lines).encode()))

    return write


@pytest.fixture(scope="session")
def topics() -> Callable[[str, int], list[str]]:
    """A function that makes so many sentences out of given words and of words of no meaning."""
    fillers = ["the", "a", "and", "was", "were", "of", "with", "over", "this", "that", "one", "day"]

    def make(words: str, count: int) -> list[str]:
        rng = np.random.default_rng(len(words))
        own = words.split()
        return [
            " ".join([*rng.choice(own, 5), *rng.choice(fillers, 5), f"number {i}"])
            for i in range(count)
        ]

    return make
