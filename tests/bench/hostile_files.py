"""Hostile files for every format that is read: `python -m tests.bench.hostile_files --count 1000`.

A seeded generator changes good files of every format: bits, lengths, headers, ends, two formats in
one file, and bombs that unpack to far more than they are. Every reader of `core.media` gets every
file, in a process of its own that is watched: each file is to be answered or refused by a sentence
within 5 s and 1 GiB, and the next file answered. What is not is printed, and kept with `--keep`.
"""

from __future__ import annotations

import argparse
import io
import json
import multiprocessing
import os
import random
import resource
import struct
import sys
import time
import traceback
import wave
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from tests.bench import workbooks
from tests.bench.workbooks import packed

MOST_S = 5.0
MOST_BYTES = 1 << 30
PATIENCE = 4  # times that, before the process is ended; other work may share the cores
_LARGE_NUMBERS = (0x7FFFFFFF, 0xFFFFFFFF, 0x80000000, 0xFFFF, 0, 1)


@dataclass(frozen=True, slots=True)
class HostileFile:
    """`name` says from what it was made, and how."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Fault:
    """What a reader did that it must not do; `what` is a traceback, or a figure."""

    file: HostileFile
    reader: str
    what: str


def files(count: int, seed: int) -> Iterator[HostileFile]:
    """So many of them, the same for the same seed but for what encoders of Ogg and WebM draw."""
    good, rng = good_files(), random.Random(seed)
    names = sorted(good)
    bombs = list(_bombs())
    for number in range(count):
        if number % 40 == 39:
            yield bombs[number // 40 % len(bombs)]
            continue
        name = names[number % len(names)]
        data = bytearray(good[name])
        changes = rng.choices(sorted(CHANGES), k=rng.choice((1, 1, 2, 4)))
        for change in changes:
            CHANGES[change](data, rng, good)
        yield HostileFile(f"{number}: {name}, {', '.join(changes)}", bytes(data))


def good_files() -> dict[str, bytes]:
    """One small file of every format, by its suffix."""
    import pillow_heif
    import tifffile
    from PIL import Image

    rng = np.random.default_rng(0)
    photo = Image.fromarray(rng.integers(0, 256, (40, 56, 3), np.uint8))
    made: dict[str, bytes] = {}
    for suffix, options in (
        ("png", {}), ("jpeg", {}), ("webp", {}), ("gif", {}), ("bmp", {}), ("tiff", {}),
        ("jpeg2000", {}), ("avif", {}), ("ico", {}), ("ppm", {}), ("tga", {}),
    ):  # fmt: skip
        stream = io.BytesIO()
        try:
            photo.save(stream, suffix, **options)
        except (KeyError, OSError):  # a format that this Pillow cannot write
            continue
        made[suffix] = stream.getvalue()
    stream = io.BytesIO()
    photo.save(stream, "jpeg", progressive=True, exif=_exif(), icc_profile=b"x" * 200)
    made["progressive.jpeg"] = stream.getvalue()
    stream = io.BytesIO()
    pillow_heif.from_pillow(photo).save(stream)
    made["heic"] = stream.getvalue()
    stream = io.BytesIO()
    deep = rng.integers(0, 1 << 16, (3, 30, 40), np.uint16)
    tifffile.imwrite(stream, deep, photometric="rgb", planarconfig="separate")
    made["deep.tiff"] = stream.getvalue()
    stream = io.BytesIO()
    photo.quantize().save(stream, "gif", save_all=True, append_images=[photo.quantize()] * 3)
    made["moving.gif"] = stream.getvalue()
    stream = io.BytesIO()
    photo.save(stream, "tiff", compression="tiff_lzw")
    made["lzw.tiff"] = stream.getvalue()
    made |= _sounds()
    made |= _tables()
    made["txt"] = "Ein Text: größer, 文字, мир.\n".encode() * 20
    made["utf16.txt"] = "Ein Text: größer, мир.\n".encode("utf-16") * 20
    made["html"] = b"<html><body><p>A text.</p><script>1</script></body></html>"
    made["zip"] = packed(
        {f"folder/{name}/one.{name}": made[name] for name in ("png", "wav", "csv", "txt")}
    )
    return made


def _exif() -> bytes:
    from PIL import Image

    exif = Image.Exif()
    exif[0x0112] = 6
    return exif.tobytes()


def _sounds() -> dict[str, bytes]:
    import av
    import soundfile

    made: dict[str, bytes] = {}
    tone = (0.3 * np.sin(np.arange(8000) / 9)).astype(np.float32)
    for form in ("WAV", "FLAC", "OGG", "AIFF", "MP3", "AU", "CAF", "W64"):
        stream = io.BytesIO()
        soundfile.write(stream, tone, 16_000, format=form)
        made[form.lower()] = stream.getvalue()
    for container, codec in (("mp4", "aac"), ("webm", "libopus")):
        stream = io.BytesIO()
        with av.open(stream, "w", container) as out:
            track = out.add_stream(codec, rate=48_000)
            frame = av.AudioFrame.from_ndarray(tone[None], "fltp", "mono")
            frame.sample_rate = 48_000
            for packet in (*track.encode(frame), *track.encode(None)):
                out.mux(packet)
        made[container] = stream.getvalue()
    stream = io.BytesIO()
    with wave.open(stream, "wb") as file:
        file.setparams((2, 2, 8000, 0, "NONE", ""))
        file.writeframes(np.zeros(4000, np.int16).tobytes())
    made["stereo.wav"] = stream.getvalue()
    return made


def _tables() -> dict[str, bytes]:
    frame = pd.DataFrame(
        {"text": [f"A film, number {i}." for i in range(30)], "label": [0, 1] * 15}
    )
    made = {
        "csv": frame.to_csv(index=False).encode(),
        "tsv": frame.to_csv(index=False, sep="\t").encode(),
        "jsonl": frame.to_json(orient="records", lines=True).encode(),
    }
    stream = io.BytesIO()
    frame.to_parquet(stream)
    made["parquet"] = stream.getvalue()
    rows = [list(frame.columns), *frame.astype(str).to_numpy().tolist()]
    made["xlsx"] = workbooks.xlsx({"Reviews": rows, "Notes": [["by hand"]]})
    made["ods"] = workbooks.ods(rows)
    return made


def _flip(data: bytearray, rng: random.Random, _good: dict[str, bytes]) -> None:
    for _ in range(rng.choice((1, 4, 32))):
        if data:
            data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)


def _flip_header(data: bytearray, rng: random.Random, _good: dict[str, bytes]) -> None:
    for _ in range(rng.choice((1, 2, 4))):
        if data:
            data[rng.randrange(min(64, len(data)))] = rng.randrange(256)


def _cut(data: bytearray, rng: random.Random, _good: dict[str, bytes]) -> None:
    del data[rng.randrange(len(data) + 1) :]


def _cut_out(data: bytearray, rng: random.Random, _good: dict[str, bytes]) -> None:
    start = rng.randrange(len(data) + 1)
    del data[start : start + rng.randrange(1, 200)]


def _repeat(data: bytearray, rng: random.Random, _good: dict[str, bytes]) -> None:
    start = rng.randrange(len(data) + 1)
    piece = bytes(data[start : start + rng.randrange(1, 400)])
    data[start:start] = piece * rng.choice((1, 10, 200))


def _lie(data: bytearray, rng: random.Random, _good: dict[str, bytes]) -> None:
    """A number that is too large, where a length or a size may be."""
    if len(data) < 8:
        return
    where = rng.randrange(min(len(data) - 4, 256))
    form = rng.choice(("<I", ">I", "<H", ">H"))
    number = rng.choice(_LARGE_NUMBERS) & (0xFFFF if form[1] == "H" else 0xFFFFFFFF)
    struct.pack_into(form, data, where, number)


def _join(data: bytearray, rng: random.Random, good: dict[str, bytes]) -> None:
    """Two files in one: in front, behind, or in the middle."""
    other = good[rng.choice(sorted(good))]
    where = rng.choice((0, len(data), rng.randrange(len(data) + 1)))
    data[where:where] = other


def _fill(data: bytearray, rng: random.Random, _good: dict[str, bytes]) -> None:
    start = rng.randrange(len(data) + 1)
    data[start : start + rng.randrange(1, 64)] = bytes([rng.choice((0, 255, 10, 34))]) * 64


def _mend_png(data: bytearray, rng: random.Random, good: dict[str, bytes]) -> None:
    """A PNG whose header lies about its size, and whose check sum agrees."""
    data[:] = good["png"]
    size = struct.pack(">II", rng.choice((1, 56, 7000, 70_000, 2**31 - 1)), rng.choice((1, 9000)))
    data[16:24] = size
    data[29:33] = struct.pack(">I", zlib.crc32(bytes(data[12:29])))


CHANGES: dict[str, Callable[[bytearray, random.Random, dict[str, bytes]], None]] = {
    "bits flipped": _flip,
    "header flipped": _flip_header,
    "cut off": _cut,
    "cut out": _cut_out,
    "repeated": _repeat,
    "a number lies": _lie,
    "joined with another": _join,
    "filled": _fill,
    "a PNG of another size": _mend_png,
}


def _bombs() -> Iterator[HostileFile]:
    """What unpacks to much more than it is."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + body))
        return struct.pack(">I", len(body)) + kind + body + check

    zeros = bytes(300 << 20)
    inner = packed({"zeros.txt": zeros})
    yield HostileFile("a ZIP file of 300 MiB of zeros", inner)
    yield HostileFile("a ZIP file in a ZIP file", packed({f"{i}.zip": inner for i in range(20)}))
    yield HostileFile(
        "a ZIP file of 30,000 files", packed({f"a/{i}.txt": b"" for i in range(30_000)})
    )
    yield HostileFile("paths that climb", packed({"../../a/b.png": b"x", "/etc/c.png": b"x"}))
    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 0, 0, 0, 0)
    rows = zlib.compress(bytes(8 << 20), 9)
    png = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    yield HostileFile("a PNG of 3.6 gigapixels", png)
    text = zlib.compress(bytes(200 << 20), 9)
    note = chunk(b"zTXt", b"Comment\0\0" + text) + chunk(b"iCCP", b"profile\0\0" + text)
    small = struct.pack(">IIBBBBB", 2, 2, 8, 0, 0, 0, 0)
    data = chunk(b"IDAT", zlib.compress(bytes(6)))
    start = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", small)
    yield HostileFile("a PNG with 200 MiB of notes", start + note + data + chunk(b"IEND", b""))
    laughs = "".join(
        f'<!ENTITY l{i} "{f"&l{i - 1};" * 10 if i else "ha" * 50}">' for i in range(10)
    )
    xml = f'<?xml version="1.0"?><!DOCTYPE x [{laughs}]><worksheet>&l9;</worksheet>'.encode()
    for suffix in ("xlsx", "ods"):
        with zipfile.ZipFile(io.BytesIO(good_files()[suffix])) as archive:
            members = {entry: archive.read(entry) for entry in archive.namelist()}
        for name in members:
            if name.endswith(("sheet1.xml", "content.xml")):
                members[name] = xml
        yield HostileFile(f"entities in entities in {suffix}", packed(members))
        large = b"<worksheet>" + b"<row/>" * (20 << 20) + b"</worksheet>"
        members = {
            name: large if name.endswith(("sheet1.xml", "content.xml")) else data
            for name, data in members.items()
        }
        yield HostileFile(f"120 MiB of XML in {suffix}", packed(members))
    yield HostileFile("a cell in the last corner of a sheet", far_cell("XFD1048576"))
    yield HostileFile("a text repeated in a Parquet file", repeated_text(20_000, 200_000))
    yield HostileFile("a CSV of a million columns", b",".join([b"a"] * 1_000_000) + b"\n")
    yield HostileFile("a CSV of one cell", b'text\n"' + b"a" * (60 << 20) + b'"\n')
    yield HostileFile("quotes that do not end", b'"a,' * 2_000_000)
    yield HostileFile("JSON in JSON", b"[" * 2_000_000)
    yield HostileFile("lines of JSON in JSON", (b'{"a":' * 900 + b"1" + b"}" * 900 + b"\n") * 200)
    yield HostileFile("tags in tags", b"<div><!--" * 800_000)
    samples = io.BytesIO()
    with wave.open(samples, "wb") as file:
        file.setparams((1, 1, 1, 0, "NONE", ""))
        file.writeframes(bytes(1 << 20))
    yield HostileFile("a sound of one sample a second", samples.getvalue())


def far_cell(reference: str) -> bytes:
    """A workbook with a cell at the beginning and another one far away."""
    rows = [["text"], ["A film that I would watch again."]]
    with zipfile.ZipFile(io.BytesIO(workbooks.xlsx({"Reviews": rows}))) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    members[sheet] = members[sheet].replace(b'"A2"', f'"{reference}"'.encode())
    return packed(members)


def repeated_text(times: int, size: int) -> bytes:
    """A Parquet file whose rows all hold one text, which it stores once."""
    import pyarrow as pa
    from pyarrow import parquet

    text = pa.DictionaryArray.from_arrays(
        pa.array([0] * times, pa.int32()), ["A film " * (size // 7)]
    )
    stream = io.BytesIO()
    parquet.write_table(pa.table({"text": text}), stream, compression="zstd")
    return stream.getvalue()


def read(data: bytes) -> Iterator[tuple[str, str]]:
    """Every reader by name, and what it says: the sentence of a refusal, or nothing.

    Raises
    ------
    Whatever a reader raises that is no sentence.
    """
    from tests.bench.readers import READERS, answer

    for name in READERS:
        yield name, answer(name, data)


def _serve(pipe: Connection) -> None:
    """Read what comes; answer what each reader took, or what is wrong with it."""
    while True:
        data = pipe.recv_bytes()
        answers: list[dict[str, Any]] = []
        reading = read(data)
        while True:
            _forget_peak()
            started, worked = time.perf_counter(), worked_s()
            try:
                name, sentence = next(reading)
            except StopIteration:
                break
            except BaseException:  # noqa: BLE001 - whatever is no sentence is a fault
                answers.append({"reader": "", "fault": traceback.format_exc()[-2000:]})
                break
            # whichever is less: other work may share the cores, and decoders may use several
            seconds = min(time.perf_counter() - started, worked_s() - worked)
            answer = {"reader": name, "s": seconds, "peak": _peak(), "sentence": sentence}
            answers.append(answer)
            pipe.send_bytes(json.dumps(answer).encode())
        pipe.send_bytes(json.dumps({"end": answers[-1].get("fault", "")}).encode())


def worked_s() -> float:
    """Time on a core, of this process and of those that it has started."""
    return sum(os.times()[:4])


def _forget_peak() -> None:
    Path("/proc/self/clear_refs").write_text("5")


def _peak() -> int:
    """Bytes that it has had at most since that was last forgotten, or a process of its own ever."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return max(int(line.split()[1]), children) << 10
    return 0


class Reader:
    """A process that reads files, and another one if it ends."""

    def __init__(self) -> None:
        self._context = multiprocessing.get_context("spawn")
        self._start()

    def _start(self) -> None:
        self._pipe, theirs = self._context.Pipe()
        self._process = self._context.Process(target=_serve, args=(theirs,), daemon=True)
        self._process.start()
        theirs.close()

    def faults(self, file: HostileFile) -> Iterator[Fault]:
        """What is wrong with how a file is read."""
        self._pipe.send_bytes(file.data)
        last = "the first reader"
        try:
            while True:
                if not self._pipe.poll(PATIENCE * MOST_S * 3):
                    yield Fault(file, f"after {last}", "no answer")
                    self.close()
                    self._start()
                    return
                answer = json.loads(self._pipe.recv_bytes())
                if "end" in answer:
                    if answer["end"]:
                        yield Fault(file, f"after {last}", answer["end"])
                    return
                last = answer["reader"]
                if answer["s"] > MOST_S:
                    yield Fault(file, last, f"{answer['s']:.1f} s")
                if answer["peak"] > MOST_BYTES:
                    yield Fault(file, last, f"{answer['peak'] >> 20:,} MiB")
        except (EOFError, OSError):
            self._process.join()
            yield Fault(file, f"after {last}", f"the process ended, {self._process.exitcode}")
            self._start()

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.join()


def main() -> None:
    """Print every fault; the exit code is 1 if there is one."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", type=Path, help="folder for files with a fault")
    arguments = parser.parse_args()
    reader, started, number, found = Reader(), time.monotonic(), 0, 0
    for number, file in enumerate(files(arguments.count, arguments.seed), start=1):
        for fault in reader.faults(file):
            found += 1
            print(f"{file.name} ({len(file.data):,} bytes): {fault.reader}: {fault.what}")
            if arguments.keep:
                arguments.keep.mkdir(parents=True, exist_ok=True)
                (arguments.keep / f"{arguments.seed}-{number}").write_bytes(file.data)
    reader.close()
    print(f"{number:,} files in {time.monotonic() - started:.0f} s; faults: {found}")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
