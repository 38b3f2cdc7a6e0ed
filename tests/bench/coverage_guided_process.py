"""One process of `tests.bench.coverage_guided`: READER FOLDER and libFuzzer's own arguments."""

from __future__ import annotations

import hashlib
import importlib
import io
import itertools
import random
import resource
import struct
import sys
import traceback
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import atheris

from tests.bench.hostile_files import CHANGES, MOST_BYTES, MOST_S, good_files, worked_s
from tests.bench.workbooks import packed

_INSTRUMENTED = ["core", "PIL", "pillow_heif", "soundfile", "tifffile", "chardet"]
_PNG = b"\x89PNG\r\n\x1a\n"
_MIB = 1 << 20


class Target:
    """What libFuzzer calls with every file.

    Parameters
    ----------
    reader : name of a reader; if empty, the first byte of an input chooses one.
    kept : folder for files with a fault, one for each place where something is raised or slow.
    """

    def __init__(self, reader: str, kept: Path) -> None:
        from tests.bench.readers import READERS, answer

        self._names = [reader] if reader else list(READERS)
        self._answer = answer
        self._kept = kept
        self._known: set[tuple[object, ...]] = set()
        self._slowest = 0.0

    def __call__(self, data: bytes) -> None:
        if not data:
            return
        name = self._names[data[0] % len(self._names)]
        started = worked_s()
        try:
            self._answer(name, data[1:])
        except Exception as err:  # noqa: BLE001 - whatever is no sentence is a fault
            frames = traceback.extract_tb(err.__traceback__)[-3:]
            self._keep((type(err), *((frame.filename, frame.lineno) for frame in frames)), data)
        seconds = worked_s() - started
        if seconds > MOST_S:
            self._keep((name, int(seconds)), data)
        if seconds > 1.2 * self._slowest:
            self._slowest = seconds
            print(f"slowest: {seconds:.2f} s, {name}", flush=True)
        if resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10 > MOST_BYTES:
            raise MemoryError(f"{name}: more than {MOST_BYTES // _MIB:,} MiB")  # and it is kept

    def _keep(self, where: tuple[object, ...], data: bytes) -> None:
        if where not in self._known:
            self._known.add(where)
            (self._kept / f"fault-{hashlib.sha1(data).hexdigest()}").write_bytes(data)


def _sparing(answer: Callable[[bytes], tuple[list[Any], str]]) -> Any:
    """The same for one table of twenty: coverage ends at the process that it takes."""
    asked = itertools.count()
    return lambda message: answer(message) if next(asked) % 20 == 0 else ([{}, "damaged"], "")


class Changer:
    """What libFuzzer asks for another file: its own changes, those of `hostile_files`, and
    changes behind what would hide them, check sums of PNG and what is packed in a ZIP file."""

    def __init__(self) -> None:
        self._good = good_files()

    def __call__(self, data: bytes, most: int, seed: int) -> bytes:
        rng = random.Random(seed)
        first, file = data[:1] or b"\0", data[1:]
        if rng.random() < 0.02:
            first = bytes([rng.randrange(256)])
        if file.startswith(b"PK\x03\x04") and rng.random() < 0.7:
            file = self._in_zip(file, most, rng)
        elif rng.random() < 0.3:
            changed = bytearray(file)
            CHANGES[rng.choice(sorted(CHANGES))](changed, rng, self._good)
            file = bytes(changed)
        else:
            file = atheris.Mutate(file, most - 1)
        if file.startswith(_PNG) and rng.random() < 0.9:
            file = _with_check_sums(file)
        return (first + file)[:most]

    def _in_zip(self, file: bytes, most: int, rng: random.Random) -> bytes:
        try:
            with zipfile.ZipFile(io.BytesIO(file)) as archive:
                members = {name: archive.read(name) for name in archive.namelist()[:20]}
            name = rng.choice(sorted(members))
            if rng.random() < 0.1:
                members[atheris.Mutate(name.encode(), 60).decode("utf-8", "replace")] = b"x"
            members[name] = atheris.Mutate(members[name], most)
            return packed(members)
        except Exception:  # noqa: BLE001 - it is damaged already
            return bytes(atheris.Mutate(file, most - 1))


def _with_check_sums(file: bytes) -> bytes:
    """A PNG whose chunks agree with their check sums."""
    mended, at = bytearray(file), len(_PNG)
    while at + 12 <= len(mended):
        (length,) = struct.unpack_from(">I", mended, at)
        end = at + 8 + length
        if end + 4 > len(mended):
            break
        struct.pack_into(">I", mended, end, zlib.crc32(mended[at + 4 : end]))
        at = end + 4
    return bytes(mended)


def main() -> None:
    """Read files until libFuzzer ends the process."""
    program, reader, kept, *options = sys.argv
    with atheris.instrument_imports(include=_INSTRUMENTED):
        importlib.reload(zipfile)
        target = Target(reader, Path(kept))
        from core.media import bounded_tables
    bounded_tables._answer = _sparing(bounded_tables._answer)
    atheris.Setup([program, *options], target, custom_mutator=Changer())
    atheris.Fuzz()


if __name__ == "__main__":
    main()
