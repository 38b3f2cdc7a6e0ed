"""Any number of inputs by Ray Data: read and worked on by as many workers as there is room for."""

from __future__ import annotations

import logging
import pickle
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core import engine, zoo
from core.cluster.connection import (
    CPUS_OF_WORK,
    OVER_CLIENT,
    ClusterError,
    connected,
    lost,
    share_of_gpu,
)
from core.engine.cancellation import LOOK_EVERY_S
from core.errors import GraftError, as_told
from core.settings import settings as current_settings
from core.tasks import task as task_named
from core.tasks.folders.items import Item
from core.tasks.folders.provenance import provenance
from core.tasks.folders.steps import FolderStep, command_of, folder_steps
from core.tasks.folders.together import parts
from core.tasks.folders.work import Piece, Work, encoded, in_threads
from core.tasks.task import Given, Settings, Task

if TYPE_CHECKING:
    import pyarrow as pa

_log = logging.getLogger(__name__)
_CORES, _GPU = 1, 0.25  # of a worker
_LEAST, _MOST, _SHARE = 16, 256, 64  # items of a block: small ones keep all busy, many cost time
_RETRIES = 3  # of a block whose worker has ended: one of its inputs may be why
_SENT_BYTES = 1 << 16  # of results, before they leave a worker


def cluster_folder_steps(
    task: Task,
    settings: Settings,
    named: Sequence[str],
    others: Mapping[str, Given],
    output: Path,
    command: str,
    refuse: Callable[[str, str], None],
) -> Iterator[FolderStep]:
    """`folder_steps`, by the cluster of `GRAFT_CLUSTER`, or one that starts on this machine.

    A step comes several times a second, so that whoever shows it can stop: leaving ends the work on
    the cluster, and what is done stays in the part file. The same command goes on from there, on a
    cluster or without.

    Parameters
    ----------
    named : files, which have to be at the same place on each node, and URLs of buckets, for which
        each node needs credentials.

    Raises
    ------
    ClusterError
        If the cluster cannot be used, or does not go on.
    GraftError
        As `folder_steps` does.
    """
    each, own, then = parts(task, settings, named)
    return folder_steps(
        each,
        partial(encoded, each, own),
        named,
        others,
        output,
        command,
        refuse,
        about=partial(provenance, task, settings),
        run=partial(_on_cluster, own),
        then=then,
    )


def told_steps(
    name: str, settings: Settings, named: Sequence[str], output: Path
) -> Iterator[FolderStep | tuple[str, str]]:
    """The same for who is another process: refused inputs come between the steps."""
    refused: list[tuple[str, str]] = []
    task = task_named(name)
    command = command_of(task, [list(named)], {}, settings)
    steps = cluster_folder_steps(
        task, settings, named, {}, output, command, lambda *each: refused.append(each)
    )
    for step in steps:
        yield from refused
        refused.clear()
        yield step


def _on_cluster(settings: Settings, work: Work, items: Iterable[Item]) -> Generator[list[Piece]]:
    """`work` on all items, in order; several times a second an empty list."""
    blocks = _blocks(work, items)
    first = next(blocks, None)  # so that a cluster starts for something
    if first is None:
        return
    for name in settings.networks():
        zoo.network(name)  # or workers would start for one that nobody knows
    ray = connected("auto")
    request = (work.task.name, settings, dict(work.others), work.makes_pictures)
    kept = [ray.put(block) for block in chain([first], blocks)]
    yield []
    is_shared = current_settings().cluster != "none"  # or it was started for this alone
    driver = ray.remote(num_cpus=0, **_here(ray))(_Driver).remote(request, kept, is_shared)
    try:
        while True:
            asked = driver.next.remote()
            while not ray.wait([asked], timeout=LOOK_EVERY_S)[0]:
                yield []
            for kind, content in map(pickle.loads, ray.get(asked)):
                if kind == "end":
                    return
                if kind == "error":
                    raise content
                yield content
    except ray.exceptions.RayTaskError:
        raise  # of our own
    except (ray.exceptions.RayError, ConnectionError) as err:
        raise ClusterError(
            "Expected the cluster to go on. Received: an end of the machine that leads the work. "
            "Run the same command again to continue."
        ) from err
    finally:
        with suppress(ray.exceptions.RayError, ConnectionError):
            ray.kill(driver)  # with the workers that it has started


def _here(ray: Any) -> dict[str, Any]:
    """Where to lead the work: on this machine if it is a node, which will not end before we do."""
    if current_settings().cluster.startswith(OVER_CLIENT):
        return {}
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

    node = ray.get_runtime_context().get_node_id()
    return {"scheduling_strategy": NodeAffinitySchedulingStrategy(node, soft=True)}


def _blocks(work: Work, items: Iterable[Item]) -> Iterator[pa.Table]:
    """Chunks of items; more in a block the more there were before."""
    chunks: list[list[Item]] = []
    listed = waiting = 0
    for chunk in work.chunks(items):
        chunks.append(chunk)
        listed, waiting = listed + len(chunk), waiting + len(chunk)
        if waiting >= min(_MOST, max(_LEAST, listed // _SHARE)):
            yield _row(chunks)
            chunks, waiting = [], 0
    if chunks:
        yield _row(chunks)


def _row(content: Any) -> pa.Table:
    """A table of one row, as Ray Data has it."""
    import pyarrow as pa

    return pa.table({"content": pa.array([pickle.dumps(content, protocol=5)], pa.binary())})


class _Driver:
    """Runs Ray Data on a node: whoever waits for it can leave at any time, and ends it by that."""

    def __init__(self, request: tuple[Any, ...], blocks: list[Any], is_shared: bool) -> None:
        self._batches = _batches(request, blocks, is_shared)

    def next(self) -> list[bytes]:
        """The next messages: pieces, an error, or an end."""
        import ray

        ended: tuple[type[Exception], ...] = (*lost(ray), ray.exceptions.ActorUnavailableError)
        try:
            batch = next(self._batches, None)
        except ended as err:
            _log.warning("workers on a folder have ended", exc_info=err)
            told = ClusterError(
                f"Expected the cluster to go on. Received: {_RETRIES + 1} ends of workers on the "
                "same inputs. Most likely their memory ran out. Run the same command again to "
                "continue."
            )
            return [pickle.dumps(("error", told))]
        if batch is None:
            return [pickle.dumps(("end", None))]
        messages: list[bytes] = batch["content"].to_pylist()
        return messages


def _batches(request: tuple[Any, ...], blocks: list[Any], is_shared: bool) -> Iterator[pa.Table]:
    import ray
    from ray.data import ActorPoolStrategy, DataContext

    context = DataContext.get_current()
    context.enable_progress_bars = False
    context.execution_options.preserve_order = True
    context.target_max_block_size = _SENT_BYTES
    most = int(ray.cluster_resources().get("CPU", 1) // CPUS_OF_WORK)
    if is_shared:
        most -= 1  # so that jobs of others begin: a folder may take a day
    most = max(1, most)
    results = ray.data.from_arrow_refs(blocks).map_batches(
        _Worker,
        fn_constructor_args=request,
        batch_size=1,  # a block
        batch_format="pyarrow",
        compute=ActorPoolStrategy(min_size=1, max_size=most, initial_size=min(most, len(blocks))),
        num_cpus=CPUS_OF_WORK,
        num_gpus=share_of_gpu(ray, _GPU),
        max_task_retries=_RETRIES,
    )
    yield from results.iter_batches(batch_size=None, batch_format="pyarrow")


class _Worker:
    """Reads items and works on them, with one core."""

    def __init__(
        self, name: str, settings: Settings, others: dict[str, Given], makes_pictures: bool
    ) -> None:
        task = task_named(name)
        self._work = Work(task, others, makes_pictures, partial(encoded, task, settings))
        engine.use_cores(_CORES)

    def __call__(self, block: pa.Table) -> Iterator[pa.Table]:
        """The messages about a block: of each chunk its pieces, or an error."""
        try:
            for pieces in in_threads(self._work, pickle.loads(block["content"][0].as_py())):
                yield _row(("pieces", pieces))
        except Exception as err:
            told = as_told(err)
            if not isinstance(told, GraftError):
                raise
            yield _row(("error", told))
