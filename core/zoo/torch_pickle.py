"""Read PyTorch state dicts in the legacy (before 1.6) format, without PyTorch."""

from __future__ import annotations

import io
import os
import pickle
from collections import OrderedDict
from typing import Any

import numpy as np

from core.errors import InvalidInputError

_MAGIC_NUMBER = 0x1950A86A20F9469CFC6C  # torch.serialization.MAGIC_NUMBER
_DTYPES = {"FloatStorage": np.dtype("<f4"), "LongStorage": np.dtype("<i8")}
_DAMAGE = (  # what the unpickler raises on bytes that nobody pickled
    ArithmeticError,
    AttributeError,
    EOFError,
    LookupError,
    MemoryError,
    TypeError,
    ValueError,
    pickle.UnpicklingError,
)


class _TensorUnpickler(pickle.Unpickler):
    """Admits tensors in ordered dicts, and nothing else: a pickle can otherwise run code."""

    def __init__(self, file: io.BufferedReader) -> None:
        super().__init__(file)
        self._file_bytes = os.fstat(file.fileno()).st_size
        self.storages: dict[str, np.ndarray] = {}

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _rebuild_tensor
        if module == "torch" and name in _DTYPES:
            return _DTYPES[name]
        raise InvalidInputError(
            f"Expected a state dict of tensors only. Received: a pickle that asks for "
            f"{module}.{name}, which could run code."
        )

    def persistent_load(self, pid: Any) -> np.ndarray:
        kind, dtype, key, _location, size, view = pid
        if kind != "storage" or view is not None or dtype not in _DTYPES.values():
            raise InvalidInputError(f"Expected plain tensor storages. Received: {kind!r} {dtype}.")
        if size * dtype.itemsize > self._file_bytes:
            raise EOFError(f"a storage of {size} values cannot be in {self._file_bytes} bytes")
        return self.storages.setdefault(key, np.empty(size, dtype))


def _rebuild_tensor(
    storage: np.ndarray, offset: int, size: tuple[int, ...], stride: tuple[int, ...], *_: Any
) -> np.ndarray:
    last = offset + sum((n - 1) * s for n, s in zip(size, stride, strict=True))
    if min(size, default=1) > 0 and (min((offset, *stride)) < 0 or last >= storage.size):
        raise InvalidInputError("Expected tensors inside their storage. Received: one beyond it.")
    strides = [s * storage.itemsize for s in stride]
    return np.lib.stride_tricks.as_strided(storage[offset:], size, strides)


def read_state_dict(path: str | os.PathLike[str]) -> dict[str, np.ndarray]:
    """Tensors of a PyTorch state dict, by name.

    Parameters
    ----------
    path : path of a file written by `torch.save` before PyTorch 1.6.

    Raises
    ------
    InvalidInputError
        If the file is not such a state dict, or holds anything but tensors.
    """
    with open(path, "rb") as file:
        try:
            if _TensorUnpickler(file).load() != _MAGIC_NUMBER:
                raise pickle.UnpicklingError("not a legacy PyTorch file")
            _TensorUnpickler(file).load()  # protocol version
            _TensorUnpickler(file).load()  # byte order and type sizes of the writer
            unpickler = _TensorUnpickler(file)
            tensors = unpickler.load()
            for key in _TensorUnpickler(file).load():
                _fill(unpickler.storages[key], file)
            return dict(tensors)
        except InvalidInputError:
            raise
        except _DAMAGE as err:
            raise InvalidInputError(
                "Expected a PyTorch state dict in the legacy format. "
                f"Received: {os.path.basename(path)} ({err})."
            ) from err


def _fill(storage: np.ndarray, file: io.BufferedReader) -> None:
    (size,) = np.frombuffer(file.read(8), "<i8")
    if size != storage.size:
        raise ValueError(f"storage of {size} values where {storage.size} were announced")
    if file.readinto(storage.view(np.uint8).data) != storage.nbytes:
        raise EOFError("storage cut short")
