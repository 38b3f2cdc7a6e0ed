"""The files of the shipped document models, read and written without pickle."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from core.text.documents.index import DocumentIndex
from core.text.documents.models import EvidenceNetwork, EvidenceSvm, TermEvidence
from core.text.documents.newsgroups import CLASSES
from core.text.tfidf import TermWeights

_MODELS, _INDEX = "models.npz", "index.npz"


@dataclass(frozen=True)
class Library:
    """All that comes with the app for documents.

    Attributes
    ----------
    terms : TermWeights that both models and the index use.
    svm, network : the classifiers.
    shares : (C,) float64, of the categories among the training posts.
    index : DocumentIndex
    """

    terms: TermWeights
    svm: EvidenceSvm
    network: EvidenceNetwork
    shares: np.ndarray
    index: DocumentIndex

    @cached_property
    def descriptions(self) -> tuple[str, ...]:
        """Of each document in the index, the three single words that weigh most in it."""
        return tuple(self._describe(i) for i in range(len(self.index.labels)))

    def _describe(self, position: int) -> str:
        named = (self.terms.terms[i] for i in self.index.weightiest_terms(position))
        words = [term for term in named if term.isalpha() and len(term) > 2][:3]
        return ", ".join(words) or f"few words on {CLASSES[self.index.labels[position]]}"


def write_library(library: Library, folder: Path) -> None:
    """Write `models.npz` and `index.npz`."""
    network = library.network
    arrays: dict[str, np.ndarray] = {
        "terms": np.frombuffer("\n".join(library.terms.terms).encode(), np.uint8),
        "idf": library.terms.idf.astype(np.float16),
        "shares": library.shares,
        "sharpness": np.array(library.svm.sharpness),
        **library.svm.evidence.to_arrays("svm"),
        **network.evidence.to_arrays("fine"),
        "weights": network.weights,
        "bias": network.bias,
        "coarse": network.coarse,
    }
    folder.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(folder / _MODELS, allow_pickle=False, **arrays)
    np.savez_compressed(folder / _INDEX, allow_pickle=False, **library.index.to_arrays())


def read_library(folder: Path) -> Library:
    """What `write_library` wrote."""
    with np.load(folder / _MODELS, allow_pickle=False) as file:
        arrays = dict(file)
    with np.load(folder / _INDEX, allow_pickle=False) as file:
        rows = dict(file)
    names = tuple(arrays["terms"].tobytes().decode().split("\n"))
    terms = TermWeights(names, arrays["idf"].astype(np.float32))
    return Library(
        terms=terms,
        svm=EvidenceSvm(TermEvidence.from_arrays(arrays, "svm", terms), float(arrays["sharpness"])),
        network=EvidenceNetwork(
            evidence=TermEvidence.from_arrays(arrays, "fine", terms),
            weights=arrays["weights"],
            bias=arrays["bias"],
            coarse=arrays["coarse"],
        ),
        shares=arrays["shares"],
        index=DocumentIndex.from_arrays(rows, len(names)),
    )
