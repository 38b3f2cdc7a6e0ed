"""Kill a process that saves, again and again: `python -m tests.bench.project_kills --times 200`.

Each time a process of its own opens the store, saves data sets, pictures, models and corrections,
and prints what was saved once the call that saved it has returned. It is killed by SIGKILL at a
random moment. Then every project is opened, and whatever was printed so far must be there, contents
included. At the end contents that nothing refers to are collected, and all is checked once more.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, TextIO

from core.projects import Correction, Projects, sweeping
from tests.bench.databases import postgresql


def save_for_ever(database: str, blobs: str, seed: int) -> None:
    """Save things until the process is killed; print each as JSON once it is saved."""
    rng = random.Random(seed)
    store = Projects(database, blobs)

    def report(**what: Any) -> None:
        print(json.dumps(what), flush=True)

    report(event="ready")
    while True:
        project = store.create(f"Project {rng.random()}")
        report(event="project", token=project.token)
        photos = project.add(
            "photos", "Photos", {}, {"data": rng.randbytes(rng.randint(1, 1 << 20))}
        )
        report(event="item", token=project.token, id=photos.id, digest=photos.parts["data"].digest)
        for _ in range(rng.randint(1, 12)):
            kind = rng.choice(["correct", "picture", "change", "copy", "remove"])
            if kind == "correct":
                position, label = rng.randrange(50), rng.choice(["cat", "dog", None])
                report(event="begin", token=project.token, id=photos.id, position=position)
                project.correct(photos, position, label, tested=False)
                report(event="correction", token=project.token, id=photos.id, position=position,
                     label=label)  # fmt: skip
            elif kind == "picture":
                content = {"image": rng.randbytes(rng.randint(1, 200_000))}
                item = project.add("picture", "Picture", {}, content)
                report(event="item", token=project.token, id=item.id,
                     digest=item.parts["image"].digest)  # fmt: skip
            elif kind == "change":
                report(event="changing", id=photos.id)
                photos = project.change(photos, content={"data": rng.randbytes(100_000)})
                report(event="item", token=project.token, id=photos.id,
                     digest=photos.parts["data"].digest)  # fmt: skip
            elif kind == "copy":
                copy = project.copy()
                report(event="project", token=copy.token)
            else:
                item = project.add("settings", "Settings", {"number": rng.random()})
                project.remove(item)
                report(event="removed", token=project.token, id=item.id)


@dataclass
class Promised:
    """What was said to be saved.

    Attributes
    ----------
    items : (token, id) to the digest of the content; None while it is being changed.
    corrections : (token, id, position) to the label; False while it is being changed.
    """

    tokens: list[str] = field(default_factory=list)
    items: dict[tuple[str, str], str | None] = field(default_factory=dict)
    corrections: dict[tuple[str, str, int], str | bool | None] = field(default_factory=dict)
    removed: list[tuple[str, str]] = field(default_factory=list)

    def add(self, line: str) -> None:
        """Note what the process has printed."""
        what = json.loads(line)
        match what.pop("event"):
            case "project":
                self.tokens.append(what["token"])
            case "item":
                self.items[what["token"], what["id"]] = what["digest"]
            case "changing":
                self.items |= {key: None for key in self.items if key[1] == what["id"]}
            case "begin":
                self.corrections[what["token"], what["id"], what["position"]] = False
            case "correction":
                self.corrections[what["token"], what["id"], what["position"]] = what["label"]
            case "removed":
                self.removed.append((what["token"], what["id"]))

    def missing(self, store: Projects, tokens: set[str]) -> Iterator[str]:
        """What is not there of some projects; each content is read and checked by its digest."""
        for token in tokens:
            project = store.open(token)
            there = {item.id: item for item in project.items()}
            for item in there.values():
                for name in item.parts:
                    project.read(item, name)
            for (of, id), digest in self.items.items():
                if of == token and (id not in there or digest not in (None, *_digests(there[id]))):
                    yield f"item {id}"
            for of, id in self.removed:
                if of == token and id in there:
                    yield f"removal of {id}"
            noted = {id: project.corrections(item) for id, item in there.items()}
            for (of, id, position), label in self.corrections.items():
                expected = None if label is False else Correction(label, False)
                if of == token and expected not in (None, noted.get(id, {}).get(position)):
                    yield f"correction {position} of {id}"


def _digests(item: Any) -> list[str]:
    return [part.digest for part in item.parts.values()]


@dataclass(frozen=True)
class Outcome:
    """What came of it."""

    kills: int
    projects: int
    items: int
    corrections: int
    missing: list[str]
    collected: int


def saving_process(database: str, blobs: str, seed: int) -> tuple[TextIO, int]:
    """A process that saves: what it prints, and its id."""
    out, into = os.pipe()
    child = os.fork()
    if child == 0:
        os.dup2(into, 1)
        sys.stdout = os.fdopen(1, "w")
        try:
            save_for_ever(database, blobs, seed)
        finally:
            os._exit(1)
    os.close(into)
    return os.fdopen(out), child


def kill_and_look(database: str, blobs: str, *, times: int, seed: int) -> Outcome:
    """Kill a saving process so many times, and look each time whether all is there."""
    rng = random.Random(seed)
    promised, missing = Promised(), []
    for number in range(times):
        before = set(promised.tokens)
        lines, child = saving_process(database, blobs, number)
        with lines:
            lines.readline()  # it is ready
            time.sleep(rng.uniform(0, 0.5))
            os.kill(child, signal.SIGKILL)
            _, status = os.waitpid(child, 0)
            if not os.WIFSIGNALED(status):
                missing.append(f"process {number}, which ended by itself")
            for line in lines:
                if line.endswith("\n"):
                    promised.add(line)
        store = Projects(database, blobs)
        missing += promised.missing(store, set(promised.tokens) - before)
        store.close()
    store = Projects(database, blobs)
    sweeping.GRACE = timedelta(0)  # of what no process is saving any more
    collected = store.sweep()
    missing += promised.missing(store, set(promised.tokens))
    referred = {
        part.digest
        for token in promised.tokens
        for item in store.open(token).items()
        for part in item.parts.values()
    }
    left = {part.digest for part in store.blobs.older_than(-60)}
    missing += [f"content {digest}" for digest in referred - left]
    store.close()
    return Outcome(
        times,
        len(promised.tokens),
        len(promised.items),
        len(promised.corrections),
        missing,
        collected,
    )


def main() -> None:
    """Print what came of it; the exit code is 1 if anything is missing."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--times", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--postgresql", action="store_true", help="in place of SQLite")
    arguments = parser.parse_args()
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="graft-"))
        database = f"{folder}/projects.db"
        if arguments.postgresql:
            database = stack.enter_context(postgresql(f"{folder}/postgresql"))
        started = time.monotonic()
        outcome = kill_and_look(
            database, f"{folder}/content", times=arguments.times, seed=arguments.seed
        )
        print(
            f"{outcome.kills} kills: {outcome.projects} projects, {outcome.items} items and "
            f"{outcome.corrections} corrections were said to be saved; missing: "
            f"{len(outcome.missing)}; {outcome.collected:,} bytes of unfinished and replaced "
            f"contents collected; {time.monotonic() - started:.0f} s"
        )
        for what in outcome.missing[:20]:
            print(f"  missing: {what}")
    sys.exit(bool(outcome.missing))


if __name__ == "__main__":
    main()
