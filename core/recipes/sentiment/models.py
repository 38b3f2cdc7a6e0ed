"""The models for film reviews: how each is trained, on every share of the reviews, and shipped."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from core import engine
from core.recipes.common.files import cache_folder, cached_array
from core.recipes.sentiment import adapting, measuring, shipping, training, word_vectors
from core.recipes.sentiment.baselines import fit_nb_svm, ngram_counts, out_of_fold
from core.recipes.sentiment.reviews import Reviews, sentence_vectors
from core.recipes.sentiment.training import SEED
from core.text.documents.newsgroups import CLASSES, bare, read_posts
from core.text.sentiment.readers import reader
from core.text.sentiment.word_network import rows_of, sentence_network, training_network
from core.text.sentiment.words import Vocabulary

VOCABULARY = 20_000


class Material(NamedTuple):
    """What models are made of and tested on.

    `order` has the positions of the training reviews at random, without those that stand in the
    test part too; `shares` are those of the learning curves, the last one is 1.
    """

    data: Path
    train: Reviews
    test: Reviews
    order: np.ndarray
    vocabulary: Vocabulary
    ids: list[list[list[int]]]
    test_ids: list[list[list[int]]]
    shares: tuple[float, ...]

    def rows(self, share: float) -> np.ndarray:
        """Positions of the first of them."""
        return self.order[: round(share * len(self.order))]


def _baseline(material: Material) -> list[float]:
    counts = ngram_counts(material.ids, VOCABULARY)
    test = ngram_counts(material.test_ids, VOCABULARY)
    curve = []
    for share in material.shares:
        rows = material.rows(share)
        weights, bias = fit_nb_svm(counts[rows], material.train.labels[rows], seed=SEED)
        curve.append(float(((test @ weights + bias > 0) == material.test.labels).mean()))
    margins = out_of_fold(counts[rows], material.train.labels[rows], seed=SEED)
    slope, shift = _calibrated(margins[:, None], material.train.labels[rows])
    shipping.write_reader(
        "sentiment_ngrams",
        title="Words and pairs of words, linear",
        document=shipping.with_evidence(None, 0, (0.0, slope[0]), slope[0] * bias + shift),
        ngrams=weights,
        family="NB-SVM",
        note="The honest baseline: a naive Bayes support vector machine on counts of words and of "
        "neighbouring pairs, made probable by its margins on reviews it had not seen.",
        reference="https://aclanthology.org/P12-2018",
    )
    return curve


def _default(material: Material) -> list[float]:
    """Logits of n-grams and of a network with its own words, weighed against each other.

    Both are trained on nine tenths of the reviews first; the last tenth says what each is worth.
    """
    counts, labels = ngram_counts(material.ids, VOCABULARY), material.train.labels
    test = ngram_counts(material.test_ids, VOCABULARY)
    start = _from_word2vec(material)
    curve = []
    for share in material.shares:
        rows = material.rows(share)
        held_out, kept = rows[: len(rows) // 10], rows[len(rows) // 10 :]
        deep = _train_words(material, kept, "word2vec-kept", **start)
        weights, _ = fit_nb_svm(counts[kept], labels[kept], seed=SEED)
        logits = [_logits(deep, material.ids, held_out), counts[held_out] @ weights]
        shares, bias = _calibrated(np.stack(logits, axis=1), labels[held_out])
        deep = _train_words(material, rows, "word2vec", **start)
        weights, _ = fit_nb_svm(counts[rows], labels[rows], seed=SEED)
        logits = [_test_logits(deep, material), test @ weights]
        curve.append(_accuracy(np.stack(logits, axis=1) @ shares + bias, material))
    document = deep.get_layer("document")
    shipping.write_reader(
        "sentiment_words_ngrams",
        title="Own words, and pairs of words",
        document=shipping.with_evidence(
            document, document.inputs[0].shape[-1], shares.tolist(), bias
        ),
        sentences=sentence_network(deep),
        ngrams=weights,
        family="Sentence CNN + NB-SVM",
        note="Convolutions over word vectors that began as word2vec's, k-max pooling over "
        "sentences, and beside that the sum of what words and pairs of words say.",
    )
    return curve


def _with_words(
    name: str, title: str, note: str, begin: Callable[[Material], dict[str, Any]]
) -> Callable[[Material], list[float]]:
    """A model with words of its own that begins with what `begin` gives it."""

    def train(material: Material) -> list[float]:
        start, curve = begin(material), []
        for share in material.shares:
            network = _train_words(material, material.rows(share), name, **start)
            curve.append(_accuracy(_test_logits(network, material), material))
        shipping.write_reader(
            f"sentiment_{name}",
            title=title,
            document=network.get_layer("document"),
            sentences=sentence_network(network),
            family="Sentence CNN",
            note=note,
        )
        return curve

    return train


def _with_encoder(
    name: str, title: str, encoder: str, licence: str
) -> Callable[[Material], list[float]]:
    """A document network on a frozen encoder's vectors."""

    def train(material: Material) -> list[float]:
        vectors = sentence_vectors(material.train.texts, encoder)
        test = training.documents(
            sentence_vectors(material.test.texts, encoder), np.arange(len(material.test.texts))
        )
        curve = []
        for share in material.shares:
            rows = material.rows(share)
            network = training.train_documents(vectors, material.train.labels, rows, seed=SEED)
            logits = network.predict(list(test), batch_size=256, verbose=0)[:, 0]
            curve.append(_accuracy(logits, material))
        shipping.write_reader(
            f"sentiment_{name}",
            title=title,
            document=network,
            encoder=encoder,
            family="Document network",
            note="Frozen vectors of sentences by the encoder; only the document network learned.",
            licence=licence,
        )
        return curve

    return train


def _adapted(material: Material) -> list[float]:
    """MiniLM's last layers changed a little: three quarters of an hour on two cores."""
    vectors = sentence_vectors(material.train.texts, adapting.ENCODER)
    labels, name, curve = material.train.labels, "sentiment_minilm_adapted", []
    for share in material.shares:
        rows = material.rows(share)
        frozen = training.train_documents(vectors, labels, rows, seed=SEED)
        document, changes = adapting.adapt(
            [material.train.texts[i] for i in rows],
            labels[rows],
            frozen,
            epochs=int(np.clip(3000 // len(rows), 1, 4)),
            seed=SEED,
            weights=cache_folder() / f"{name}-{len(rows)}.npz",
        )
        shipping.write_reader(
            name,
            title="MiniLM, adapted",
            document=document,
            encoder=adapting.ENCODER,
            changes=changes,
            family="Document network",
            note="The encoder's last two layers learned too, by changes of rank 8 (LoRA).",
        )
        engine.pool.clear()
        logits = reader(name).logits(measuring.vectors_of(reader(name), material.test))
        curve.append(_accuracy(logits, material))
    return curve


def _from_nothing(_material: Material) -> dict[str, Any]:
    return {}


def _from_glove(material: Material) -> dict[str, Any]:
    return {"start": word_vectors.glove(material.vocabulary)}


def _from_word2vec(material: Material) -> dict[str, Any]:
    vectors = cached_array(
        cache_folder() / "word2vec.npy",
        lambda: word_vectors.word2vec(material.train.texts, material.vocabulary, SEED),
    )
    return {"start": np.array(vectors)}


def _from_newsgroups(material: Material) -> dict[str, Any]:
    """A network that has learned to tell six kinds of newsgroups apart."""
    posts = read_posts(material.data / "newsgroups_train.jsonl.xz")
    labels = np.array([post.category for post in posts])
    ids = training.token_ids([bare(post.text) for post in posts], material.vocabulary)
    filled = np.array([i for i, text in enumerate(ids) if text])
    network = training.train_words(
        [ids[i] for i in filled],
        labels[filled],
        VOCABULARY,
        classes=len(CLASSES),
        seed=SEED,
        title="newsgroups",
    )
    return {"start_from": network}


def _train_words(material: Material, rows: np.ndarray, name: str, **start: Any) -> Any:
    """`training.train_words`, or its weights from the cache."""
    path = cache_folder() / f"sentiment-{name}-{len(rows)}.weights.h5"
    if path.exists():
        network = training_network(VOCABULARY, training.DIMENSION, training.SENTENCES)
        network.load_weights(path)
        return network
    network = training.train_words(
        [material.ids[i] for i in rows],
        material.train.labels[rows],
        VOCABULARY,
        seed=SEED,
        title=f"{name}, {len(rows):,} reviews",
        **start,
    )
    network.save_weights(path)
    return network


def _logits(network: Any, ids: Sequence[Sequence[Sequence[int]]], rows: np.ndarray) -> np.ndarray:
    x = rows_of([ids[i] for i in rows], 1024, training.SENTENCES)
    return network.predict(list(x), batch_size=32, verbose=0)[:, 0]


def _test_logits(network: Any, material: Material) -> np.ndarray:
    return _logits(network, material.test_ids, np.arange(len(material.test_ids)))


def _accuracy(logits: np.ndarray, material: Material) -> float:
    return float(((logits > 0) == material.test.labels).mean())


def _calibrated(logits: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, float]:
    """Factors (K,) of the logits (N, K) of K models, and a bias, so that their sum is a logit."""
    from sklearn.linear_model import LogisticRegression

    scale = logits.std(axis=0)
    fitted = LogisticRegression().fit(logits / scale, labels)
    return (fitted.coef_[0] / scale).astype(np.float32), float(fitted.intercept_[0])


MODELS: dict[str, Callable[[Material], list[float]]] = {
    "ngrams": _baseline,
    "minilm": _with_encoder("minilm", "MiniLM, frozen", "all_minilm_l6_v2", "Apache-2.0"),
    "use": _with_encoder(
        "use",
        "Universal Sentence Encoder, frozen",
        "universal_sentence_encoder_multilingual",
        "Apache-2.0",
    ),
    "scratch": _with_words(
        "scratch", "Own words, from scratch", "Everything began at random.", _from_nothing
    ),
    "glove": _with_words(
        "glove",
        "Own words, begun with GloVe",
        "Word vectors began as those of GloVe 6B (PDDL 1.0), from Wikipedia and news.",
        _from_glove,
    ),
    "word2vec": _with_words(
        "word2vec",
        "Own words, begun with word2vec",
        "Word vectors began as those that word2vec made of the training reviews without labels.",
        _from_word2vec,
    ),
    "newsgroups": _with_words(
        "newsgroups",
        "Own words, pretrained on newsgroups",
        "Words and convolutions began as those of a network for six kinds of newsgroups.",
        _from_newsgroups,
    ),
    "words_ngrams": _default,
    "minilm_adapted": _adapted,
}
