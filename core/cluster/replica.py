"""What answers on a node: a process for each family of tasks, with the networks of that family."""

from __future__ import annotations

import asyncio
import contextlib
import pickle
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from core import zoo
from core.errors import GraftError, as_told

AT_ONCE = 32
"""Requests in one replica: as many as a network's batches can take together."""
_SAVED = 16  # classifiers of projects that a replica is known to have


class Replica:
    """Answers requests of Ray Serve, many at once in threads, whose inputs share batches."""

    def __init__(self) -> None:
        from ray import serve

        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="answer")
        self._saved = serve.multiplexed(max_num_models_per_replica=_SAVED)(_saved)
        self._name_of_saved = serve.get_multiplexed_model_id

    async def __call__(self, request: bytes) -> bytes:
        """Do the call in `request`.

        Returns
        -------
        A pair, pickled: the result and None, or None and the `GraftError` that it ended with.
        """
        if name := self._name_of_saved():
            await self._saved(name)
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, _answer, request)


async def _saved(name: str) -> str:
    """Let requests for the same classifier come here, where it is by then."""
    with contextlib.suppress(GraftError):  # the task says so in its own words
        await asyncio.to_thread(zoo.network, name)
    return name


def _answer(request: bytes) -> bytes:
    call = pickle.loads(request)
    reply: tuple[Any, GraftError | None]
    try:
        reply = call(), None
    except Exception as err:
        told = as_told(err)
        if not isinstance(told, GraftError):
            raise
        reply = None, told
    return pickle.dumps(reply, protocol=5)
