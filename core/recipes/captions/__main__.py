"""`python -m core.recipes.captions --data DIR`: trains the captioner and measures its captions.

DIR holds `flickr8k.zip` and `flickr8k_captions.tsv.xz`. The image network encodes every photo
once, which takes minutes and is kept in the cache; then the decoder learns for half an hour from
people's captions and for some twenty minutes from its own, and goes on where it was if it is
interrupted. pycocoevalcap and Java are needed for CIDEr and METEOR, by the standard tool.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from core import engine, zoo
from core.recipes.captions import measuring, shipping
from core.recipes.captions.flickr8k import Photos, read_photos
from core.recipes.captions.refining import candidates, refine
from core.recipes.captions.training import train
from core.recipes.common.command_line import add_training_options, recipe_parser, show_result
from core.recipes.common.files import cache_folder
from core.recipes.common.training import TrainingPlan, mixed_precision
from core.vision.captioning import CAPTIONER, Captioner
from core.vision.captioning.metrics import bleu
from core.vision.captioning.network import CaptionDecoder, DecoderSize
from core.vision.captioning.vocabulary import CaptionVocabulary
from core.zoo.keras_runtime import keras

NETWORK = "efficientnet_lite2"
_LEAST = 5  # occurrences of a word that the decoder learns to say
_EPOCHS, _CHOOSING, _BATCH = 15, 300, 32
_LEARNING_RATE, _EMA_MOMENTUM = 8e-4, 0.999


def main(arguments: Sequence[str] | None = None) -> int:
    """Encode the photos, train, measure, write."""
    parser = recipe_parser("captions", __doc__, seed=0)
    parser.add_argument("--epochs", type=int, default=_EPOCHS)
    add_training_options(
        parser, batch_size=_BATCH, choosing=_CHOOSING, chosen="beam width and length penalty"
    )
    parser.add_argument(
        "--without-standard-tool", action="store_true", help="leave out CIDEr and METEOR"
    )
    options = parser.parse_args(arguments)
    photos = read_photos(options.data, "train", NETWORK, mirrored=True)
    order = np.random.default_rng(options.seed).permutation(len(photos.names))
    choosing = photos.at(np.sort(order[: options.choosing]))
    taught = photos.at(np.sort(order[options.choosing :]))
    tested = read_photos(options.data, "val", NETWORK, mirrored=False)
    run = _Run(options, taught, choosing, tested)
    trained = run.train()
    captioner = run.ship(trained)
    before = measuring.greedy(captioner, choosing)
    refined = run.refine(captioner, trained)
    captioner = run.ship(refined)
    refining = {"greedy_bleu": before, "refined": measuring.greedy(captioner, choosing)}
    beam, penalty = _best(measuring.table(captioner, choosing))
    metrics = run.measure(captioner, beam, penalty, refining)
    run.describe(refined, penalty, metrics)
    show_result(f"{metrics}")
    return 0


class _Run:
    """The steps, on the photos of one run."""

    def __init__(
        self, options: argparse.Namespace, taught: Photos, choosing: Photos, tested: Photos
    ) -> None:
        self._options, self._taught, self._tested = options, taught, tested
        self._counts = {
            "taught": len(taught.names),
            "chosen_on": len(choosing.names),
            "tested": len(tested.names),
            "seed": options.seed,
        }
        captions = [caption for of_photo in taught.captions for caption in of_photo]
        self._vocabulary = CaptionVocabulary.of(captions, _LEAST)
        self._size = DecoderSize(len(self._vocabulary), *taught.maps.shape[2:])

    def train(self) -> CaptionDecoder:
        """A decoder that has learned from people's captions."""
        weights = cache_folder() / f"captions-{NETWORK}.weights.h5"
        if not weights.exists():
            plan = TrainingPlan(
                learning_rate=_LEARNING_RATE,
                ema_momentum=_EMA_MOMENTUM,
                batch_size=self._options.batch_size,
                seed=self._options.seed,
                weights=weights,
            )
            with mixed_precision():
                keras().utils.set_random_seed(plan.seed)
                decoder = CaptionDecoder(self._size)
                train(decoder, self._taught, self._vocabulary, plan, epochs=self._options.epochs)
        return self._decoder(weights)

    def refine(self, captioner: Captioner, trained: CaptionDecoder) -> CaptionDecoder:
        """A decoder that has learned from captions of its own, too."""
        weights = cache_folder() / f"captions-{NETWORK}-refined.weights.h5"
        if not weights.exists():
            texts, scores = candidates(captioner, self._taught)
            with mixed_precision():
                decoder = CaptionDecoder(self._size)
                decoder.training_network.set_weights(trained.training_network.get_weights())
                refine(
                    decoder,
                    self._taught,
                    self._vocabulary,
                    texts,
                    scores,
                    batch_size=self._options.batch_size,
                    seed=self._options.seed,
                )
            decoder.training_network.save_weights(weights)
        return self._decoder(weights)

    def ship(self, decoder: CaptionDecoder) -> Captioner:
        """The captioner that the decoder makes, written as it ships."""
        shipping.write_graphs(decoder, self._vocabulary)
        self.describe(decoder, 1.0, {})
        engine.pool.clear()  # of the decoder that was there before
        return Captioner(zoo.shipped(CAPTIONER))

    def measure(
        self, captioner: Captioner, beam: int, penalty: float, refining: dict[str, Any]
    ) -> dict[str, Any]:
        """Figures on the validation photos."""
        captions = measuring.beam_captions(captioner, self._tested, beam)
        texts = measuring.best(captions, penalty)
        scores = bleu(texts, self._tested.captions)
        metrics: dict[str, Any] = {
            "beam": beam,
            "length_penalty": penalty,
            **{f"bleu_{i}": round(score, 4) for i, score in enumerate(scores, start=1)},
        }
        if not self._options.without_standard_tool:
            standard = measuring.by_standard_tool(texts, self._tested.captions)
            metrics |= {name: standard[name] for name in ("cider", "meteor")}
            metrics["by_standard_tool"] = standard
        by_beam = measuring.table(captioner, self._tested)
        return metrics | {"refining": refining, "by_beam": by_beam}

    def describe(self, decoder: CaptionDecoder, penalty: float, metrics: dict[str, Any]) -> None:
        """Write the card."""
        standard = not self._options.without_standard_tool
        shipping.write_description(
            decoder,
            NETWORK,
            length_penalty=penalty,
            metrics=metrics,
            tools=("pycocoevalcap",) if standard else (),
            **self._counts,
        )

    def _decoder(self, weights: Path) -> CaptionDecoder:
        decoder = CaptionDecoder(self._size)
        decoder.training_network.load_weights(weights)
        return decoder


def _best(rows: list[dict[str, Any]]) -> tuple[int, float]:
    """Beam width and length penalty of the best BLEU-4."""
    row = max(rows, key=lambda row: row["bleu"][3])
    return row["beam"], row["length_penalty"]


if __name__ == "__main__":
    sys.exit(main())
