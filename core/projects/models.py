"""Trained classifiers as items of a project, and as networks: `project:ITEM` names one anywhere.

Whoever knows the name may use the classifier, as whoever knows a link may see a project; neither
can be guessed, and the name does not lead to the project.
"""

from __future__ import annotations

import contextlib
import functools
import tempfile
import threading
import time
from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from core import zoo
from core.errors import InvalidInputError, UnknownNameError
from core.learning.card import ModelCard
from core.projects.errors import StorageError, UnknownItemError
from core.projects.items import Content, Item, Kind
from core.projects.project import Project
from core.projects.store import Projects, projects
from core.sound import saved as sounds
from core.sound.heads import SoundHead
from core.sound.transfer.classifier import SoundClassifier
from core.text.transfer import saved as texts
from core.text.transfer.classifier import TextClassifier
from core.vision.transfer import saved as photos
from core.vision.transfer.trained_model import TrainedModel
from core.zoo.saved import SavedSpec

Model = TrainedModel | TextClassifier | SoundClassifier

PREFIX = "project"
KINDS: dict[zoo.Modality, Kind] = {
    "image": "photo-model",
    "text": "text-model",
    "sound": "sound-model",
}
"""The kind of item that a classifier of each modality is."""
MODEL, KERAS, CARD = "model", "keras", "card"
"""The parts of such an item. Of photos there is the Keras file too, if it was written by then;
cards are in the first part, but for sounds."""
_FRESH_S = 1.0  # for so long nobody asks the database again
_MOST_KNOWN = 256


def add(
    project: Project,
    name: str,
    model: Model,
    about: Mapping[str, Any] | None = None,
) -> Item:
    """Save a classifier. What its item holds never changes: another training is another item.

    Parameters
    ----------
    name : what pages call it.
    about : what is to be known of it besides what its card says: `network`, the one that it was
        trained on; `accuracy`, of how many `tested` examples of which `data`.

    Raises
    ------
    GraftError
        As `Project.add`.
    """
    known = {**_from_card(model.card), **(about or {})}
    with tempfile.TemporaryDirectory(prefix="graft-") as scratch:
        return project.add(kind_of(model), name, known, contents(model, Path(scratch)))


def read(project: Project, item: Item) -> Model:
    """The classifier of an item, as training has made it.

    Raises
    ------
    InvalidInputError
        If it is damaged, or needs a module of TF-Hub.
    UnknownItemError, StorageError
        If it is not there, or cannot be read.
    """
    return opened(item.kind, {part: project.path(item, part) for part in item.parts})


def kind_of(model: Model) -> Kind:
    """The kind of item that a classifier is."""
    if isinstance(model, TextClassifier):
        return KINDS["text"]
    return KINDS["sound" if isinstance(model, SoundClassifier) else "image"]


def contents(model: Model, folder: Path) -> dict[str, Content]:
    """The parts that a classifier is kept by; what is large is written into `folder` first."""
    if isinstance(model, TextClassifier):
        return {MODEL: model.to_bytes()}
    if isinstance(model, SoundClassifier):
        layer = model.layer.to_bytes()
        return {MODEL: layer, **({CARD: model.card.to_json().encode()} if model.card else {})}
    path = folder / MODEL
    model.write_archive(path)
    return {MODEL: path} if model.keras_file is None else {MODEL: path, KERAS: model.keras_file}


def opened(kind: Kind, parts: Mapping[str, Path]) -> Model:
    """The classifier whose parts lie there.

    Raises
    ------
    InvalidInputError
        If it is damaged, or needs a module of TF-Hub.
    """
    if MODEL not in parts:
        raise InvalidInputError("Expected a saved classifier. This one has lost its content.")
    path = parts[MODEL]
    if kind == KINDS["text"]:
        return TextClassifier.load(path.read_bytes())
    if kind == KINDS["sound"]:
        card = ModelCard.from_json(parts[CARD].read_bytes()) if CARD in parts else None
        return SoundClassifier(SoundHead.from_file(path), card)
    photos.check(path)
    return TrainedModel.from_archive(path, parts.get(KERAS))


def _from_card(card: ModelCard | None) -> dict[str, Any]:
    """What pages and networks say of a classifier without opening it."""
    if card is None:
        return {}
    known: dict[str, Any] = {"network": card.backbone.name if card.backbone else ""}
    if card.figures is not None:
        figures = card.figures
        known |= {"accuracy": figures.accuracy, "tested": figures.tested, "data": card.data.name}
    return known


def name_of(item: Item) -> str:
    """What the classifier of an item is called wherever a network is named."""
    return f"{PREFIX}:{item.id}"


def networks(project: Project, modality: zoo.Modality) -> list[SavedSpec]:
    """The classifiers of a project that can be used, oldest first.

    Raises
    ------
    UnknownProjectError, StorageError
        If the project is gone, or cannot be read.
    """
    store, specs = projects(), []
    for item in project.items(KINDS[modality]):
        with contextlib.suppress(InvalidInputError, StorageError):  # of its content alone
            specs.append(_known.put(store, _spec_of(store, item)))
    return specs


def network(name: str) -> SavedSpec:
    """The classifier of that name, in whichever project it is.

    Raises
    ------
    UnknownNameError
        If there is none, or none any more.
    InvalidInputError
        If its file is damaged.
    StorageError
        If it cannot be read.
    """
    return _known.get(projects(), name)


class _Known:
    """What was asked for last: a name is resolved many times for one picture."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[Projects, str], tuple[float, SavedSpec]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, store: Projects, name: str) -> SavedSpec:
        key = (store, name)
        with self._lock:
            since, spec = self._kept.get(key, (0.0, None))
        if spec is not None and time.monotonic() < since + _FRESH_S:
            return spec
        try:
            spec = _look_up(store, name)
        except UnknownNameError:
            with self._lock:
                self._kept.pop(key, None)
            raise
        except StorageError:
            if spec is None:
                raise  # else whoever works with it goes on without the database
        return self.put(store, spec)

    def put(self, store: Projects, spec: SavedSpec) -> SavedSpec:
        key = (store, spec.name)
        with self._lock:
            self._kept[key] = time.monotonic(), spec
            self._kept.move_to_end(key)
            while len(self._kept) > _MOST_KNOWN:
                self._kept.popitem(last=False)
        return spec


_known = _Known()


def _look_up(store: Projects, name: str) -> SavedSpec:
    try:
        item = store.find(name.partition(":")[2], *KINDS.values())
    except UnknownItemError as err:
        raise UnknownNameError(
            "There is no saved classifier of this name. It may have been deleted, or the name is "
            "incomplete: copy it from its project."
        ) from err
    return _spec_of(store, item)


def _spec_of(store: Projects, item: Item) -> SavedSpec:
    if MODEL not in item.parts:
        raise InvalidInputError("Expected a saved classifier. This one has lost its content.")
    path = store.blobs.path(item.parts[MODEL].digest)
    return _spec(
        name_of(item), item.kind, item.name, path, _network(item.about), _tested(item.about)
    )


@functools.lru_cache(maxsize=_MOST_KNOWN)
def _spec(
    name: str, kind: Kind, title: str, path: Path, base: str, tested: zoo.Tested | None
) -> SavedSpec:
    if kind == "text-model":
        return texts.network_of(name, title, path, tested=tested)
    if kind == "sound-model":
        return sounds.network_of(name, title, path, tested=tested)
    return photos.network_of(name, title, path, backbone=base, tested=tested)


def _network(about: Mapping[str, Any]) -> str:
    """What somebody wrote, perhaps by hand into a project file."""
    network = about.get("network")
    return network if isinstance(network, str) else ""


def _tested(about: Mapping[str, Any]) -> zoo.Tested | None:
    match about:
        case {"accuracy": float() | int() as share, "tested": int() as count}:
            if 0 <= share <= 1 and count > 0:
                data = about.get("data")
                return zoo.Tested(
                    accuracy=float(share),
                    examples=count,
                    data=data if isinstance(data, str) else "",
                )
    return None


zoo.add_source(PREFIX, network)
