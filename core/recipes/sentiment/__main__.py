"""`python -m core.recipes.sentiment --data DIR`: trains every model for film reviews.

DIR holds `imdb_train.tsv.xz`, `imdb_test_part.tsv.xz` and `newsgroups_train.jsonl.xz`. Each model
is trained on 1 %, 5 %, 25 % and 100 % of the training reviews; what learned from all of them goes
to `core/assets/sentiment`, with the learning curves. A model that is there already is not trained
again, unless `--anew NAME...` asks for it. gensim is needed for the vectors that word2vec makes.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from core import engine
from core.recipes.common.command_line import recipe_parser, show_result
from core.recipes.sentiment import measuring, shipping, training
from core.recipes.sentiment.models import MODELS, VOCABULARY, Material
from core.recipes.sentiment.reviews import read_reviews
from core.recipes.sentiment.training import SEED
from core.text.sentiment.words import Vocabulary

_SHARES = (0.01, 0.05, 0.25, 1.0)


def main(arguments: Sequence[str] | None = None) -> int:
    """Train what is missing, then measure what was trained."""
    parser = recipe_parser("sentiment", (__doc__ or "").replace("%", "%%"))
    parser.add_argument("--anew", nargs="*", default=(), metavar="NAME")
    parser.add_argument("--only", nargs="*", metavar="NAME")
    parser.add_argument("--measure", action="store_true", help="measure again what is there")
    parser.add_argument(
        "--shares",
        type=float,
        nargs="+",
        default=_SHARES,
        help="of the training reviews, for the learning curves; the last is 1",
    )
    parser.add_argument("--explained", type=int, default=1000, help="reviews of the deletion test")
    parser.add_argument("--timed-s", type=float, default=3.0, help="how long to time each model")
    options = parser.parse_args(arguments)
    material = _read(options.data, tuple(options.shares))
    for name, train in MODELS.items():
        wanted = options.only is None or name in options.only
        is_missing = not (shipping.sentiment_folder() / f"sentiment_{name}.card.json").exists()
        is_due = wanted and (is_missing or name in options.anew)
        if is_due:
            show_result(name)
            curve = train(material)
            engine.pool.clear()
            measuring.keep_curve(
                f"sentiment_{name}",
                material.shares,
                curve,
                trained=len(material.order),
                tested=len(material.test.texts),
            )
        if is_due or (wanted and options.measure):
            measuring.measure(
                f"sentiment_{name}",
                material.test,
                explained=options.explained,
                timed_s=options.timed_s,
            )
    return 0


def _read(data: Path, shares: tuple[float, ...]) -> Material:
    test = read_reviews(data / "imdb_test_part.tsv.xz")
    train = read_reviews(data / "imdb_train.tsv.xz")
    tested = set(test.texts)
    usable = [i for i, text in enumerate(train.texts) if text not in tested]
    vocabulary = Vocabulary.of(train.texts, VOCABULARY - 2)
    words = "\n".join(vocabulary.words) + "\n"
    (shipping.sentiment_folder() / "vocabulary.txt").write_text(words, "utf-8")
    return Material(
        data,
        train,
        test,
        np.random.default_rng(SEED).permutation(usable),
        vocabulary,
        training.token_ids(train.texts, vocabulary),
        training.token_ids(test.texts, vocabulary),
        shares,
    )


if __name__ == "__main__":
    sys.exit(main())
