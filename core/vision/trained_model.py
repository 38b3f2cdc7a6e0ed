"""A classifier that a visitor has trained: used, explained, taken home, opened again."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import weakref
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from core.engine import CompiledForm, Predictor
from core.errors import InvalidInputError
from core.vision.photos import batches, prepare_all
from core.zoo.spec import HubModule, ImageNetworkSpec, Preprocessing

_LABELS = "labels.json"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Weights of a classifier in training.

    Attributes
    ----------
    classes : tuple of str
    assemble : makes the Keras network, from RGB pixels to the softmax, with starting weights.
    weights : by layer name, the arrays that have changed since.
    """

    classes: tuple[str, ...]
    assemble: Callable[[], Any] = field(repr=False)
    weights: dict[str, list[np.ndarray]] = field(repr=False)


class TrainedModel:
    """A classifier for the classes of a data set. It needs no TensorFlow to predict.

    Attributes
    ----------
    classes : tuple of str
    input_size : int [px]
    predictor : Predictor
        The compiled network, in f32, with a linear head, so that it can be explained.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        self.classes: tuple[str, ...] = tuple(json.loads((folder / _LABELS).read_text("utf-8")))
        self.predictor = Predictor("trained", CompiledForm(folder / "form"), precision="f32")
        self.input_size = self.predictor.info.input_size

    @classmethod
    def from_checkpoint(cls, checkpoint: Checkpoint) -> TrainedModel:
        """Make a classifier of weights, in a few seconds."""
        model = checkpoint.assemble()
        for name, weights in checkpoint.weights.items():
            model.get_layer(name).set_weights(weights)
        folder = Path(tempfile.mkdtemp(prefix="graft-"))
        write_model(model, checkpoint.classes, folder)
        return cls(folder)

    @classmethod
    def load(cls, archive: bytes) -> TrainedModel:
        """Open an exported `.keras` file, in a process of its own and in Keras's safe mode.

        Raises
        ------
        InvalidInputError
            If it is not a file that `export` wrote, or asks for code of its own to be run.
        """
        folder = Path(tempfile.mkdtemp(prefix="graft-"))
        given = folder / "given.keras"
        given.write_bytes(archive)
        done = _in_clean_process("open", str(given), str(folder))
        if done.returncode != 0:
            shutil.rmtree(folder, ignore_errors=True)
            reason = (done.stderr.strip().splitlines() or ["no reason"])[-1]
            raise InvalidInputError(
                "Expected a .keras file that was exported here. It could not be opened: "
                f"{reason[:300]}"
            )
        given.unlink()
        return cls(folder)

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
        prepared = batches(prepare_all(images, self.input_size))
        rows = [self.predictor(pixels, "scores")[0] for pixels in prepared]
        return np.concatenate(rows) if rows else np.empty((0, len(self.classes)), np.float32)

    def export(self, path: str | os.PathLike[str]) -> None:
        """Write the classifier, preprocessing and labels inside.

        Parameters
        ----------
        path : ends in `.keras` (Keras 3), or in `.zip` (an OpenVINO graph with its labels). Both
            take RGB photos of 0..255, of `input_size` x `input_size` pixels.

        Raises
        ------
        InvalidInputError
            If it ends in something else.
        """
        path = Path(path)
        if path.suffix == ".keras":
            shutil.copyfile(self._folder / "model.keras", path)
        elif path.suffix == ".zip":
            with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
                for part in ("form/model.xml", "form/model.bin", _LABELS):
                    archive.write(self._folder / part, Path(part).name)
        else:
            raise InvalidInputError(f"Expected a path to .keras or .zip. Received: {path}.")

    def largest_difference(self, images: Sequence[bytes]) -> float:
        """How far the exported `.keras` file, in a clean process, is from `predict`, at most."""
        ours = self.predict(images)
        with tempfile.TemporaryDirectory() as scratch:
            pixels, answers = Path(scratch) / "pixels.npy", Path(scratch) / "answers.npy"
            np.save(pixels, np.stack(list(prepare_all(images, self.input_size))))
            model = str(self._folder / "model.keras")
            done = _in_clean_process("predict", model, str(pixels), str(answers))
            if done.returncode != 0:
                raise RuntimeError(done.stderr[-2000:])
            return float(np.abs(np.load(answers) - ours).max())


def write_model(model: Any, classes: tuple[str, ...], folder: Path) -> None:
    """Write a Keras classifier as `model.keras`, its compiled form and its labels."""
    from core.engine.conversion import write_form

    (folder / "form").mkdir()
    write_form(_describe(model, classes), model, folder / "form")
    labels = json.dumps(classes)
    (folder / _LABELS).write_text(labels, "utf-8")
    model.save(folder / "model.keras")
    with zipfile.ZipFile(folder / "model.keras", "a") as archive:  # Keras minds no other members
        archive.writestr(_LABELS, labels)


def _describe(model: Any, classes: tuple[str, ...]) -> ImageNetworkSpec:
    return ImageNetworkSpec(
        name="trained",
        title="Trained here",
        family="Trained here",
        parameters=model.count_params(),
        licence="yours",
        weights=HubModule(handle=""),
        download_bytes=0,
        reference="",
        builder="",
        input_size=model.input_shape[1],
        preprocessing=Preprocessing(),
        feature_layers=(model.get_layer("pool").input._keras_history.operation.name,),
        embedding_layer="pool",
        head="linear",
        classes=len(classes),
        published=None,
    )


def _in_clean_process(*arguments: str) -> subprocess.CompletedProcess[str]:
    root = Path(__file__).parents[2]
    return subprocess.run(
        [sys.executable, "-m", "core.vision.exported", *arguments],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "CUDA_VISIBLE_DEVICES": "-1", "TF_CPP_MIN_LOG_LEVEL": "3"},
    )
