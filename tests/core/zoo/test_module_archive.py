"""Modules as strangers may pack them: nothing outside the folder, and nothing without a bound."""

from __future__ import annotations

import gzip
import io
import tarfile

import pytest

from core.errors import WeightsUnavailableError
from core.zoo import module_archive
from core.zoo.module_archive import unpack


def tar(*members: tuple[str, bytes], mode: str = "w:gz", **changes) -> bytes:
    """Files by name, with attributes of their entries changed."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode) as archive:
        for name, data in members:
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            for attribute, value in changes.items():
                setattr(entry, attribute, value)
            archive.addfile(entry, io.BytesIO(data))
    return buffer.getvalue()


def unpacked(tmp_path, data: bytes) -> dict[str, bytes]:
    packed, folder = tmp_path / "packed", tmp_path / "module"
    packed.write_bytes(data)
    unpack(packed, folder)
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.mark.parametrize("mode", ["w", "w:gz"])
def test_files_and_folders_of_a_module_are_unpacked(tmp_path, mode):
    files = {"./saved_model.pb": b"graph", "variables/variables.index": b"v" * 70_000}
    found = unpacked(tmp_path, tar(*files.items(), mode=mode))
    assert found == {"saved_model.pb": b"graph", "variables/variables.index": b"v" * 70_000}


@pytest.mark.parametrize("name", ["../out", "a/../../out", "variables/../../../out"])
def test_nothing_is_written_outside_of_the_folder(tmp_path, name):
    with pytest.raises(WeightsUnavailableError, match="Received: something else"):
        unpacked(tmp_path, tar((name, b"x")))
    assert {path.name for path in tmp_path.rglob("*")} <= {"module", "packed"}


@pytest.mark.parametrize(
    "kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE]
)
def test_links_and_devices_are_refused(tmp_path, kind):
    with pytest.raises(WeightsUnavailableError, match="files and folders"):
        unpacked(tmp_path, tar(("a", b""), type=kind, linkname="/etc/passwd"))
    assert not (tmp_path / "module" / "a").exists()


def test_what_unpacks_to_too_much_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(module_archive, "_MOST_BYTES", 1 << 20)
    for files in ([("a", bytes(2 << 20))], [(str(i), bytes(1 << 18)) for i in range(5)]):
        with pytest.raises(WeightsUnavailableError, match="in all"):
            unpacked(tmp_path, tar(*files))


def test_many_files_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(module_archive, "_MOST_FILES", 3)
    assert len(unpacked(tmp_path, tar(*((str(i), b"") for i in range(3))))) == 3
    with pytest.raises(WeightsUnavailableError, match="at most 3"):
        unpacked(tmp_path, tar(*((str(i), b"") for i in range(4))))


def test_a_header_is_not_read_into_memory_whatever_its_size(tmp_path):
    for kind in (tarfile.XHDTYPE, tarfile.GNUTYPE_LONGNAME):
        with pytest.raises(WeightsUnavailableError, match="something else"):
            unpacked(tmp_path, tar(("a", bytes(9 << 20)), type=kind))


def test_a_file_with_holes_is_refused(tmp_path):
    entry = tarfile.TarInfo("a")
    header = bytearray(entry.tobuf(tarfile.GNU_FORMAT))
    header[156:157] = tarfile.GNUTYPE_SPARSE
    header[386:410] = b"%011o\0%011o\0" % (0, 0)
    header[483:495] = b"%011o\0" % (1 << 32)
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    with pytest.raises(WeightsUnavailableError, match="something else"):
        unpacked(tmp_path, gzip.compress(bytes(header) + bytes(1024)))
    assert not (tmp_path / "module" / "a").exists()


@pytest.mark.parametrize("mode", ["w", "w:gz"])
@pytest.mark.parametrize("length", [0, 1, 20, 150])
def test_a_module_that_breaks_off_is_refused(tmp_path, mode, length):
    data = tar(("saved_model.pb", bytes(range(256)) * 4), mode=mode)
    with pytest.raises(WeightsUnavailableError, match="Expected a TF-Hub module"):
        unpacked(tmp_path, data[:length])


def test_a_file_where_a_folder_should_be_is_refused(tmp_path):
    with pytest.raises(WeightsUnavailableError, match="something else"):
        unpacked(tmp_path, tar(("a", b"x"), ("a/b", b"x")))
