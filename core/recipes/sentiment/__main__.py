"""`python -m core.recipes.sentiment --data DIR`: trains every model for film reviews.

DIR holds `imdb_train.tsv.xz`, `imdb_test_part.tsv.xz` and `newsgroups_train.jsonl.xz`. Each model
is trained on 1 %, 5 %, 25 % and 100 % of the training reviews; what learned from all of them goes
to `core/assets/sentiment`, with the learning curves. A model that is there already is not trained
again, unless `--anew NAME...` asks for it. gensim is needed for the vectors that word2vec makes.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from core import engine, zoo
from core.recipes.sentiment import measuring, shipping, training
from core.recipes.sentiment.models import MODELS, SHARES, VOCABULARY, Material
from core.recipes.sentiment.reviews import read_reviews
from core.recipes.sentiment.training import SEED
from core.text.sentiment.words import Vocabulary


def main(arguments: Sequence[str] | None = None) -> int:
    """Train what is missing, then measure what was trained."""
    parser = argparse.ArgumentParser(prog="python -m core.recipes.sentiment", description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--anew", nargs="*", default=(), metavar="NAME")
    parser.add_argument("--only", nargs="*", metavar="NAME")
    parser.add_argument("--measure", action="store_true", help="measure again what is there")
    options = parser.parse_args(arguments)
    material = _read(options.data)
    for name, train in MODELS.items():
        wanted = options.only is None or name in options.only
        there = (shipping.FOLDER / f"sentiment_{name}.card.json").exists()
        if wanted and (not there or name in options.anew):
            sys.stderr.write(f"{name}\n")
            curve = train(material)
            zoo.read_again()
            engine.pool.clear()
            measuring.keep_curve(
                f"sentiment_{name}",
                SHARES,
                curve,
                trained=len(material.order),
                tested=len(material.test.texts),
            )
        if wanted and (not there or name in options.anew or options.measure):
            measuring.measure(f"sentiment_{name}", material.test)
    return 0


def _read(data: Path) -> Material:
    test = read_reviews(data / "imdb_test_part.tsv.xz")
    train = read_reviews(data / "imdb_train.tsv.xz")
    known = set(test.texts)
    apart = [i for i, text in enumerate(train.texts) if text not in known]
    vocabulary = Vocabulary.of(train.texts, VOCABULARY - 2)
    shipping.FOLDER.mkdir(exist_ok=True)
    words = "\n".join(vocabulary.words) + "\n"
    (shipping.FOLDER / "vocabulary.txt").write_text(words, "utf-8")
    return Material(
        data,
        train,
        test,
        np.random.default_rng(SEED).permutation(apart),
        vocabulary,
        training.token_ids(train.texts, vocabulary),
        training.token_ids(test.texts, vocabulary),
    )


if __name__ == "__main__":
    sys.exit(main())
