"""The features of a data set's photos as a file, written while they are computed.

Nothing but a few photos' features is in memory at a time: the full maps of thousands of photos
take gigabytes.
"""

from __future__ import annotations

import contextlib
import json
import math
import shutil
import tempfile
import weakref
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np

from core.engine import compiled_form
from core.errors import InvalidInputError
from core.learning.training import Split
from core.vision.classification import embed_all, map_all
from core.vision.transfer.datasets import ImageDataset
from core.zoo import image_network

What = Literal["vector", "map"]
Kind = Literal["npz", "parquet"]
Number = Literal["float16", "float32"]
MOST_BYTES = 4 << 30
"""Of one file."""
_ARRAYS = {"vector": "vectors", "map": "maps"}  # what they are called in NPZ
_ROW_GROUP_BYTES = 8 << 20


@dataclass(frozen=True, slots=True)
class FeatureRequest:
    """Which features to write, and how.

    Attributes
    ----------
    backbone : a pretrained network.
    what : the vector of each photo, (D,), or the full map that the vector is the mean of for most
        networks, (h, w, C).
    kind : `"npz"`, for `numpy.load`, not packed; `"parquet"`, a row for each photo.
    number : float16 halves the file, and keeps 11 bits of each number.
    """

    backbone: str
    what: What = "vector"
    kind: Kind = "npz"
    number: Number = "float32"

    def bytes_of(self, photos: int) -> int:
        """What the full maps of so many photos take, as numbers that are not packed."""
        return photos * math.prod(map_shape(self.backbone)) * np.dtype(self.number).itemsize


def map_shape(backbone: str) -> tuple[int, int, int]:
    """(h, w, C) of the full map of a photo.

    Raises
    ------
    InvalidInputError
        If the network has none.
    """
    info = compiled_form(image_network(backbone)).info
    if not info.features:
        raise InvalidInputError(f"Expected a feature map. Received: {backbone} without one.")
    layer = info.layer(info.features)
    return layer.side, layer.side, layer.channels


class FeatureFile:
    """A file with features, which goes with this object."""

    def __init__(self, suffix: str) -> None:
        folder = Path(tempfile.mkdtemp(prefix="graft-"))
        self.path = folder / f"features.{suffix}"
        self.remove = weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        _files.add(self)


_files: weakref.WeakSet[FeatureFile] = weakref.WeakSet()


def remove_feature_files() -> None:
    """Remove those of all objects, for a process that a signal will end."""
    for file in list(_files):
        file.remove()


@dataclass(frozen=True, slots=True)
class FeatureStep:
    """How far a file is.

    Attributes
    ----------
    done, photos : of how many photos the features are written, and of how many they will be.
    file : once it is whole.
    """

    done: int
    photos: int
    file: FeatureFile | None = None


class _Writer(Protocol):
    def add(self, row: np.ndarray) -> None:
        """Write the features of the next photo."""

    def finish(self) -> None:
        """Write the rest, after the last one."""


def _call(function: Callable[..., Iterator[Any]], *arguments: Any, **keywords: Any) -> Any:
    return function(*arguments, **keywords)


def write_features(
    dataset: ImageDataset,
    split: Split,
    request: FeatureRequest,
    every: Callable[..., Iterator[Any]] = _call,
) -> Iterator[FeatureStep]:
    """Compute features and write them, with a snapshot after each photo.

    NPZ holds `vectors`, (N, D), or `maps`, (N, h, w, C), `names`, `labels`, `classes`,
    `part` (of the split) and `backbone`; Parquet the columns `name`, `class`, `part` and
    `features`, lists of one length in row-major order, with their shape, the classes and the
    network in its metadata.

    Parameters
    ----------
    every : calls the function that computes, such as `core.cluster.every`.

    Raises
    ------
    InvalidInputError
        If a photo cannot be used, the network has no map, the file would be too large, or a number
        does not fit into float16.
    """
    photos = len(dataset.photos)
    if request.what == "map" and (size := request.bytes_of(photos)) > MOST_BYTES:
        raise InvalidInputError(
            f"Expected features of at most {MOST_BYTES >> 30} GiB. Received: {size / 2**30:.1f} "
            "GiB. Choose float16, vectors, or fewer photos."
        )
    file = FeatureFile(request.kind)
    about = {
        "names": np.array([photo.name for photo in dataset.photos]),
        "labels": dataset.labels,
        "part": _parts(split, photos),
    }
    writer: _Writer | None = None
    compute = embed_all if request.what == "vector" else map_all
    contents = [photo.data for photo in dataset.photos]
    with contextlib.ExitStack() as opened:
        rows = every(compute, contents, backbone=request.backbone)
        for done, row in enumerate(rows, start=1):
            if isinstance(row, InvalidInputError):
                raise row
            if writer is None:
                kind = _NpzWriter if request.kind == "npz" else _ParquetWriter
                writer = kind(file.path, request, row.shape, about, dataset.classes, opened)
            writer.add(_as(request.number, row))
            yield FeatureStep(done, photos)
        if writer is not None:
            writer.finish()
    yield FeatureStep(photos, photos, file)


def _parts(split: Split, photos: int) -> np.ndarray:
    """(N,) str: the part of the split that each photo is in."""
    parts = np.full(photos, "unused", "<U10")
    for name in ("train", "validation", "test"):
        parts[getattr(split, name)] = name
    return parts


def _as(number: Number, row: np.ndarray) -> np.ndarray:
    with np.errstate(over="ignore"):
        cast = np.ascontiguousarray(row, number)
    if not np.isfinite(cast).all():
        raise InvalidInputError(
            f"Expected features that {number} can hold. Received: a number of "
            f"{np.abs(row).max():,.0f}, beyond {np.finfo(number).max:,.0f}. Choose float32."
        )
    return cast


class _NpzWriter:
    """An NPZ file is a ZIP file of arrays, of which the first is written row by row."""

    def __init__(
        self,
        path: Path,
        request: FeatureRequest,
        shape: tuple[int, ...],
        about: Mapping[str, np.ndarray],
        classes: tuple[str, ...],
        opened: contextlib.ExitStack,
    ) -> None:
        self._others = {
            **about,
            "classes": np.array(classes),
            "backbone": np.array(request.backbone),
        }
        self._archive = opened.enter_context(zipfile.ZipFile(path, "w", zipfile.ZIP_STORED))
        self._member = opened.enter_context(
            self._archive.open(f"{_ARRAYS[request.what]}.npy", "w", force_zip64=True)
        )
        header = {
            "descr": np.lib.format.dtype_to_descr(np.dtype(request.number)),
            "fortran_order": False,
            "shape": (len(about["names"]), *shape),
        }
        np.lib.format.write_array_header_1_0(self._member, header)

    def add(self, row: np.ndarray) -> None:
        self._member.write(row.tobytes())

    def finish(self) -> None:
        self._member.close()
        for name, array in self._others.items():
            with self._archive.open(f"{name}.npy", "w") as member:
                np.lib.format.write_array(member, array, allow_pickle=False)


class _ParquetWriter:
    """A row for each photo, in groups of some megabytes."""

    def __init__(
        self,
        path: Path,
        request: FeatureRequest,
        shape: tuple[int, ...],
        about: Mapping[str, np.ndarray],
        classes: tuple[str, ...],
        opened: contextlib.ExitStack,
    ) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        self._columns = {
            "name": about["names"],
            "class": np.array(classes)[about["labels"]],
            "part": about["part"],
        }
        self._type = pa.list_(pa.from_numpy_dtype(request.number), math.prod(shape))
        self._schema = pa.schema(
            [*((name, pa.string()) for name in self._columns), ("features", self._type)],
            {
                "shape": json.dumps(shape),
                "axes": json.dumps(["D"] if request.what == "vector" else ["h", "w", "C"]),
                "classes": json.dumps(classes),
                "backbone": request.backbone,
            },
        )
        self._file = opened.enter_context(
            pq.ParquetWriter(path, self._schema, use_dictionary=False, compression="zstd")
        )
        row_bytes = math.prod(shape) * np.dtype(request.number).itemsize
        self._group = max(1, _ROW_GROUP_BYTES // row_bytes)
        self._rows: list[np.ndarray] = []
        self._written = 0

    def add(self, row: np.ndarray) -> None:
        self._rows.append(row.reshape(-1))
        if len(self._rows) == self._group:
            self._write()

    def finish(self) -> None:
        if self._rows:
            self._write()

    def _write(self) -> None:
        import pyarrow as pa

        part = slice(self._written, self._written + len(self._rows))
        numbers = pa.array(np.concatenate(self._rows))
        columns = [pa.array(values[part]) for values in self._columns.values()]
        columns.append(pa.FixedSizeListArray.from_arrays(numbers, type=self._type))
        self._file.write_table(pa.Table.from_arrays(columns, schema=self._schema))
        self._written, self._rows = part.stop, []
