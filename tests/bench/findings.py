"""`python -m tests.bench.findings`: near duplicates among many photos, and odd ones among flowers.

What else there is to measure of findings, `python -m core.recipes.findings` prints. Photos here are
made: thumbnails of blobs and vectors around some hundred centres, and copies of some with little
changed. What the search misses is what it does not find of the pairs that comparing each photo with
each finds.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np

from core.recipes.findings.measuring import mean_with_interval, measure_outliers
from core.recipes.findings.sets import photo_set
from core.vision import duplicates
from core.vision.classification import embed
from pages._transfer.sample_sets import SAMPLE_SETS

_CENTRES, _WIDTH = 500, 1280


def main() -> None:
    """Print time, memory and what is found; then precision and AUROC of planted textures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--photos", type=int, nargs="*", default=[10_000, 50_000])
    parser.add_argument("--copies", type=int, default=1000)
    parser.add_argument("--exact", action="store_true", help="compare each with each, too")
    parser.add_argument("--seeds", type=int, default=5)
    given = parser.parse_args()
    if given.seeds:
        flowers = photo_set(given.data / "flowers.zip")
        textures = embed(photo.data for photo in SAMPLE_SETS["Textures"].dataset().photos)
        rows = [measure_outliers(flowers, textures, 5 + seed) for seed in range(given.seeds)]
        for place, name in enumerate(("precision of the first 50", "AUROC")):
            mean, low, high = mean_with_interval(row[place] for row in rows)
            print(f"textures among flowers, {name}: {mean:.3f} ({low:.3f} to {high:.3f})")
    for count in given.photos:
        vectors, thumbnails, planted = made_photos(count, given.copies)
        before = _memory("VmRSS")
        Path("/proc/self/clear_refs").write_text("5")  # the peak starts anew
        duplicates.MOST_EXACT = 0
        found = _timed("searched", vectors, thumbnails, planted)
        print(
            f"  memory beside the photos: {(_memory('VmHWM') - before) / 1024:,.0f} MiB", flush=True
        )
        if given.exact:
            duplicates.MOST_EXACT = count
            exact = _timed("each with each", vectors, thumbnails, planted)
            print(f"  of {len(exact)} pairs by that, found: {len(found & exact) / len(exact):.4f}")


def made_photos(count: int, copies: int) -> tuple[np.ndarray, np.ndarray, set[tuple[int, int]]]:
    """Vectors, thumbnails, and the pairs of which one is a copy of the other."""
    rng = np.random.default_rng(0)
    centres = rng.normal(0, 1, (_CENTRES, _WIDTH)).astype(np.float32)
    vectors = centres[rng.integers(0, _CENTRES, count)]
    vectors += rng.normal(0, 0.6, vectors.shape).astype(np.float32)
    coarse = rng.normal(128, 40, (count, 8, 8)).astype(np.float32)
    px = duplicates.THUMBNAIL_PX
    grid = np.linspace(0, 7, px)
    left = np.floor(grid).astype(int).clip(max=6)
    weights = np.zeros((px, 8), np.float32)
    weights[np.arange(px), left] = 1 - (grid - left)
    weights[np.arange(px), left + 1] = grid - left
    thumbnails = weights @ coarse @ weights.T
    places = rng.permutation(count)[: 2 * copies].reshape(2, copies)
    originals, others = places
    noise = rng.normal(0, 0.25, (copies, _WIDTH)).astype(np.float32)
    vectors[others] = vectors[originals] + noise
    thumbnails[others] = thumbnails[originals] + rng.normal(0, 2, (copies, px, px))
    half = others[::2]
    thumbnails[half] = thumbnails[half, :, ::-1]
    return vectors, thumbnails, {tuple(sorted(pair)) for pair in places.T.tolist()}


def _timed(
    title: str, vectors: np.ndarray, thumbnails: np.ndarray, planted: set[tuple[int, int]]
) -> set[tuple[int, int]]:
    began, used = time.perf_counter(), time.process_time()
    pairs = duplicates.near_duplicates(vectors, thumbnails)
    seconds, spent = time.perf_counter() - began, time.process_time() - used
    found = {(pair.first, pair.second) for pair in pairs}
    share = len(found & planted) / len(planted)
    print(
        f"{len(vectors):,} photos, {title}: {seconds:.0f} s, {spent:.0f} of processors; "
        f"{share:.4f} of {len(planted):,} copies, {len(found - planted)} other pairs",
        flush=True,
    )
    return found


def _memory(name: str) -> int:
    """KiB that this process has now, or has had at most."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name))


if __name__ == "__main__":
    main()
