"""A stand-in for whoever keeps classifiers that people have trained: in a folder, by number."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

from core import zoo
from core.errors import UnknownNameError
from core.media import encode_jpeg
from core.sound import saved as sounds
from core.sound.heads import SoundHead
from core.text.tfidf import TermWeights
from core.text.transfer import saved as texts
from core.text.transfer.classifier import TextClassifier
from core.vision.transfer import ImageDataset, train
from core.vision.transfer import saved as photos
from core.vision.transfer.trained_model import TrainedModel

TESTED = zoo.Tested(accuracy=0.975, examples=40, data="Some")


class OwnPhotos(NamedTuple):
    """Photos and what was trained on such."""

    photos: list[bytes]
    model: TrainedModel


class KeptClassifiers:
    """Names that begin with `kept:` stand for what was kept here.

    Attributes
    ----------
    asked : names that somebody wanted to be resolved.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._specs: dict[str, Any] = {}
        self._count = 0
        self.asked: list[str] = []
        zoo.add_source("kept", self._resolve)

    def photos(self, model: TrainedModel, title: str = "Colours") -> str:
        """Keep a classifier of photos; its name."""
        name, path = self._place()
        model.write_archive(path)
        self._specs[name] = photos.network_of(
            name, title, path, backbone="efficientnet_lite0", tested=TESTED
        )
        return name

    def texts(self, model: TextClassifier, title: str = "Stories") -> str:
        """Keep a classifier of texts; its name."""
        name, path = self._place()
        path.write_bytes(model.to_bytes())
        self._specs[name] = texts.network_of(name, title, path, tested=TESTED)
        return name

    def sounds(self, layer: SoundHead, title: str = "Noises") -> str:
        """Keep a classifier of sounds; its name."""
        name, path = self._place()
        path.write_bytes(layer.to_bytes())
        self._specs[name] = sounds.network_of(name, title, path, tested=TESTED)
        return name

    def forget(self, name: str) -> None:
        """Delete a classifier with its file."""
        self._specs.pop(name).weights.path.unlink()

    def _place(self) -> tuple[str, Path]:
        self._count += 1
        return f"kept:{self._count}", self._folder / str(self._count)

    def _resolve(self, name: str) -> Any:
        self.asked.append(name)
        if name not in self._specs:
            raise UnknownNameError("There is no saved classifier of this name.")
        return self._specs[name]


@pytest.fixture(scope="session")
def kept(tmp_path_factory) -> KeptClassifiers:
    """A place that classifiers can be kept in, and named from then on."""
    return KeptClassifiers(tmp_path_factory.mktemp("kept"))


@pytest.fixture(scope="session")
def own_photos() -> OwnPhotos:
    """Noisy pictures of three colours, and a classifier that was trained on some of them."""
    rng = np.random.default_rng(0)
    colours = {"blue": (40, 60, 200), "green": (40, 180, 70), "red": (200, 50, 40)}

    def picture(colour: tuple[int, int, int]) -> bytes:
        noisy = np.array(colour) + rng.normal(0, 30, (100, 120, 3))
        return encode_jpeg(noisy.clip(0, 255).astype(np.uint8))

    dataset = ImageDataset.from_classes(
        {name: [(f"{name}{i}.jpg", picture(c)) for i in range(12)] for name, c in colours.items()}
    )
    *_, last = train(dataset)
    return OwnPhotos([photo.data for photo in dataset.photos[::5]], last.model)


@pytest.fixture(scope="session")
def own_texts() -> TextClassifier:
    """A classifier of texts that knows two words."""
    weights = np.array([[4, -4], [-4, 4]], np.float32)
    terms = TermWeights(("cloud", "wave"), np.ones(2, np.float32))
    return TextClassifier(
        ("sky", "sea"), None, terms, np.empty((0, 2), np.float32), weights, np.zeros(2, np.float32)
    )


@pytest.fixture(scope="session")
def sound_head() -> SoundHead:
    """A layer on BirdNET that was trained on nothing."""
    weights = np.random.default_rng(0).normal(0, 1, (4096, 3)).astype(np.float32)
    return SoundHead(weights, np.zeros(3, np.float32), ("hiss", "hum", "knock"), ("birds",))
