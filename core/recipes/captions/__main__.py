"""`python -m core.recipes.captions --data DIR`: trains the captioner and measures its captions.

DIR holds `flickr8k.zip` and `flickr8k_captions.tsv.xz`. The image network looks at every photo
once, which takes minutes and is kept in the cache; then the decoder learns for half an hour from
people's captions and for some twenty minutes from its own, and goes on where it was if it is
interrupted. pycocoevalcap and Java are needed for CIDEr and METEOR, by the standard tool.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from core import engine, zoo
from core.recipes.captions import measuring, shipping
from core.recipes.captions.flickr8k import read_photos
from core.recipes.captions.refining import candidates, refine
from core.recipes.captions.training import train
from core.settings import settings
from core.vision.captioning import CAPTIONER, Captioner
from core.vision.captioning.metrics import bleu
from core.vision.captioning.network import CaptionDecoder, DecoderSize
from core.vision.captioning.vocabulary import CaptionVocabulary
from core.zoo.keras_runtime import keras

NETWORK = "efficientnet_lite2"
SEED = 0
_CHOOSING = 300  # training photos that are left out, to choose the length penalty by
_LEAST = 5  # occurrences of a word that the decoder learns to say
_ROUNDS, _RATE, _AT_ONCE = 15, 8e-4, 32


def main(arguments: Sequence[str] | None = None) -> int:
    """Look, train, measure, write."""
    parser = argparse.ArgumentParser(prog="python -m core.recipes.captions", description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    options = parser.parse_args(arguments)
    photos = read_photos(options.data, "train", NETWORK, mirrored=True)
    order = np.random.default_rng(SEED).permutation(len(photos.names))
    taught = photos.at(np.sort(order[_CHOOSING:]))
    said = [caption for own in taught.captions for caption in own]
    vocabulary = CaptionVocabulary.of(said, _LEAST)
    size = DecoderSize(len(vocabulary), *photos.maps.shape[2:])
    kept = settings().cache / "recipes" / f"captions-{NETWORK}.weights.h5"
    if not kept.exists():
        keras().mixed_precision.set_global_policy("mixed_bfloat16")  # a third less time a step
        train(
            CaptionDecoder(size),
            taught,
            vocabulary,
            rounds=_ROUNDS,
            rate=_RATE,
            photos_at_once=_AT_ONCE,
            seed=SEED,
            kept=kept,
        )
        keras().mixed_precision.set_global_policy("float32")
    tested = read_photos(options.data, "val", NETWORK, mirrored=False)
    about = {
        "taught": len(taught.names),
        "chosen_on": _CHOOSING,
        "tested": len(tested.names),
        "seed": SEED,
    }
    decoder = _decoder(size, kept)
    captioner = _shipped(decoder, vocabulary, about)
    choosing = photos.at(np.sort(order[:_CHOOSING]))
    before = measuring.greedy(captioner, choosing)
    refined = kept.with_name(f"captions-{NETWORK}-refined.weights.h5")
    if not refined.exists():
        said, scores = candidates(captioner, taught)
        keras().mixed_precision.set_global_policy("mixed_bfloat16")
        better = _decoder(size, kept)
        refine(better, taught, vocabulary, said, scores, photos_at_once=_AT_ONCE, seed=SEED)
        better.training_network.save_weights(refined)
        keras().mixed_precision.set_global_policy("float32")
    decoder = _decoder(size, refined)
    captioner = _shipped(decoder, vocabulary, about)
    refining = {"greedy_bleu": before, "refined": measuring.greedy(captioner, choosing)}
    width, penalty = _chosen(measuring.table(captioner, choosing))
    rows = measuring.table(captioner, tested)
    said = measuring.best(measuring.searched(captioner, tested, width), penalty)
    scores = bleu(said, tested.captions)
    standard = measuring.by_standard_tool(said, tested.captions)
    metrics = {
        "beam": width,
        "length_penalty": penalty,
        **{f"bleu_{i}": round(score, 4) for i, score in enumerate(scores, start=1)},
        **{name: standard[name] for name in ("cider", "meteor")},
        "by_standard_tool": standard,
        "refining": refining,
        "by_beam": rows,
    }
    shipping.write_description(decoder, NETWORK, length_penalty=penalty, metrics=metrics, **about)
    sys.stderr.write(f"{metrics}\n")
    return 0


def _decoder(size: DecoderSize, weights: Path) -> CaptionDecoder:
    decoder = CaptionDecoder(size)
    decoder.training_network.load_weights(weights)
    return decoder


def _shipped(decoder: CaptionDecoder, vocabulary: CaptionVocabulary, about: dict) -> Captioner:
    """The captioner that the decoder makes, written as it ships."""
    shipping.write_graphs(decoder, vocabulary)
    shipping.write_description(decoder, NETWORK, length_penalty=1.0, metrics={}, **about)
    engine.pool.clear()  # of the decoder that was there before
    return Captioner(zoo.shipped(CAPTIONER))


def _chosen(rows: list[dict]) -> tuple[int, float]:
    """Width and length penalty of the best BLEU-4."""
    row = max(rows, key=lambda row: row["bleu"][3])
    return row["beam"], row["length_penalty"]


if __name__ == "__main__":
    sys.exit(main())
