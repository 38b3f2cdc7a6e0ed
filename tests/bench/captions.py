"""`python -m tests.bench.captions`: a photo to its captions, and what a wider beam costs.

The book asks `predict` once for each hypothesis and word; here all hypotheses of a step are one
batch of a compiled graph. Ratios within one run are what counts.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

import numpy as np

from core.media import encode_jpeg
from core.vision.captioning import caption, captioner, feature_map, network

_TIMES = 15
_WIDE = 10


def main() -> None:
    """Photos to captions; greedy and wide; the book's way."""
    from skimage import data

    photos = [
        encode_jpeg(photo()) for photo in (data.chelsea, data.astronaut, data.coffee, data.rocket)
    ]
    print(f"a photo to its captions, beam 3: {_median(partial(caption, photos[0])):.1f} ms")
    print(f"greedy, beam {_WIDE}, ratio: with the photo, ms; the search alone, ms; words at most")
    ratios = []
    for photo in photos:
        whole, alone, longest = zip(*(_cost(photo, width) for width in (1, _WIDE)), strict=True)
        ratios.append((whole[1] / whole[0], alone[1] / alone[0]))
        print("  {:.1f} {:.1f} {:.2f};  ".format(*whole, ratios[-1][0]), end="")
        print("{:.1f} {:.1f} {:.2f};  {} {}".format(*alone, ratios[-1][1], *longest))
    print("median ratios: {:.2f} and {:.2f}".format(*np.median(ratios, axis=0)))
    features = feature_map(photos[0])
    wide, usual = _median(partial(captioner().search, features, _WIDE)), _usual(features)
    print(f"a predict for each hypothesis and word, beam {_WIDE}: {usual:.0f} ms")
    print(f"ratio: {usual / wide:.0f}")


def _cost(photo: bytes, width: int) -> tuple[float, float, int]:
    """Milliseconds with the photo, those of the search alone, and words of the longest caption."""
    whole = _median(partial(caption, photo, beam_width=width))
    alone = _median(partial(captioner().search, feature_map(photo), width))
    return whole, alone, max(len(one.steps) for one in caption(photo, beam_width=width))


def _median(way: Callable[[], object]) -> float:
    """Milliseconds."""
    way()
    seconds = []
    for _ in range(_TIMES):
        began = time.perf_counter()
        way()
        seconds.append(time.perf_counter() - began)
    return 1e3 * float(np.median(seconds))


def _usual(features: np.ndarray) -> float:
    """Milliseconds for the questions of the same search, put to `predict` one by one.

    The network is untrained, which takes it as long; a decoder without kept keys, as the book's,
    would take longer.
    """
    decoder = network.CaptionDecoder(
        network.DecoderSize(len(captioner().vocabulary), *features.shape[1:])
    )
    photo_cache = decoder.photo_network.predict(features, verbose=0)[network.PHOTO_CACHE]
    search = captioner().search(features, _WIDE)
    positions: list[int] = []  # of each node, how many tokens came before
    for node in search.nodes:
        positions.append(0 if node.parent < 0 else 1 + positions[node.parent])
    queries = {(node.parent, at) for node, at in zip(search.nodes, positions, strict=True)}
    parts, width = photo_cache.shape[1::2]
    began = time.perf_counter()
    for _, position in queries:
        inputs = {
            network.TOKENS: np.array([[0]], np.int32),
            network.POSITION: np.array([[position]], np.int32),
            network.PHOTO_CACHE: photo_cache,
            network.TOKEN_CACHE: np.zeros((1, parts, position, width), np.float32),
            network.ATTENTION_MASK: np.zeros((1, position + 1), np.float32),
        }
        decoder.step_network.predict(inputs, verbose=0)
    return 1e3 * (time.perf_counter() - began)


if __name__ == "__main__":
    main()
