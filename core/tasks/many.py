"""Tasks on one input as jobs on many of them: results one after another, and a table of all."""

from __future__ import annotations

import io
import zipfile
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from pydantic import create_model

from core.errors import GraftError
from core.media import encode_png
from core.tasks.photos import CLASSIFY, PHOTOS
from core.tasks.pictures import CAPTION, COLORIZE
from core.tasks.sounds import SOUNDS
from core.tasks.task import CSV, PARQUET, ZIP, Answer, Input, Task

_AT_ONCE = 8  # so that a network gets batches
MOST_PIXELS = 512_000_000  # of all pictures together, which stay in memory as 3 bytes each
_TOO_LARGE = (
    "Expected at most {} megapixels in all pictures together. Received: more. "
    "Use the rest of the photos in another job."
)


@dataclass(frozen=True, slots=True)
class ManyStep:
    """What there is after some of many inputs.

    Attributes
    ----------
    total : how many inputs there are.
    results : of each input so far its result, None where there is none.
    errors : of each input so far why there is no result, empty where there is one.
    """

    total: int
    results: tuple[Any, ...]
    errors: tuple[str, ...]

    @property
    def done(self) -> int:
        """How many have been worked on."""
        return len(self.results)


def many(task: Task, name: str, title: str, inputs: Input) -> Task:
    """The job that does for each of many inputs what `task` does for one.

    An input that cannot be used is reported, and does not stop the others.
    """

    def run(values: Sequence[bytes], **settings: Any) -> Iterator[ManyStep]:
        step = ManyStep(len(values), (), ())
        work = partial(_result, task, settings)
        pixels = 0
        for result, error in _in_order(work, values):
            if task.picture is not None and result is not None:
                pixels += task.picture(result)[..., 0].size
                if pixels > MOST_PIXELS:
                    result, error = None, _TOO_LARGE.format(MOST_PIXELS // 1_000_000)
            step = ManyStep(step.total, (*step.results, result), (*step.errors, error))
            yield step

    stem = "".join(part.capitalize() for part in name.split("-"))
    answer: type[Answer] = create_model(
        f"{stem}Answer",
        __base__=Answer,
        done=(int, ...),
        total=(int, ...),
        results=(list[task.answer | None], ...),  # type: ignore[name-defined]  # of this task
        errors=(list[str], ...),
    )
    answer = _with_of(answer, task)
    picture = None if task.picture is None else partial(_last_picture, task.picture)
    files: dict[str, Callable[[Any], bytes]] = {}
    if CSV in task.files:
        files = {CSV: partial(_csv, task), PARQUET: partial(_parquet, task)}
    if task.picture is not None:
        files[ZIP] = partial(_pictures, task.picture)
    return Task(
        name=name,
        title=title,
        about=f"{task.about.removesuffix('.')}, for each of many.",
        inputs=(inputs,),
        settings=task.settings,
        function=run,
        answer=answer,
        picture=picture,
        files=files,
        share=lambda step: step.done / step.total,
    )


def _with_of(answer: type[Answer], task: Task) -> type[Answer]:
    """The same model, which knows how results of `task` are answered."""

    class ManyAnswer(answer):  # type: ignore[misc, valid-type]  # made for the task
        @classmethod
        def of(cls, result: object) -> Any:
            if not isinstance(result, ManyStep):
                raise TypeError(f"Expected a step. Received: {type(result).__name__}.")
            results = [None if one is None else task.answer.of(one) for one in result.results]
            return cls(
                done=result.done, total=result.total, results=results, errors=list(result.errors)
            )

    ManyAnswer.__name__ = ManyAnswer.__qualname__ = answer.__name__
    return ManyAnswer


def _result(task: Task, settings: dict[str, Any], value: bytes) -> tuple[Any, str]:
    try:
        return task.function(value, **settings), ""
    except GraftError as err:
        return None, str(err)


def _in_order(
    work: Callable[[bytes], tuple[Any, str]], values: Sequence[bytes]
) -> Iterator[tuple[Any, str]]:
    """Some at once; those that have not begun when nobody asks any more never do."""
    waiting: deque[Future[tuple[Any, str]]] = deque()
    pool = ThreadPoolExecutor(_AT_ONCE)
    try:
        for value in values:
            waiting.append(pool.submit(work, value))
            if len(waiting) >= _AT_ONCE:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)


def _table(task: Task, step: ManyStep) -> Any:
    import pandas as pd  # takes a while

    rows = [pd.DataFrame({"input": [], "error": []}).astype({"input": int, "error": str})]
    for place, (result, error) in enumerate(zip(step.results, step.errors, strict=True)):
        row = pd.DataFrame({"error": [error]})
        if result is not None:
            row = pd.read_parquet(io.BytesIO(task.files[PARQUET](result)))
        rows.append(row.assign(input=place, error=error))
    return pd.concat(rows, ignore_index=True)


def _csv(task: Task, step: ManyStep) -> bytes:
    return bytes(_table(task, step).to_csv(index=False).encode())


def _parquet(task: Task, step: ManyStep) -> bytes:
    return bytes(_table(task, step).to_parquet(index=False))


def _pictures(picture: Callable[[Any], np.ndarray], step: ManyStep) -> bytes:
    """A ZIP file with a PNG for each result, called by its place."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for place, result in enumerate(step.results):
            if result is not None:
                archive.writestr(f"{place}.png", encode_png(picture(result)))
    return buffer.getvalue()


def _last_picture(picture: Callable[[Any], np.ndarray], step: ManyStep) -> np.ndarray:
    """The newest; a grey point as long as there is none."""
    results = [result for result in step.results if result is not None]
    return picture(results[-1]) if results else np.full((1, 1, 3), 128, np.uint8)


_RECORDINGS = Input("recordings", "sounds", "Recordings")

MANY_PHOTOS = many(CLASSIFY, "many-photos", "Classify many photos", PHOTOS)
MANY_RECORDINGS = many(SOUNDS, "many-recordings", "Classify many recordings", _RECORDINGS)
MANY_CAPTIONS = many(CAPTION, "many-captions", "Describe many photos", PHOTOS)
MANY_COLORS = many(COLORIZE, "many-colors", "Colour many photos", PHOTOS)
