"""`python -m tests.bench.captions`: a photo to its captions, and what a wider beam costs.

The book asks `predict` once for each hypothesis and word; here all hypotheses of a step are one
batch of a compiled graph. Ratios within one run are what counts.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from core.media import encode_jpeg
from core.vision.beam_search import beam_search
from core.vision.caption_network import CaptionDecoder, DecoderSize
from core.vision.caption_words import BEGIN, END
from core.vision.captioning import caption, captioner, look

_TIMES = 15
_WIDE = 10


def main() -> None:
    """Photos to captions; greedy and wide; the book's way."""
    from skimage import data

    photo = encode_jpeg(data.chelsea())
    print(f"a photo to its captions, beam 3: {_median(lambda: caption(photo)):.1f} ms")
    seen = look(photo)
    greedy = _median(lambda: captioner().search(seen, 1))
    wide = _median(lambda: captioner().search(seen, _WIDE))
    print(f"the search alone: greedy {greedy:.1f} ms, beam {_WIDE} {wide:.1f} ms")
    whole_greedy = _median(lambda: caption(photo, beam_width=1))
    whole_wide = _median(lambda: caption(photo, beam_width=_WIDE))
    print(f"with the photo: {whole_greedy:.1f} and {whole_wide:.1f} ms")
    print(f"ratio of beam {_WIDE} to greedy: {wide / greedy:.2f}, {whole_wide / whole_greedy:.2f}")
    usual = _usual(seen)
    print(f"a predict for each hypothesis and word, beam {_WIDE}: {usual:.0f} ms")
    print(f"ratio: {usual / wide:.0f}")


def _median(way: Callable[[], object]) -> float:
    """Milliseconds."""
    way()
    seconds = []
    for _ in range(_TIMES):
        began = time.perf_counter()
        way()
        seconds.append(time.perf_counter() - began)
    return 1e3 * float(np.median(seconds))


def _usual(seen: np.ndarray) -> float:
    """Milliseconds for the questions of the same search, put to `predict` one by one.

    The network is untrained, which takes it as long; a decoder without kept keys, as the book's,
    would take longer.
    """
    decoder = CaptionDecoder(DecoderSize(len(captioner().vocabulary), *seen.shape[1:]))
    sight = decoder.sight_network.predict(seen, verbose=0)["sight"]
    asked = []
    ours = captioner()._step(seen, 1.0)

    def step(states, words):
        asked.append((words, states["speech"]))
        return ours(states, words)

    beam_search(
        step,
        captioner()._beginning(seen.shape[1]),
        begin=BEGIN,
        end=END,
        width=_WIDE,
        longest=captioner().longest,
    )
    began = time.perf_counter()
    for words, speech in asked:
        turn = np.full((1, 1), speech.shape[2], np.int32)
        for word, own in zip(words, speech, strict=True):
            given = [np.array([[word]], np.int32), turn, sight, own[None]]
            decoder.step_network.predict(given, verbose=0)
    return 1e3 * (time.perf_counter() - began)


if __name__ == "__main__":
    main()
