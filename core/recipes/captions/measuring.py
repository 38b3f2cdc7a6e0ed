"""Evaluation of captions, by the width of the beam and the length penalty."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from core import engine
from core.recipes.captions.flickr8k import Photos
from core.recipes.common.command_line import show_progress
from core.vision.captioning import Caption, Captioner
from core.vision.captioning.metrics import bleu
from core.vision.captioning.vocabulary import tokenize

WIDTHS = tuple(range(1, 11))
PENALTIES = (0.0, 0.5, 0.7, 0.8, 0.9, 1.0, 1.5)


def beam_captions(captioner: Captioner, photos: Photos, width: int) -> list[tuple[Caption, ...]]:
    """Captions of every photo, unmirrored; the length penalty only ranks them."""

    def search(row: int) -> tuple[Caption, ...]:
        return captioner.search(photos.maps[row, :1].astype(np.float32), width).captions

    captions = []
    with ThreadPoolExecutor(engine.machine().cores) as pool:
        for of_photo in pool.map(search, range(len(photos.names))):
            captions.append(of_photo)
            if len(captions) % 50 == 0:
                show_progress(f"beam {width}: {len(captions):,} photos captioned")
    show_progress("")
    return captions


def best(captions: Sequence[tuple[Caption, ...]], penalty: float) -> list[str]:
    """The caption of each photo that comes first under a length penalty."""

    def rank(caption: Caption) -> tuple[bool, float]:
        return caption.is_finished, caption.log_probability / len(caption.steps) ** penalty

    return [max(of_photo, key=rank).text for of_photo in captions]


def greedy(captioner: Captioner, photos: Photos) -> list[float]:
    """BLEU-1 to 4 of the captions that greedy decoding finds."""
    texts = best(beam_captions(captioner, photos, 1), 1.0)
    return [round(score, 4) for score in bleu(texts, photos.captions)]


def table(captioner: Captioner, photos: Photos) -> list[dict[str, Any]]:
    """BLEU-1 to 4 and words of a caption for each width and penalty."""
    rows = []
    for width in WIDTHS:
        captions = beam_captions(captioner, photos, width)
        for penalty in PENALTIES if width > 1 else (1.0,):
            texts = best(captions, penalty)
            rows.append(
                {
                    "beam": width,
                    "length_penalty": penalty,
                    "bleu": [round(score, 4) for score in bleu(texts, photos.captions)],
                    "words": round(float(np.mean([len(tokenize(text)) for text in texts])), 2),
                }
            )
    return rows


def by_standard_tool(texts: Sequence[str], references: Sequence[Sequence[str]]) -> dict[str, float]:
    """BLEU-1 to 4, CIDEr-D and METEOR as the COCO caption evaluation counts them.

    With its own tokeniser, five references and METEOR 1.5: pycocoevalcap, which runs two programs
    in Java.

    References
    ----------
    Chen et al., "Microsoft COCO captions" (2015), https://arxiv.org/abs/1504.00325; Vedantam et
    al., "CIDEr" (2015), https://arxiv.org/abs/1411.5726; Denkowski and Lavie, "Meteor universal"
    (2014), https://doi.org/10.3115/v1/W14-3348
    """
    from pycocoevalcap.bleu.bleu import Bleu
    from pycocoevalcap.cider.cider import Cider
    from pycocoevalcap.meteor.meteor import Meteor
    from pycocoevalcap.tokenizer.ptbtokenizer import PTBTokenizer

    def tokenized(captions: Sequence[Sequence[str]]) -> dict[int, list[str]]:
        return PTBTokenizer().tokenize(
            {i: [{"caption": text} for text in of_photo] for i, of_photo in enumerate(captions)}
        )

    expected, generated = tokenized(references), tokenized([[text] for text in texts])
    bleus = Bleu(4).compute_score(expected, generated, verbose=0)[0]
    scores = {f"bleu_{order}": score for order, score in enumerate(bleus, start=1)}
    scores["cider"] = Cider().compute_score(expected, generated)[0]
    scores["meteor"] = Meteor().compute_score(expected, generated)[0]
    return {name: round(float(score), 4) for name, score in scores.items()}
