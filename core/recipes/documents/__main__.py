"""`python -m core.recipes.documents --data DIR`: models, map and index of 20 Newsgroups.

DIR holds `newsgroups_train.jsonl.xz` and `newsgroups_test_part.jsonl.xz`. What is learnt goes to
`core/assets/documents`, with a card of what it does on the test part. Embeddings are kept in the
cache, so that a run that was interrupted goes on where it was.
"""

from __future__ import annotations

import argparse
import datetime
import hashlib
import json
import sys
from collections.abc import Callable, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from core.learning.metrics import evaluate
from core.recipes.documents import learning
from core.recipes.documents.corpus import Corpus, read_corpus
from core.text.documents.assets import Library, read_library, write_library
from core.text.documents.index import DocumentIndex, same_category
from core.text.documents.newsgroups import CLASSES
from core.text.tfidf import TermWeights
from core.vision.embedding_map import map_2d
from core.zoo.sources import ASSETS

_FOLDER = ASSETS / "documents"
_LEAST_WORDS = 5
_KEPT_TERMS = 24


def main(arguments: Sequence[str] | None = None) -> int:
    """Teach, lay out, measure what was written, and write the card."""
    parser = argparse.ArgumentParser(prog="python -m core.recipes.documents", description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    train = read_corpus(options.data / "newsgroups_train.jsonl.xz")
    test = read_corpus(options.data / "newsgroups_test_part.jsonl.xz")
    with threadpool_limits(1):  # the same sums in the same order on every machine
        library = _teach(train, options.seed)
    write_library(library, _FOLDER)
    card = _card(read_library(_FOLDER), train, test, options.seed)
    (_FOLDER / "card.json").write_text(json.dumps(card, indent=1) + "\n", "utf-8")
    sys.stderr.write(f"\r\033[K{json.dumps(card['metrics'], indent=1)}\n")
    return 0


def _teach(train: Corpus, seed: int) -> Library:
    terms = TermWeights.fit(train.texts, least_documents=learning.LEAST_DOCUMENTS)
    svm = learning.teach_svm(train, terms)
    network = learning.teach_network(train, terms)
    kept = np.array([len(text.split()) >= _LEAST_WORDS for text in train.texts])
    sys.stderr.write(f"\r\033[Kmap: {kept.sum():,} posts")
    index = DocumentIndex.of(
        train.vectors[kept],
        train.labels[kept],
        map_2d(train.vectors[kept], "tsne", seed=seed),
        terms(train.texts)[kept],
        kept_terms=_KEPT_TERMS,
    )
    shares = np.bincount(train.labels) / len(train.labels)
    return Library(terms, svm, network, shares, index)


def _card(library: Library, train: Corpus, test: Corpus, seed: int) -> dict[str, Any]:
    return {
        "task": "documents in six broad categories",
        "classes": CLASSES,
        "data": "20 Newsgroups, by date; headers, quotes and signatures removed",
        "licence": "public research data set; no post is shipped, only what was learnt from them",
        "split": {
            "train": f"the {len(train.texts):,} training posts",
            "test": f"{len(test.texts):,} of the 7,532 test posts, of which no decision knew",
        },
        "seed": seed,
        "encoder": "all_minilm_l6_v2, frozen (Apache-2.0)",
        "recipe": "python -m core.recipes.documents",
        "metrics": {
            "network": _measured(library.network(test.texts, test.vectors), test.labels),
            "svm": _measured(library.svm(test.texts), test.labels),
            "search": _search(library, train, test),
        },
        "indexed": len(library.index.labels),
        "made": {
            "date": datetime.date.today().isoformat(),
            **{name: metadata.version(name) for name in ("scikit-learn", "numpy", "openvino")},
        },
        "files": {
            path.name: hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(_FOLDER.glob("*.npz"))
        },
    }


def _measured(said: np.ndarray, labels: np.ndarray) -> dict[str, Any]:
    seen = evaluate(labels, said, CLASSES)
    return {
        "accuracy": round(seen.accuracy, 4),
        "macro_f1": round(seen.macro_f1, 4),
        "expected_calibration_error": round(seen.reliability.expected_calibration_error, 4),
        "classes": {
            name: {
                "precision": round(float(seen.precision[i]), 4),
                "recall": round(float(seen.recall[i]), 4),
                "f1": round(float(seen.f1[i]), 4),
                "posts": int(seen.support[i]),
            }
            for i, name in enumerate(CLASSES)
        },
    }


def _search(library: Library, train: Corpus, test: Corpus) -> dict[str, Any]:
    """Of the ten nearest documents of each test post, how many share its category."""
    asked = np.flatnonzero([len(text.split()) >= _LEAST_WORDS for text in test.texts])
    rows = library.terms([test.texts[i] for i in asked])
    whole = library.terms(train.texts)
    index = library.index

    def share(similarities: Callable[[np.ndarray], np.ndarray], labels: np.ndarray) -> float:
        parts = np.array_split(np.arange(len(asked)), 20)
        found = [same_category(similarities(q), labels, test.labels[asked[q]]) for q in parts]
        return round(float(np.average(found, weights=[len(q) for q in parts])), 4)

    return {
        "queries": len(asked),
        "meaning": share(lambda q: index.by_meaning(test.vectors[asked[q]]), index.labels),
        "keywords": share(lambda q: index.by_keywords(rows[q]), index.labels),
        "keywords_of_whole_posts": share(lambda q: (rows[q] @ whole.T).toarray(), train.labels),
        "kept_keywords": _KEPT_TERMS,
    }


if __name__ == "__main__":
    sys.exit(main())
