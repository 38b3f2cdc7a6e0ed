"""Hostile files found by coverage: `python -m tests.bench.coverage_guided --minutes 60 --keep DIR`.

atheris (a tool of its own, to be had by `pip install --no-deps atheris`) lets libFuzzer change
files so that they reach further branches of `core.media` and of the parsers written in Python that
it uses. It begins with the files of `tests.bench.hostile_files`, and changes them its own way too.

Each file is to be answered or refused by a sentence within 5 s of a core and 1 GiB. What is not is
kept, and read again in a process of its own, which decides whether that is a fault: memory comes
back from an allocator late. Printed at the end: runs, edges covered, faults, the slowest file, peak
memory. `DIR` keeps the corpus, so a later run goes on from there.
"""

from __future__ import annotations

import argparse
import hashlib
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.bench import hostile_files
from tests.bench.hostile_files import MOST_BYTES, MOST_S, PATIENCE, HostileFile, Reader

LARGEST = 1 << 16  # bytes of a file
_ROUND_S = 600.0  # of one process, which grows by what the allocator keeps
_CHANGED = 400  # files to begin with beside the good ones


@dataclass
class Tally:
    """What all processes came to; `faults` by the name of a file."""

    runs: int = 0
    edges: int = 0
    slowest_s: float = 0.0
    peak_mib: int = 0
    kept: int = 0
    faults: dict[str, str] = field(default_factory=dict)

    def add(self, log: str) -> None:
        """Count what a process has printed."""

        def figures(pattern: str) -> list[float]:
            return [float(figure) for figure in re.findall(pattern, log)]

        self.runs += int(sum(figures(r"stat::number_of_executed_units: (\d+)")))
        self.edges = int(max([self.edges, *figures(r"cov: (\d+)")]))
        self.slowest_s = max([self.slowest_s, *figures(r"slowest: ([\d.]+) s")])
        self.peak_mib = int(max([self.peak_mib, *figures(r"stat::peak_rss_mb: +(\d+)")]))


def main() -> None:
    """Print the figures; the exit code is 1 if there is a fault."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--keep", type=Path, required=True, help="folder for corpus and faults")
    parser.add_argument("--reader", default="", help="of tests.bench.readers; by default all")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    started = time.monotonic()
    tally = guided(arguments.keep, arguments.minutes * 60, arguments.reader, arguments.seed)
    print(
        f"{tally.runs:,} runs in {(time.monotonic() - started) / 60:.1f} minutes, {tally.edges:,} "
        f"edges covered; the slowest took {tally.slowest_s:.1f} s, a process at most "
        f"{tally.peak_mib:,} MiB; {tally.kept} files kept, {len(tally.faults)} faults"
    )
    sys.exit(bool(tally.faults))


def guided(folder: Path, seconds: float, reader: str, seed: int) -> Tally:
    """One process after another until the time is over."""
    corpus, kept, log = folder / "corpus", folder / "kept", folder / "log.txt"
    kept.mkdir(parents=True, exist_ok=True)
    if not corpus.is_dir():
        corpus.mkdir()
        for data in _seeds(seed):
            (corpus / _name(data)).write_bytes(data)
    tally, judge, until = Tally(), Reader(), time.monotonic() + seconds
    seen, rounds = {path.name for path in kept.iterdir()}, 0
    while (left := until - time.monotonic()) > 1:
        rounds += 1
        options = [
            f"-max_total_time={min(left, _ROUND_S):.0f}",
            f"-timeout={PATIENCE * MOST_S:.0f}",
            f"-rss_limit_mb={MOST_BYTES >> 20}",
            f"-max_len={LARGEST}",
            f"-artifact_prefix={kept}/",
            f"-seed={1000 * seed + rounds}",
            "-print_final_stats=1",
            "-reload=0",
        ]
        command = [sys.executable, "-m", "tests.bench.coverage_guided_process", reader, str(kept)]
        with log.open("wb") as output:
            subprocess.run(
                [*command, *options, str(corpus)], stdout=output, stderr=output, check=False
            )
        tally.add(log.read_text("utf-8", errors="replace"))
        for path in sorted(kept.iterdir()):
            if path.name not in seen:
                seen.add(path.name)
                tally.kept += 1
                _judge(path, judge, tally)
                (corpus / _name(path.read_bytes())).unlink(missing_ok=True)
    judge.close()
    return tally


def _judge(path: Path, judge: Reader, tally: Tally) -> None:
    for fault in judge.faults(HostileFile(path.name, path.read_bytes()[1:])):
        tally.faults[path.name] = f"{fault.reader}: {fault.what}"
        print(f"{path.name}: {fault.reader}: {fault.what}", flush=True)


def _name(data: bytes) -> str:
    """What libFuzzer calls a file of the corpus."""
    return hashlib.sha1(data).hexdigest()


def _seeds(seed: int) -> Iterator[bytes]:
    """Files to begin with, each for some readers: the first byte chooses one."""
    from tests.bench.readers import READERS

    good = hostile_files.good_files().values()
    changed = (file.data for file in hostile_files.files(_CHANGED, seed))
    for number, data in enumerate([*good, *changed]):
        if len(data) < LARGEST:
            readers = range(len(READERS)) if number < len(good) else [number % len(READERS)]
            yield from (bytes([reader]) + data for reader in readers)


if __name__ == "__main__":
    main()
