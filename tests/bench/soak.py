"""An hour of mixed requests: `python -m tests.bench.soak --requests 1000 --minutes 60`.

A server of its own is asked, at an even pace and from this machine alone, for every task of the web
API (at once and as jobs, some of which are cancelled), for pages by visitors who come and go,
upload and train, and for what is to be refused. Inputs are small, and never the same twice, so
that caches fill. Before, everything has been asked for once. Caches of results are small here
(`--results-mib`), so that they are full soon and what grows later is something else.

Printed: the memory of the server minute by minute after that, its median in each quarter, its slope
by Theil and Sen with 95 % bounds, and what was answered otherwise than expected. The pool of
networks lets some go for others all the time, of this size or that; so the same is printed for the
memory beyond what the pool says that its networks take.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import re
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psutil
import requests
from scipy import stats

from core.tasks import TASKS, Task
from tests.bench import room
from tests.bench.made_inputs import SMALL, inputs_of, spoiled
from tests.bench.room import PAGES, Tally, Visitor
from tests.conftest import Server

_MIB = 1 << 20
_AT_ONCE = 3  # requests; a visitor may have four jobs waiting
_PATIENCE_S = 300.0
_KINDS = {"at once": 40, "job": 15, "page": 20, "upload": 8, "train": 3, "leave": 4, "wrong": 10}


class Soak:
    """Asks a server, and counts what it says.

    Attributes
    ----------
    asked : how often by kind.
    unexpected : what was not as it should be, by kind and reason.
    memory : MiB of the server, of the networks in its pool, and of the processes that it has
        started, by minute.
    """

    def __init__(self, server: Server, seed: int) -> None:
        self._server = server
        self._process = psutil.Process(server.process.pid)
        self._rng = random.Random(seed)
        self._session = requests.Session()
        self._number = 0
        self.asked: Counter[str] = Counter()
        self.unexpected: Counter[str] = Counter()
        self.memory: list[tuple[float, float, float]] = []

    async def warm_up(self) -> None:
        """Everything once."""
        for task in TASKS.values():
            await self._counted("job" if task.is_job else "at once", task)
        for page in PAGES:
            await self._counted("page", page)
        for kind in ("upload", "train", "leave", "wrong"):
            await self._counted(kind)

    async def ask(self, count: int, seconds: float) -> None:
        """So many requests of all kinds, one after a fixed time after another."""
        kinds = self._rng.choices([*_KINDS], [*_KINDS.values()], k=count)
        free, started = asyncio.Semaphore(_AT_ONCE), time.monotonic()
        watching = asyncio.create_task(self._watch())

        async def one(kind: str) -> None:
            async with free:
                await self._counted(kind)

        async with asyncio.TaskGroup() as group:
            for number, kind in enumerate(kinds):
                due = started + number * seconds / count
                await asyncio.sleep(max(0.0, due - time.monotonic()))
                async with free:  # at most so many wait, too
                    group.create_task(one(kind))
        await asyncio.sleep(max(0.0, started + seconds - time.monotonic()))
        watching.cancel()

    async def _watch(self) -> None:
        while True:
            own = self._process.memory_info().rss / _MIB
            others = sum(one.memory_info().rss for one in self._process.children(recursive=True))
            networks = await self._pool_bytes() / _MIB
            self.memory.append((own, networks, others / _MIB))
            print(
                f"{len(self.memory) - 1} min: {own:,.0f} MiB, networks {networks:,.0f}, "
                f"{dict(self.asked)}",
                flush=True,
            )
            await asyncio.sleep(60)

    async def _pool_bytes(self) -> float:
        metrics = (await self._send("GET", "/metrics")).text
        (line,) = re.findall(r"^graft_pool_used_bytes (.*)$", metrics, re.MULTILINE)
        return float(line)

    async def _counted(self, kind: str, what: Any = None) -> None:
        self.asked[kind] += 1
        self._number += 1
        rng = random.Random(self._number)
        try:
            async with asyncio.timeout(_PATIENCE_S):
                if kind in ("at once", "job"):
                    await self._task(what or self._any_task(kind), rng, is_whole=what is not None)
                elif kind == "wrong":
                    await self._wrong(rng)
                else:
                    await self._visit(kind, what, rng)
        except Exception as err:  # noqa: BLE001 - it is counted
            self.unexpected[f"{kind}: {type(err).__name__} {err}"[:200]] += 1

    def _any_task(self, kind: str) -> Task:
        return self._rng.choice([one for one in TASKS.values() if one.is_job == (kind == "job")])

    async def _task(self, task: Task, rng: random.Random, *, is_whole: bool) -> None:
        """A task; of a job also how far it is, and its result or that it is cancelled."""
        answer = await self._post(task, inputs_of(task, rng), SMALL.get(task.name, {}))
        self._expect(answer, 202 if task.is_job else 200, task.name)
        if not task.is_job:
            return
        job = answer.json()["links"]["self"]
        if not is_whole and rng.random() < 0.4:
            await asyncio.sleep(rng.uniform(0, 2))
            self._expect(await self._send("DELETE", job), 200, f"cancel {task.name}")
            return
        while (state := (await self._send("GET", job)).json())["state"] in ("queued", "running"):
            await asyncio.sleep(0.5)
        if state["state"] != "done":
            self.unexpected[f"{task.name}: {state['state']}, {state['error']}"] += 1
            return
        self._expect(await self._send("GET", f"{job}/result"), 200, f"result of {task.name}")

    async def _wrong(self, rng: random.Random) -> None:
        """Something that is to be refused."""
        task = rng.choice([one for one in TASKS.values() if one.inputs])
        answer = await self._post(task, spoiled(task, rng), SMALL.get(task.name, {}))
        if task.is_job and answer.status_code == 202:  # judged once it runs
            job = answer.json()["links"]["self"]
            while (await self._send("GET", job)).json()["state"] in ("queued", "running"):
                await asyncio.sleep(0.5)
            return
        self._expect(answer, 400, f"wrong {task.name}")

    async def _visit(self, kind: str, page: str | None, rng: random.Random) -> None:
        """A visitor comes, does something and goes."""
        visitor, tally = Visitor(self._server.url), Tally()
        await visitor.come()
        if kind == "page":
            await visitor.open(rng.choice(PAGES) if page is None else page)
            await visitor.rerun()
        elif kind == "upload":
            await visitor.open("classify", classify_source="Upload")
            await visitor.upload("own.jpg", room.photo(rng.randrange(10**9)))
        elif kind == "train":
            await room.train(visitor, rng, tally)
        else:
            opening = asyncio.create_task(visitor.open(rng.choice(PAGES)))
            await asyncio.sleep(rng.random())
            opening.cancel()
        for message in visitor.exceptions():
            self.unexpected[f"{kind}: {message}"[:200]] += 1
        await visitor.leave()

    def _expect(self, answer: requests.Response, status: int, what: str) -> None:
        if answer.status_code != status:
            said = f"{what}: {answer.status_code} {answer.text}"
            self.unexpected[said[:200]] += 1

    async def _post(
        self, task: Task, inputs: dict[str, Any], settings: dict[str, Any]
    ) -> requests.Response:
        if all(each.is_text for each in task.inputs):
            return await self._send("POST", f"/api/{task.name}", json=inputs | settings)
        files = [
            (name, (name, part))
            for name, data in inputs.items()
            for part in (data if isinstance(data, list) else [data])
        ]
        return await self._send("POST", f"/api/{task.name}", files=files or None, params=settings)

    async def _send(self, method: str, path: str, **body: Any) -> requests.Response:
        url = f"{self._server.url}{path}"
        return await asyncio.to_thread(
            self._session.request, method, url, timeout=_PATIENCE_S, **body
        )


def figures(memory: Sequence[float]) -> dict[str, Any]:
    """What memory by minute comes to, in MiB."""
    size = max(1, len(memory) // 4)
    quarters = [memory[at * size : (at + 1) * size if at < 3 else None] for at in range(4)]
    slope, _, low, high = stats.theilslopes(memory, range(len(memory)))
    return {
        "first": round(memory[0]),
        "quarters": [round(statistics.median(part or memory)) for part in quarters],
        "per hour": [round(60 * each, 1) for each in (slope, low, high)],
        "peak": round(max(memory)),
    }


async def soak(server: Server, count: int, minutes: float, seed: int) -> Soak:
    """Warm up, ask, and print what it came to."""
    asked = Soak(server, seed)
    started = time.monotonic()
    await asked.warm_up()
    print(f"warmed up in {time.monotonic() - started:.0f} s by {dict(asked.asked)}", flush=True)
    warmed = asked.asked.copy()
    await asked.ask(count, 60 * minutes)
    print(f"{count:,} requests in {minutes:g} minutes: {dict(asked.asked - warmed)}")
    whole, networks, others = zip(*asked.memory, strict=True)
    beyond = [own - pooled for own, pooled in zip(whole, networks, strict=True)]
    print(f"memory of the server: {json.dumps(figures(whole))}")
    print(f"beyond the networks in its pool: {json.dumps(figures(beyond))}")
    print(f"of processes that it has started: at most {max(others):,.0f} MiB")
    print(f"not as expected: {asked.unexpected.total()}")
    for what, times in asked.unexpected.most_common():
        print(f"  {times} times: {what}")
    return asked


def main() -> None:
    """Print the figures; the exit code is 1 if something was not as expected."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--requests", type=int, default=1000)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--results-mib", type=int, default=48, help="GRAFT_RESULTS_MIB")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="graft-") as name:
        environment = {"GRAFT_ACCESS": "open", "GRAFT_RESULTS_MIB": f"{arguments.results_mib}"}
        server = Server(Path(name), environment)
        try:
            asked = asyncio.run(soak(server, arguments.requests, arguments.minutes, arguments.seed))
            if "Traceback" in server.log:
                asked.unexpected["a traceback in the log"] += 1
            if asked.unexpected:
                print(server.log[-4000:])
        finally:
            server.stop()
    sys.exit(bool(asked.unexpected))


if __name__ == "__main__":
    main()
