"""How real jobs get on: `python -m tests.bench.time_left FILE` records when how much was done.

What tests/core/engine/test_time_left.py judges forecasts by.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from core import engine
from core.learning.feature_cache import FeatureCache
from core.optvis import deep_dream, filters, nine, style_transfer
from core.optvis.style_samples import style_sample
from core.smallest_transfer import IrisSettings, transfer_iris
from core.vision import classification, exploration
from core.vision.transfer import TrainingSettings
from core.vision.transfer.race import race
from pages._captions.many_photos import caption_photos
from pages._colorize.many_photos import paint_photos
from pages._ui.inputs import SAMPLE_PHOTOS, NamedPhoto

Job = tuple[Callable[[], Iterator[Any]], Callable[[Any], float | None]]
PALACE = next(photo for photo in SAMPLE_PHOTOS if photo.name == "Palace").data


def jobs() -> Iterator[tuple[str, Job]]:
    """Each kind of long work, as pages start it with what they open with."""
    by_share = lambda step: step.share  # noqa: E731
    swirls = style_sample("Swirls")
    yield "style", (partial(style_transfer.stylize, PALACE, swirls), by_share)
    yield "nine", (partial(nine.nine, PALACE, swirls), by_share)
    yield "dream", (partial(deep_dream.dream, PALACE), by_share)
    yield (
        "dream zoom",
        (
            partial(deep_dream.zoom, PALACE, frames=12),
            by_share,
        ),
    )
    yield (
        "filters",
        (
            lambda: filters.visualize(
                "block4_conv1", range(8), network="hed_vgg16", size=128, steps=60, seed=0
            ),
            lambda step: step.iteration / step.steps,
        ),
    )
    photos = [NamedPhoto(f"{i}", SAMPLE_PHOTOS[i % 6].data) for i in range(600)]
    yield (
        "classify",
        (
            lambda: _rows(
                classification.classify_all((p.data for p in photos), backbone="efficientnet_lite2")
            ),
            lambda rows: rows / 600,
        ),
    )
    from pages._captions.choices import SearchSettings

    yield (
        "captions",
        (
            lambda: caption_photos(photos[:48], SearchSettings((3,), 0.7, 1.0)),
            lambda rows: len(rows) / 48,
        ),
    )
    from pages._colorize.choices import PaintSettings

    yield (
        "colour",
        (
            lambda: paint_photos(photos[:24], PaintSettings(1.0, 0.4), "JPEG"),
            lambda rows: len(rows) / 24,
        ),
    )
    from pages._transfer.sample_sets import SAMPLE_SETS

    name = next(iter(SAMPLE_SETS))
    dataset = SAMPLE_SETS[name].dataset()
    from pages._transfer.explore import _progress

    yield (
        "explore",
        (lambda: exploration.explore(dataset, "efficientnet_lite1"), lambda s: _progress(s)[0]),
    )
    entrants = [TrainingSettings(strategy=s) for s in ("scratch", "features", "fine_tune")]
    yield "race", (lambda: engine.run_in_process(race, dataset, entrants), by_share)
    yield "race of one", (lambda: engine.run_in_process(race, dataset, entrants[2:]), by_share)
    yield "iris", (lambda: engine.run_in_process(transfer_iris, IrisSettings()), by_share)
    from pages._documents.train import ROOM as TEXTS
    from pages._documents.training_samples import sample_texts
    from pages._sounds.train import ROOM as SOUNDS
    from pages._sounds.training_samples import sample_sounds

    yield (
        "documents",
        (lambda: TEXTS.trainer._train(sample_texts(), TEXTS.defaults, FeatureCache()), by_share),
    )
    yield (
        "sounds",
        (lambda: SOUNDS.trainer._train(sample_sounds(), SOUNDS.defaults, FeatureCache()), by_share),
    )


def _rows(answers: Iterator[Any]) -> Iterator[int]:
    for done, _ in enumerate(answers, start=1):
        yield done


def record(job: Job) -> list[tuple[float, float | None]]:
    """Seconds since the beginning and the share of the work, for each snapshot; the end last."""
    work, share = job
    began, trace, last = time.monotonic(), [], None
    for snapshot in work():
        now = None if snapshot is None else share(snapshot)
        if now != last:
            trace.append(
                (round(time.monotonic() - began, 2), None if now is None else round(now, 4))
            )
            last = now
    return [*trace, (round(time.monotonic() - began, 2), 1.0)]


def main(path: Path, only: list[str]) -> None:
    traces = json.loads(path.read_text()) if path.exists() else {}
    for name, job in jobs():
        if only and name not in only:
            continue
        traces[name] = record(job)
        print(name, len(traces[name]), traces[name][-1], flush=True)
        path.write_text(json.dumps(traces))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
