"""From trained networks to files in `core/assets/sentiment`, each with its card."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np

from core.engine import conversion
from core.recipes.made import made
from core.recipes.sentiment.training import SEED
from core.text.sentiment.document_network import document_network, with_gradient
from core.zoo.assets import write_card
from core.zoo.sources import ASSETS

FOLDER = ASSETS / "sentiment"
_DATA = "Large Movie Review Dataset, https://ai.stanford.edu/~amaas/data/sentiment/"


def write_reader(
    name: str,
    *,
    title: str,
    document: Any,
    sentences: Any = None,
    ngrams: np.ndarray | None = None,
    encoder: str | None = None,
    changes: dict[str, np.ndarray] | None = None,
    family: str,
    note: str,
    reference: str = "https://arxiv.org/abs/1412.6815",
    licence: str = "Apache-2.0",
) -> None:
    """Write the graphs of a model for reviews, and a card without metrics.

    Parameters
    ----------
    document : a document network of one logit, on vectors of D numbers.
    sentences : the model's own sentence network, if it has words of its own.
    ngrams : (vocabulary + PAIR_BUCKETS,) float32, if the last of the D numbers is what n-grams say.
    encoder : the text encoder that makes vectors of sentences, if it has no words of its own.
    changes : what was changed in `encoder`; the reader's own is then `ENCODER_NAME`.
    """
    FOLDER.mkdir(exist_ok=True)
    for old in FOLDER.glob(f"{name}.*"):
        old.unlink()
    graph = conversion.function_of(with_gradient(document))
    parameters = conversion.write_graph(graph, FOLDER / f"{name}.xml")
    if sentences is not None:
        graph = conversion.function_of(sentences)
        parameters += conversion.write_graph(graph, FOLDER / f"{name}.sentences.xml")
    if ngrams is not None:
        np.save(FOLDER / f"{name}.ngrams.npy", ngrams.astype(np.float16))
        parameters += int(np.count_nonzero(ngrams))
    if changes is not None:
        np.savez(FOLDER / f"{name}.changes.npz", **changes)
        parameters += sum(array.size for array in changes.values())
    spec = {
        "title": title,
        "family": family,
        "modality": "text",
        "parameters": parameters,
        "licence": licence,
        "reference": reference,
        "note": note,
    }
    card = {
        "task": "whether a film review is for or against the film",
        "data": f"{_DATA}, for research; cite Maas et al. (2011), aclanthology.org/P11-1015",
        "split": "the official training reviews but repeats and those that stand in the test part "
        "too; tested on 4,989 different ones of the official test",
        "seed": SEED,
        "recipe": "python -m core.recipes.sentiment --data DIR",
        "reader": {
            "dimension": document.inputs[0].shape[-1],
            "encoder": encoder if changes is None else f"{encoder}_{name}",
            "words": sentences is not None,
            "ngrams": ngrams is not None,
            "vocabulary": None if encoder else vocabulary_digest(),
        },
        "made": made("keras", "tensorflow", "openvino"),
        "metrics": {},
    }
    if changes is not None:
        card["adapts"] = encoder
    write_card(FOLDER, name, spec, card)


def with_evidence(
    deep: Any | None, dimension: int, shares: tuple[float, float], bias: float
) -> Any:
    """A document network whose logit is a share of another's, and of the n-grams' sum.

    The vectors of its sentences end in one number more than those of `deep`.

    Parameters
    ----------
    deep : a document network on `dimension` numbers; None, with a dimension of 0, for none.
    shares : factors of its logit, and of the n-grams' sum.
    """
    joined = document_network(dimension + 1)
    weights = {layer.name: layer.get_weights() for layer in joined.layers if layer.weights}
    weights = {name: [np.zeros_like(array) for array in all_] for name, all_ in weights.items()}
    if deep is not None:
        for name in ("convolution", "evidence", "logits"):
            for place, array in enumerate(deep.get_layer(name).get_weights()):
                target = weights[name][place]
                inside = tuple(slice(0, size) for size in array.shape)
                target[inside] = array * (1 if name == "convolution" else shares[0])
    weights["evidence"][0][dimension] = shares[1]
    weights["logits"][1] += np.float32(bias)
    for name, arrays in weights.items():
        joined.get_layer(name).set_weights(arrays)
    return joined


def vocabulary_digest() -> str:
    """SHA-256 of the words that the models with words of their own share."""
    return hashlib.sha256((FOLDER / "vocabulary.txt").read_bytes()).hexdigest()
