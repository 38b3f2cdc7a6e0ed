"""A network ready to run: photos as uint8 in, arrays out, from any number of threads."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from core.engine.backends import Backend, OpenVINOBackend, TensorFlowBackend
from core.engine.combining import Combiner
from core.engine.compiled import CompiledForm, FormInfo
from core.engine.devices import device
from core.errors import InvalidInputError, UnknownNameError
from core.zoo.labels import ClassLabels
from core.zoo.spec import ImageNetworkSpec

# Growth of the process when the four offline networks ran a full batch in f32, over what
# `FormInfo.activation_bytes` says: 1.29 to 1.35, VGG16 1.19. In bf16 they take up to a third less.
_ACTIVATION_SHARE = 1.35
MAX_BATCH = 8  # larger ones are no faster on a CPU, and take more memory


@dataclass(frozen=True, slots=True)
class _Request:
    images: np.ndarray
    outputs: tuple[str, ...]


class Predictor:
    """A pooled network. Calls from several threads share batches; nothing about it changes.

    Parameters
    ----------
    name : str
    form : CompiledForm
    labels : ClassLabels, parallel to `scores`.
    layer : the one layer to look at; None gives `scores`, `embedding` and the last feature map.
    precision : `"f32"` or `"native"`.
    spec : what to build in TensorFlow where there is a GPU; None always runs `form` on the CPU.

    Attributes
    ----------
    name : str
    info : FormInfo
    labels : ClassLabels
        What the columns of `scores` are.
    outputs : tuple of str
        Names that a call may ask for.
    precision : str
        Type the products are computed in, such as `"f32"` or `"bf16"`.
    bytes : int
        What it takes in memory, about: weights once as stored and once as laid out for the
        processor, and intermediate results of a full batch.
    load_s : float
        Seconds it took to open.
    """

    def __init__(
        self,
        name: str,
        form: CompiledForm,
        *,
        labels: ClassLabels,
        layer: str | None = None,
        precision: str,
        spec: ImageNetworkSpec | None = None,
    ) -> None:
        started = time.perf_counter()
        self.name = name
        self.info: FormInfo = form.info
        self.labels = labels
        self.outputs = _outputs(form.info, layer)
        self.bytes = memory_cost(form.info)
        has_hidden = form.info.head == "hidden"
        self._kernel = form.head_kernel if has_hidden or form.info.head == "linear" else None
        self._hidden_kernel = form.hidden_kernel if has_hidden else None
        if device() == "gpu" and spec is not None and spec.builder:
            self._backend: Backend = TensorFlowBackend(spec, self.outputs)
        else:
            self._backend = OpenVINOBackend(form, self.outputs, precision)
        self.precision = self._backend.precision
        # not a method of this object: a cycle would keep an evicted network in memory
        self._combine = Combiner(partial(_run_batch, self._backend), max_size=MAX_BATCH)
        self.load_s = time.perf_counter() - started

    @property
    def head_kernel(self) -> np.ndarray | None:
        """(D, classes) float32: the weights of a linear head; None of any other."""
        return self._kernel if self._hidden_kernel is None else None

    @property
    def has_class_weights(self) -> bool:
        """Whether the head is linear, or has one hidden layer before that."""
        return self._kernel is not None

    def class_weights(self, embedding: np.ndarray, column: int) -> np.ndarray:
        """What each channel of the last feature map counts with in the logit of a class.

        With a hidden layer that depends on the photo: its ReLUs let the units through that this
        photo excites, and between these all is linear.

        Parameters
        ----------
        embedding : (D,) float32, of the photo.
        column : the class.

        Returns
        -------
        (channels,) float32

        Raises
        ------
        InvalidInputError
            If `has_class_weights` is false.
        """
        if self._kernel is None:
            raise InvalidInputError(
                f"Expected a network with a linear head. Received: {self.name}."
            )
        weights = self._kernel[:, column]
        if self._hidden_kernel is None:
            return weights
        return self._hidden_kernel @ np.where(embedding > 0, weights, 0)

    def __call__(self, images: np.ndarray, *outputs: str) -> tuple[np.ndarray, ...]:
        """Run the network.

        Parameters
        ----------
        images : (N, S, S, 3) uint8, RGB, contiguous; S as in `info.input_size`.
        outputs : names among `self.outputs`.

        Returns
        -------
        tuple of float32 arrays with N rows each, in the order of `outputs`: `scores`
        (N, classes), `embedding` (N, D), a layer's name (N, h, w, channels).

        Raises
        ------
        InvalidInputError
            If `images` has another shape or type, or no rows.
        UnknownNameError
            If this predictor has no such output.
        """
        size = self.info.input_size
        if images.dtype != np.uint8 or images.shape[1:] != (size, size, 3) or not len(images):
            raise InvalidInputError(
                f"Expected images of shape (N, {size}, {size}, 3) with N > 0 and type uint8. "
                f"Received: {images.shape} {images.dtype}."
            )
        for name in outputs:  # here, since an error in a batch reaches everybody in it
            if name not in self.outputs:
                raise UnknownNameError.among("output", name, self.outputs)
        chunks = [
            self._combine(_Request(images[start : start + MAX_BATCH], outputs), size=n)
            for start in range(0, len(images), MAX_BATCH)
            if (n := min(MAX_BATCH, len(images) - start))
        ]
        if len(chunks) == 1:
            return chunks[0]
        return tuple(np.concatenate(parts) for parts in zip(*chunks, strict=True))


def _run_batch(backend: Backend, requests: Sequence[_Request]) -> list[tuple[np.ndarray, ...]]:
    if len(requests) == 1:
        images = requests[0].images
    else:
        images = np.concatenate([r.images for r in requests])
    wanted = tuple(dict.fromkeys(name for r in requests for name in r.outputs))
    arrays = dict(zip(wanted, backend.infer(images, wanted), strict=True))
    results, start = [], 0
    for r in requests:
        rows = slice(start, start + len(r.images))
        results.append(tuple(arrays[name][rows].astype(np.float32) for name in r.outputs))
        start = rows.stop
    return results


def memory_cost(info: FormInfo) -> int:
    """Bytes a predictor takes, about; see `Predictor.bytes`."""
    return 2 * info.weights_bytes + int(_ACTIVATION_SHARE * MAX_BATCH * info.activation_bytes)


def _outputs(info: FormInfo, layer: str | None) -> tuple[str, ...]:
    if layer is not None:
        return (info.layer(layer).name,)
    scores = ("scores",) if info.classes else ()
    features = (info.features,) if info.features else ()
    return (*scores, "embedding", *features)
