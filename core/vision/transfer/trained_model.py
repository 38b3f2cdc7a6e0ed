"""A classifier that a visitor has trained: used, explained, taken home, opened again."""

from __future__ import annotations

import itertools
import json
import os
import shutil
import sys
import tempfile
import threading
import weakref
import zipfile
from collections.abc import Callable, Collection, Generator, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Self

import numpy as np

from core.engine import (
    FORM,
    CompiledForm,
    NetworkKey,
    Predictor,
    pool,
    pooled,
    run_in_process,
)
from core.engine.predictor import memory_cost
from core.errors import InvalidInputError
from core.learning.card import CARD, ModelCard, write_card
from core.learning.carried_source import carry
from core.learning.export import ExportCheck, check_export
from core.learning.novelty import NoveltyDetector, novelty_in, write_novelty
from core.vision.explanation import ClassMap, Method, class_map
from core.vision.photos import batches, prepare_all
from core.vision.transfer import exported
from core.vision.transfer.checkpoint import Checkpoint
from core.vision.transfer.export_forms import EXPORT_FORMS
from core.vision.transfer.keras_file import LABELS, copy_checked, refusal
from core.vision.transfer.loader_scripts import DETECTION, PACKAGE, PREPARATION, loader_script
from core.zoo import ClassLabels
from core.zoo.spec import ImageNetworkSpec

TRAINED = "trained classifier"
"""What such classifiers are called in the pool, with a number."""
_KEPT = (*FORM, LABELS, exported.HEAD)


class TrainedModel:
    """A classifier for the classes of a data set. It needs no TensorFlow to predict.

    Attributes
    ----------
    classes : tuple of str
    labels : the same as ClassLabels, without WordNet ids.
    input_size : int [px]
    card : ModelCard or None, of a file without one.
    novelty : NoveltyDetector or None, of a file without one; says of photos that they show none of
        the classes.
    """

    def __init__(
        self,
        folder: Path,
        card: ModelCard | None = None,
        novelty: NoveltyDetector | None = None,
    ) -> None:
        self._folder = folder
        self.card = card
        self.novelty = novelty
        _ALL.add(self)
        self._cleanup = weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        self.classes: tuple[str, ...] = tuple(json.loads((folder / LABELS).read_text("utf-8")))
        self.labels = ClassLabels(("",) * len(self.classes), self.classes)
        self._form = CompiledForm(folder / "form")
        self.input_size = self._form.info.input_size
        self._opened: Predictor | None = None
        self._key = NetworkKey(f"{TRAINED} {next(_numbers)}", None, "f32")
        weakref.finalize(self, _evict, self._key).atexit = False

    def __reduce__(self) -> tuple:
        """Hand the files over to whoever unpickles it: from then on it is theirs to remove.

        What is opened of them stays open here, since they may be gone at any moment.
        """
        self._opened = self.predictor
        self._cleanup.detach()
        return _reopened, (self._folder, self.card, self.novelty)

    @property
    def predictor(self) -> Predictor:
        """The compiled network, in f32, with a linear head, so that it can be explained.

        It is in the pool with all others, and opened again where it had to go.

        Raises
        ------
        MemoryBudgetError
        """

        def load(reserve: Callable[[int], None]) -> Predictor:
            reserve(memory_cost(self._form.info))
            return Predictor(self._key.name, self._form, labels=self.labels, precision="f32")

        return self._opened or pooled(Predictor, self._key, load)

    @classmethod
    def from_checkpoint(cls, checkpoint: Checkpoint) -> TrainedModel:
        """Make a classifier of weights: in a few seconds by Keras, at once of a frozen backbone."""
        with exported.new_folder() as folder:
            if checkpoint.backbone is not None:
                (kernel, bias), hidden = checkpoint.weights["predictions"], checkpoint.hidden
                network, classes = checkpoint.backbone, checkpoint.classes
                exported.write_head(network, kernel, bias, classes, folder, hidden=hidden)
                return cls(folder)
            model = checkpoint.assemble()
            for name, weights in checkpoint.weights.items():
                model.get_layer(name).set_weights(weights)
            exported.write_model(model, checkpoint.classes, folder)
            return cls(folder)

    @classmethod
    def on_backbone(
        cls,
        backbone: ImageNetworkSpec,
        kernel: np.ndarray,
        bias: np.ndarray,
        classes: tuple[str, ...],
        changes: Mapping[str, np.ndarray],
    ) -> TrainedModel:
        """Make a classifier of a dense layer on a network of which some kernels were changed.

        Parameters
        ----------
        kernel, bias, changes : as for `core.engine.write_with_dense_head`.
        """
        with exported.new_folder() as folder:
            exported.write_head(backbone, kernel, bias, classes, folder, changes)
            return cls(folder)

    @classmethod
    def load(cls, archive: bytes) -> TrainedModel:
        """Open an exported `.keras` file, in a process of its own and in Keras's safe mode.

        Raises
        ------
        InvalidInputError
            If it is not a file that `export` wrote, or asks for code of its own to be run.
        """
        (model,) = (step for step in cls.loading(archive) if step is not None)
        return model

    @classmethod
    def loading(cls, archive: bytes) -> Iterator[TrainedModel | None]:
        """`load` for those who may want to leave: None several times a second, then the model."""
        with exported.new_folder() as folder:
            original = folder / "original.keras"
            classes, card, novelty = copy_checked(archive, original)
            yield None
            try:
                yield from _nothing(
                    run_in_process(exported.reopen, original, classes, folder, background=False)
                )
            except RuntimeError as err:
                raise refusal("The process that opened it has ended without a word.") from err
            original.unlink()
            model = cls(folder, card, novelty)
        yield model

    @classmethod
    def from_archive(
        cls, archive: Path | IO[bytes], keras_file: Path | None = None
    ) -> TrainedModel:
        """Open what `write_archive` has written, at once and without TensorFlow.

        Parameters
        ----------
        keras_file : that of the same classifier, if there is one.
        """
        with exported.new_folder() as folder:
            (folder / "form").mkdir()
            with zipfile.ZipFile(archive) as opened:
                names = set(opened.namelist())
                for name in names & set(_KEPT):
                    path = folder / ("form" if name in FORM else "") / name
                    path.write_bytes(opened.read(name))
                card = ModelCard.from_json(opened.read(CARD)) if CARD in names else None
                novelty = novelty_in(opened)
            if keras_file is not None:
                shutil.copyfile(keras_file, folder / exported.KERAS)
            return cls(folder, card, novelty)

    def write_archive(self, path: Path) -> None:
        """Write what it is kept by into one ZIP file: its compiled form, not packed, labels, card,
        novelty detector and, of a frozen backbone, the dense layer that the Keras file can be
        written from."""
        with zipfile.ZipFile(path, "w") as archive:
            for name in _KEPT:
                part = self._folder / ("form" if name in FORM else "") / name
                if part.exists():
                    archive.write(part, name)
            if self.card is not None:
                archive.writestr(CARD, self.card.to_json())
            write_novelty(archive, self.novelty)

    @property
    def keras_file(self) -> Path | None:
        """The Keras file, if it was written by now; it goes with this object."""
        path = self._folder / exported.KERAS
        return path if path.exists() else None

    def with_card(self, card: ModelCard) -> Self:
        """This classifier, with that card from now on."""
        self.card = card
        return self

    def with_novelty(self, novelty: NoveltyDetector | None) -> Self:
        """This classifier, with that novelty detector from now on."""
        self.novelty = novelty
        return self

    def predict(self, images: Sequence[bytes]) -> np.ndarray:
        """Softmax probabilities.

        Parameters
        ----------
        images : encoded photos.

        Returns
        -------
        (N, classes) float32, columns as in `classes`.

        Raises
        ------
        InvalidInputError
            If a photo cannot be used.
        """
        rows = [scores for scores, _ in self.outputs(images)]
        return np.concatenate(rows) if rows else np.empty((0, len(self.classes)), np.float32)

    def outputs(self, images: Sequence[bytes]) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Softmax probabilities (n, classes) and embeddings (n, D), float32, some photos at a time.

        Raises
        ------
        InvalidInputError
            If a photo cannot be used.
        """
        for pixels in batches(prepare_all(images, self.input_size)):
            scores, embeddings = self.predictor(pixels, "scores", "embedding")
            yield scores, embeddings

    def explain(self, image: bytes, *, target: str | None = None) -> ClassMap:
        """Where on a photo a class is seen: by class activation map, on a module by occlusion.

        Parameters
        ----------
        target : one of `classes`; None takes the most probable one.

        Raises
        ------
        InvalidInputError
            If the photo cannot be used, or there is no such class.
        """
        method: Method = "occlusion" if self._form.info.features is None else "cam"
        return class_map(self.predictor, image, target, method)

    @property
    def formats(self) -> tuple[str, ...]:
        """Suffixes of the files that it can be exported as: on a TF-Hub module, OpenVINO's alone,
        since Keras cannot write what such a module computes."""
        return exported.formats(self._folder)

    def export(
        self,
        path: str | os.PathLike[str],
        card: ModelCard | None = None,
        novelty: NoveltyDetector | None = None,
    ) -> None:
        """Write the classifier, preprocessing, labels, card and novelty detector inside.

        Parameters
        ----------
        path : ends in `.keras` (Keras 3), `.zip` (an OpenVINO graph with its labels, and the
            script that `python PATH PHOTO` runs), `.tflite` (LiteRT, one photo at a time) or
            `.onnx`. All take RGB photos of 0..255, of `input_size` x `input_size` pixels.
        card, novelty : in place of its own.

        Raises
        ------
        InvalidInputError
            If it ends in something else, or a package is missing that writes such a file.
        """
        path = Path(path)
        if path.suffix not in self.formats:
            *others, last = self.formats
            named = f"{', '.join(others)} or {last}" if others else last
            raise InvalidInputError(f"Expected a path to {named}. Received: {path}.")
        for _ in self._writing(path.suffix):
            pass
        with exported.begin(self._folder, path) as archive:
            _write_besides(archive, card or self.card, novelty or self.novelty)

    def checking(
        self, images: Sequence[bytes], suffixes: Collection[str] | None = None
    ) -> Iterator[ExportCheck | None]:
        """Run exports of this classifier on photos, each by its script and library alone.

        Parameters
        ----------
        suffixes : of the files that `export` writes, which are to be checked; None for all.

        Yields
        ------
        None several times a second, then an ExportCheck.

        Raises
        ------
        InvalidInputError
            If a photo cannot be used, or there is none; as `export`.
        """
        if not images:
            raise InvalidInputError("Expected at least one photo to check with. Received: none.")
        suffixes = self.formats if suffixes is None else suffixes
        files = {EXPORT_FORMS[suffix].script: f"model{suffix}" for suffix in suffixes}

        def write(folder: Path) -> None:
            for script, file_name in files.items():
                self.export(folder / file_name)
                (folder / script).write_text(loader_script(file_name), "utf-8")

        for suffix in suffixes:
            yield from self._writing(suffix)
        yield from check_export(write, list(files), images, self.classes, self.predict(images))

    def _writing(self, suffix: str) -> Iterator[None]:
        """See to it that `exported.begin` can; None several times a second until it can."""
        EXPORT_FORMS[suffix].check_packages()
        if suffix != exported.OPENVINO and not (self._folder / f"model{suffix}").exists():
            work = run_in_process(exported.write_file, self._folder, suffix, background=False)
            yield from _nothing(work)


_numbers = itertools.count(1)
_ALL: weakref.WeakSet[TrainedModel] = weakref.WeakSet()
_OPEN: weakref.WeakValueDictionary[Path, TrainedModel] = weakref.WeakValueDictionary()


def _write_besides(
    archive: zipfile.ZipFile, card: ModelCard | None, novelty: NoveltyDetector | None
) -> None:
    """What every exported file carries besides the network and its labels."""
    carry(archive, PREPARATION, PACKAGE)
    carry(archive, DETECTION, PACKAGE)
    write_card(archive, card)
    write_novelty(archive, novelty)


def _reopened(
    folder: Path, card: ModelCard | None, novelty: NoveltyDetector | None
) -> TrainedModel:
    """The classifier of a folder, the same one each time that it arrives, with the latest of what
    is known of it."""
    model = _OPEN.get(folder)
    if model is None:
        # out of the other process's temporary folder, which goes with it
        moved = Path(shutil.move(folder, tempfile.gettempdir()))
        model = _OPEN[folder] = TrainedModel(moved)
    model.card, model.novelty = card, novelty
    return model


def _evict(key: NetworkKey) -> None:
    # Objects go at any moment, perhaps while this thread is at work in the pool. The other one is
    # waited for at the end: one that is ended within OpenVINO takes the process along.
    if not sys.is_finalizing():
        threading.Thread(target=pool.evict, args=(key,), name="evict").start()


def remove_files() -> None:
    """Remove the files of all classifiers, for a process that a signal will end."""
    for model in list(_ALL):
        model._cleanup()


def _nothing(steps: Iterator[object]) -> Iterator[None]:
    """None in place of each step. Ends `steps` when it is left."""
    try:
        for _ in steps:
            yield None
    finally:
        if isinstance(steps, Generator):
            steps.close()
