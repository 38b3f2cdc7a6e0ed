"""`python -m core.recipes.documents --data DIR`: models, map and index of 20 Newsgroups.

DIR holds `newsgroups_train.jsonl.xz` and `newsgroups_test_part.jsonl.xz`. What is learnt goes to
`core/assets/documents`, with a card of what it does on the test part. Embeddings are kept in the
cache, so that a run that was interrupted goes on where it was.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from core.learning.embedding_map import map_2d
from core.learning.metrics import evaluate
from core.recipes.common.command_line import recipe_parser, show_progress, show_result
from core.recipes.common.files import assets_folder, made, write_json
from core.recipes.documents import learning
from core.recipes.documents.corpus import Corpus, read_corpus
from core.text.documents.assets import Library, read_library, write_library
from core.text.documents.index import DocumentIndex, same_category
from core.text.documents.newsgroups import CLASSES
from core.text.tfidf import TermWeights

_LEAST_WORDS = 5
_KEPT_TERMS = 24


def main(arguments: Sequence[str] | None = None) -> int:
    """Teach, lay out, measure what was written, and write the card."""
    options = recipe_parser("documents", __doc__, seed=0).parse_args(arguments)
    train = read_corpus(options.data / "newsgroups_train.jsonl.xz")
    test = read_corpus(options.data / "newsgroups_test_part.jsonl.xz")
    with threadpool_limits(1):  # the same sums in the same order on every machine
        library = _teach(train, options.seed)
    folder = assets_folder("documents")
    write_library(library, folder)
    card = _card(folder, train, test, options.seed)
    write_json(folder / "card.json", card)
    show_result(json.dumps(card["metrics"], indent=1))
    return 0


def _teach(train: Corpus, seed: int) -> Library:
    terms = TermWeights.fit(train.texts, least_documents=learning.LEAST_DOCUMENTS)
    svm = learning.teach_svm(train, terms)
    network = learning.teach_network(train, terms)
    kept = np.array([len(text.split()) >= _LEAST_WORDS for text in train.texts])
    show_progress(f"map: {kept.sum():,} posts")
    index = DocumentIndex.of(
        train.vectors[kept],
        train.labels[kept],
        map_2d(train.vectors[kept], "tsne", seed=seed),
        terms(train.texts)[kept],
        kept_terms=_KEPT_TERMS,
    )
    shares = np.bincount(train.labels) / len(train.labels)
    return Library(terms, svm, network, shares, index)


def _card(folder: Path, train: Corpus, test: Corpus, seed: int) -> dict[str, Any]:
    library = read_library(folder)
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
            "network": _metrics(library.network(test.texts, test.vectors), test.labels),
            "svm": _metrics(library.svm(test.texts), test.labels),
            "search": _search_metrics(library, train, test),
        },
        "indexed": len(library.index.labels),
        "made": made("scikit-learn", "numpy", "openvino", processor=False),
        "files": {
            path.name: hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(folder.glob("*.npz"))
        },
    }


def _metrics(probabilities: np.ndarray, labels: np.ndarray) -> dict[str, Any]:
    evaluation = evaluate(labels, probabilities, CLASSES)
    return {
        "accuracy": round(evaluation.accuracy, 4),
        "macro_f1": round(evaluation.macro_f1, 4),
        "expected_calibration_error": round(evaluation.reliability.expected_calibration_error, 4),
        "classes": {
            name: {
                "precision": round(float(evaluation.precision[i]), 4),
                "recall": round(float(evaluation.recall[i]), 4),
                "f1": round(float(evaluation.f1[i]), 4),
                "posts": int(evaluation.support[i]),
            }
            for i, name in enumerate(CLASSES)
        },
    }


def _search_metrics(library: Library, train: Corpus, test: Corpus) -> dict[str, Any]:
    """Of the ten nearest documents of each test post, how many share its category."""
    queries = np.flatnonzero([len(text.split()) >= _LEAST_WORDS for text in test.texts])
    rows = library.terms([test.texts[i] for i in queries])
    whole = library.terms(train.texts)
    index = library.index

    def share(similarities: Callable[[np.ndarray], np.ndarray], labels: np.ndarray) -> float:
        parts = np.array_split(np.arange(len(queries)), min(20, len(queries)))
        shares = [same_category(similarities(q), labels, test.labels[queries[q]]) for q in parts]
        return round(float(np.average(shares, weights=[len(q) for q in parts])), 4)

    return {
        "queries": len(queries),
        "meaning": share(lambda q: index.by_meaning(test.vectors[queries[q]]), index.labels),
        "keywords": share(lambda q: index.by_keywords(rows[q]), index.labels),
        "keywords_of_whole_posts": share(lambda q: (rows[q] @ whole.T).toarray(), train.labels),
        "kept_keywords": _KEPT_TERMS,
    }


if __name__ == "__main__":
    sys.exit(main())
