"""The files of a trained classifier: written, and opened again.

What opens them does so in a process of its own (see `core.engine.run_in_process`), without a GPU.
Of a dense layer on a frozen network the compiled form is composed without TensorFlow, and the
Keras file is written once it is asked for.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import tempfile
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from core import zoo
from core.engine import compiled_form, write_with_dense_head
from core.vision.transfer.classifiers import HIDDEN, embedding_layer, transfer_classifier
from core.vision.transfer.converted import write_converted, zip_at_end
from core.vision.transfer.export_forms import EXPORT_FORMS
from core.vision.transfer.keras_file import LABELS, refusal
from core.vision.transfer.loader_scripts import main_script
from core.wording import counted
from core.zoo.keras_runtime import keras
from core.zoo.spec import HubModule, ImageNetworkSpec, Preprocessing

KERAS = "model.keras"
OPENVINO = ".zip"
HEAD = "head.npz"
HIDDEN_ARRAYS = ("hidden_kernel", "hidden_bias")
"""What of it is of a hidden layer, where there is one."""
_CHANGE = "change/"  # before the name of a layer, in that file
_QUIET = {"CUDA_VISIBLE_DEVICES": "-1", "TF_CPP_MIN_LOG_LEVEL": "3"}
_SIDES_PX = range(16, 1025)
_MAX_MEMORY = 8 << 30  # opening the largest accepted file takes about 3 GiB


@contextlib.contextmanager
def new_folder() -> Iterator[Path]:
    """A folder that stays if nothing goes wrong."""
    folder = Path(tempfile.mkdtemp(prefix="graft-"))
    try:
        yield folder
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def write_model(model: Any, classes: tuple[str, ...], folder: Path) -> None:
    """Write a Keras classifier as `model.keras`, its compiled form and its labels."""
    from core.engine.conversion import write_form

    (folder / "form").mkdir()
    write_form(_describe(model, classes), model, folder / "form")
    (folder / LABELS).write_text(json.dumps(classes), "utf-8")
    _save(model, classes, folder)


def write_head(
    backbone: ImageNetworkSpec,
    kernel: np.ndarray,
    bias: np.ndarray,
    classes: tuple[str, ...],
    folder: Path,
    changes: Mapping[str, np.ndarray] | None = None,
    hidden: Sequence[np.ndarray] | None = None,
) -> None:
    """Write a dense layer on a frozen network: its compiled form, its labels and itself.

    Parameters
    ----------
    kernel, bias : (D, classes) and (classes,) float32.
    changes : of convolutions that were fine-tuned; see `write_with_dense_head`.
    hidden : kernel and bias of a hidden layer before it, if it has one; as there.
    """
    changes = changes or {}
    (folder / "form").mkdir()
    write_with_dense_head(compiled_form(backbone), kernel, bias, folder / "form", changes, hidden)
    (folder / LABELS).write_text(json.dumps(classes), "utf-8")
    parts = {f"{_CHANGE}{layer}": change for layer, change in changes.items()}
    parts |= dict(zip(HIDDEN_ARRAYS, hidden or (), strict=False))
    arrays = {"kernel": kernel, "bias": bias, "backbone": np.array(backbone.name), **parts}
    np.savez(folder / HEAD, allow_pickle=False, **arrays)


def formats(folder: Path) -> tuple[str, ...]:
    """Suffixes of the files that what is in `folder` can be exported as."""
    if (folder / HEAD).exists():
        with np.load(folder / HEAD) as head:
            if zoo.is_handle(str(head["backbone"])):
                return (OPENVINO,)
    return tuple(EXPORT_FORMS)


def write_file(folder: Path, suffix: str) -> Iterator[bool]:
    """Write the network of `folder` as the file that exports with that suffix begin with; True.

    That is the Keras file of what `write_head` has written, and what others are converted from.
    """
    os.environ |= _QUIET
    if not (folder / KERAS).exists():
        _write_keras(folder)
    if f"model{suffix}" != KERAS:
        write_converted(_open(folder / KERAS), folder / f"model{suffix}")
    yield True


@contextlib.contextmanager
def begin(folder: Path, path: Path) -> Iterator[zipfile.ZipFile]:
    """Copy the network of `folder` to `path`; the ZIP file in it, labels inside, to add more to.

    Parameters
    ----------
    path : its suffix is one of `EXPORT_FORMS`; unless that is `OPENVINO`, `write_file` was there.
    """
    if path.suffix == OPENVINO:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for part in ("form/model.xml", "form/model.bin", LABELS):
                archive.write(folder / part, Path(part).name)
            archive.writestr("__main__.py", main_script())
            yield archive
        return
    shutil.copyfile(folder / f"model{path.suffix}", path)
    if f"model{path.suffix}" == KERAS:
        with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
            yield archive
        return
    with zip_at_end(path) as archive:
        archive.write(folder / LABELS, LABELS)
        yield archive


def _write_keras(folder: Path) -> None:
    with np.load(folder / HEAD) as head:
        kernel, bias, name = head["kernel"], head["bias"], str(head["backbone"])
        hidden = [head[part] for part in HIDDEN_ARRAYS if part in head]
        changes = {
            part.removeprefix(_CHANGE): head[part] for part in head if part.startswith(_CHANGE)
        }
    classes = tuple(json.loads((folder / LABELS).read_text("utf-8")))
    units = len(kernel) if hidden else None
    model = transfer_classifier(zoo.image_network(name), len(classes), hidden_units=units)
    if hidden:
        model.get_layer(HIDDEN).set_weights(hidden)
    model.get_layer("predictions").set_weights([kernel, bias])
    for layer, change in changes.items():
        model.get_layer(layer).set_weights([model.get_layer(layer).get_weights()[0] + change])
    _save(model, classes, folder)


def _save(model: Any, classes: tuple[str, ...], folder: Path) -> None:
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        part = Path(scratch) / KERAS
        model.save(part)
        with zipfile.ZipFile(part, "a") as archive:  # Keras minds no other members
            archive.writestr(LABELS, json.dumps(classes))
        os.replace(part, folder / KERAS)


def reopen(file: Path, classes: tuple[str, ...], folder: Path) -> Iterator[bool]:
    """Open a `.keras` file in Keras's safe mode and write what a `TrainedModel` needs; then True.

    Raises
    ------
    InvalidInputError
        If Keras cannot open it, or it is no classifier of RGB photos for these classes.
    """
    _limit_memory()
    try:
        model = _open(file)
        objection = _objection(model, len(classes))
        if objection is None:
            write_model(model, classes, folder)
    except Exception as err:  # whatever Keras meets in a file of strangers
        raise refusal("Keras cannot read the network in it.") from err
    if objection is not None:
        raise refusal(objection)
    yield True


def _open(file: Path) -> Any:
    os.environ |= _QUIET
    return keras().models.load_model(file, safe_mode=True)


def _limit_memory() -> None:
    """A few bytes of configuration can ask for any number of weights."""
    with contextlib.suppress(ImportError, OSError, ValueError):  # not every system can
        import resource

        resource.setrlimit(resource.RLIMIT_DATA, (_MAX_MEMORY, _MAX_MEMORY))


def _objection(model: Any, classes: int) -> str | None:
    """What keeps a network from being one that was trained here."""
    shape, output = tuple(model.input_shape), tuple(model.output_shape)
    if len(shape) != 4 or shape[1] not in _SIDES_PX or shape[1:] != (shape[1], shape[1], 3):
        return f"It does not take RGB photos, but arrays of shape {shape}."
    if output != (None, classes):
        return f"It comes with {counted(classes, 'label')} and has answers of shape {output}."
    layers = {layer.name: layer for layer in model.layers}
    activations = keras().activations
    pooled: tuple[int, ...] = layers["pool"].input.shape if "pool" in layers else ()
    width, fits = pooled[-1:], len(pooled) == 4
    if HIDDEN in layers:
        hidden = layers[HIDDEN]
        units = tuple(hidden.output.shape)[1:]
        fits = fits and _is_dense(hidden, activations.relu, width + units)
        fits = fits and hidden.input is layers["pool"].output
        width = units
    if not (fits and _is_dense(model.layers[-1], activations.softmax, (*width, classes))):
        return "It does not end in one dense layer on averaged features."
    return None


def _is_dense(layer: Any, activation: Any, shape: tuple[int, ...]) -> bool:
    kernel = getattr(layer, "kernel", np.empty(0))
    return getattr(layer, "activation", None) is activation and tuple(kernel.shape) == shape


def _describe(model: Any, classes: tuple[str, ...]) -> ImageNetworkSpec:
    embedding = embedding_layer(model)
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
        embedding_layer=embedding,
        head="hidden" if embedding == HIDDEN else "linear",
        classes=len(classes),
        published=None,
    )
