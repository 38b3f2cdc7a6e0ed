"""State dicts in PyTorch's legacy format, written here without PyTorch."""

from __future__ import annotations

import io
import os
import pickle
from collections import OrderedDict

import numpy as np
import pytest

from core.errors import InvalidInputError
from core.zoo.torch_pickle import read_state_dict

MAGIC_NUMBER = 0x1950A86A20F9469CFC6C  # torch/serialization.py
STORAGES = {"float32": "FloatStorage", "int64": "LongStorage"}


class Global:
    """Pickled as the name of something in a module that need not be there."""

    def __init__(self, module: str, name: str) -> None:
        self.module, self.name = module, name


class Storage:
    def __init__(self, key: str, values: np.ndarray) -> None:
        self.key, self.values = key, values


class Tensor:
    """A view of a storage, as `torch._utils._rebuild_tensor_v2` takes it."""

    def __init__(self, storage, shape, strides, offset=0) -> None:
        self.storage, self.shape, self.strides, self.offset = storage, shape, strides, offset


class Call:
    """What a hostile pickle holds: a function to call on loading."""

    def __init__(self, function, *arguments) -> None:
        self.function, self.arguments = function, arguments

    def __reduce__(self):
        return self.function, self.arguments


class Writer(pickle._Pickler):
    """Writes the names, storages and tensors that `torch.save` writes."""

    def __init__(self, file, announced=None) -> None:
        super().__init__(file, protocol=2)
        self.announced = announced

    def persistent_id(self, obj):
        if not isinstance(obj, Storage):
            return None
        kind = Global("torch", STORAGES[obj.values.dtype.name])
        size = obj.values.size if self.announced is None else self.announced
        return ("storage", kind, obj.key, "cpu", size, None)

    def save(self, obj, save_persistent_id=True):
        if isinstance(obj, Global):
            self.write(pickle.GLOBAL + f"{obj.module}\n{obj.name}\n".encode())
        elif isinstance(obj, Tensor):
            arguments = (obj.storage, obj.offset, obj.shape, obj.strides, False, OrderedDict())
            self.save(Global("torch._utils", "_rebuild_tensor_v2"))
            self.save(arguments)
            self.write(pickle.REDUCE)
        else:
            super().save(obj, save_persistent_id)


def legacy_file(path, tensors, storages, *, announced=None):
    """A state dict as PyTorch before 1.6 wrote it."""
    buffer = io.BytesIO()
    for header in (MAGIC_NUMBER, 1001, {"little_endian": True}):
        pickle.dump(header, buffer, protocol=2)
    Writer(buffer, announced).dump(tensors)
    pickle.dump([storage.key for storage in storages], buffer, protocol=2)
    for storage in storages:
        buffer.write(np.int64(storage.values.size).tobytes() + storage.values.tobytes())
    path.write_bytes(buffer.getvalue())
    return path


@pytest.fixture
def storage():
    return Storage("7", np.arange(12, dtype=np.float32))


def test_tensors_come_back_with_their_shapes_and_types(tmp_path, storage):
    steps = Storage("8", np.array([42], np.int64))
    tensors = OrderedDict(
        weight=Tensor(storage, (2, 3), (3, 1)),
        transposed=Tensor(storage, (3, 2), (1, 3), offset=6),
        scalar=Tensor(steps, (), ()),
        empty=Tensor(storage, (0, 3), (3, 1)),
    )
    read = read_state_dict(legacy_file(tmp_path / "x.pth", tensors, [storage, steps]))
    assert list(read) == ["weight", "transposed", "scalar", "empty"]
    np.testing.assert_array_equal(read["weight"], np.arange(6).reshape(2, 3))
    np.testing.assert_array_equal(read["transposed"], np.arange(6, 12).reshape(2, 3).T)
    assert read["weight"].dtype == np.float32
    assert read["scalar"].dtype == np.int64 and read["scalar"] == 42
    assert read["empty"].shape == (0, 3)


def test_a_pickle_that_runs_a_command_is_refused_before_it_runs(tmp_path):
    proof = tmp_path / "ran"
    hostile = {"weight": Call(os.system, f"touch {proof}")}
    path = legacy_file(tmp_path / "x.pth", hostile, [])
    with pytest.raises(InvalidInputError, match=r"system, which could run code"):
        read_state_dict(path)
    assert not proof.exists()


def test_a_pickle_that_hides_the_command_in_the_first_header_is_refused(tmp_path):
    proof = tmp_path / "ran"
    path = tmp_path / "x.pth"
    path.write_bytes(pickle.dumps(Call(os.system, f"touch {proof}"), protocol=2))
    with pytest.raises(InvalidInputError, match="could run code"):
        read_state_dict(path)
    assert not proof.exists()


@pytest.mark.parametrize(
    "tensor",
    [
        {"shape": (13,), "strides": (1,)},
        {"shape": (2, 3), "strides": (10, 1)},
        {"shape": (12,), "strides": (1,), "offset": 1},
        {"shape": (2,), "strides": (-1,), "offset": 3},
        {"shape": (2,), "strides": (1,), "offset": -1},
        {"shape": (-1,), "strides": (1,)},
    ],
    ids=["too long", "stride too wide", "offset too far", "backwards", "before", "negative"],
)
def test_a_tensor_outside_its_storage_is_refused(tmp_path, storage, tensor):
    tensors = {"weight": Tensor(storage, **tensor)}
    with pytest.raises(InvalidInputError):
        read_state_dict(legacy_file(tmp_path / "x.pth", tensors, [storage]))


def test_a_file_cut_short_anywhere_is_refused(tmp_path, storage):
    tensors = {"weight": Tensor(storage, (12,), (1,))}
    whole = legacy_file(tmp_path / "x.pth", tensors, [storage]).read_bytes()
    for length in range(len(whole)):
        (tmp_path / "cut.pth").write_bytes(whole[:length])
        with pytest.raises(InvalidInputError):
            read_state_dict(tmp_path / "cut.pth")


def test_a_storage_larger_than_the_file_is_refused_before_it_is_made(tmp_path, storage):
    tensors = {"weight": Tensor(storage, (1,), (1,))}
    path = legacy_file(tmp_path / "x.pth", tensors, [storage], announced=1 << 40)
    with pytest.raises(InvalidInputError, match="cannot be in"):
        read_state_dict(path)


def test_a_storage_of_another_size_than_announced_is_refused(tmp_path, storage):
    tensors = {"weight": Tensor(storage, (1,), (1,))}
    path = legacy_file(tmp_path / "x.pth", tensors, [storage], announced=11)
    with pytest.raises(InvalidInputError, match="announced"):
        read_state_dict(path)


@pytest.mark.parametrize(
    "content",
    [b"", b"PK\x03\x04 a zip, as PyTorch writes since 1.6", pickle.dumps(5), b"\x80\x02)R."],
    ids=["empty", "zip", "other pickle", "a call of nothing"],
)
def test_another_file_is_refused(tmp_path, content):
    path = tmp_path / "x.pth"
    path.write_bytes(content)
    with pytest.raises(InvalidInputError):
        read_state_dict(path)


def test_a_list_is_no_state_dict(tmp_path):
    with pytest.raises(InvalidInputError, match="legacy format"):
        read_state_dict(legacy_file(tmp_path / "x.pth", [1, 2], []))
