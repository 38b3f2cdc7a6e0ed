"""How long 40 reviews take alone and while somebody stylises: `python -m tests.bench.lanes`.

Then six visitors with a job of half a second each, all while the style transfer runs.
"""

from __future__ import annotations

import inspect
import time
from collections.abc import Iterator

from core import engine
from core.optvis.style_samples import style_sample
from core.optvis.style_settings import StyleSettings
from core.optvis.style_transfer import stylize
from core.text import sentiment
from pages._sentiment.samples import SAMPLES
from pages._ui.inputs import SAMPLE_PHOTOS

REVIEWS = [*SAMPLES.values()] * 8
LONG = {"is_long": True} if "is_long" in inspect.signature(engine.jobs.submit).parameters else {}


def reviews_s(owner: str) -> float:
    """Seconds until 40 reviews are read, the wait included."""
    asked = time.monotonic()
    job = engine.jobs.submit(
        lambda: sentiment.assess_all(REVIEWS[:40]), title="reviews", owner=owner
    )
    job.wait()
    return time.monotonic() - asked


def half_a_second() -> Iterator[int]:
    """Work that takes half a second of one core."""
    until = time.thread_time() + 0.5
    while time.thread_time() < until:
        yield sum(range(10_000))


def main() -> None:
    """Print what is measured."""
    reviews_s("warm-up")
    print(f"40 reviews alone: {reviews_s('a'):.1f} s")
    photo = next(photo.data for photo in SAMPLE_PHOTOS if photo.name == "Palace")
    long = engine.jobs.submit(
        lambda: stylize(photo, style_sample("Swirls"), StyleSettings(steps=150)),
        title="style",
        owner="b",
        **LONG,
    )
    while long.snapshot is None:
        time.sleep(0.1)
    print(f"40 reviews while another stylises: {reviews_s('a'):.1f} s")
    if not long.is_over:
        asked = time.monotonic()
        every = [
            engine.jobs.submit(half_a_second, title="short", owner=f"visitor {i}") for i in range(6)
        ]
        for job in every:
            job.wait()
        print(f"six jobs of half a second: {time.monotonic() - asked:.1f} s")
    engine.jobs.close()
    long.wait()


if __name__ == "__main__":
    main()
