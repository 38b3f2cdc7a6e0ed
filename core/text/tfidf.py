"""What a text says word by word: weights of words and pairs of words, rare ones counting more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix


@dataclass(frozen=True)
class TermWeights:
    """The terms that count, and how much: TF-IDF with 1 + log(count), rows of unit length.

    Attributes
    ----------
    terms : tuple of V str, sorted: words and pairs of words, in lower case.
    idf : (V,) float32 >= 1, larger for terms that few documents hold.
    """

    terms: tuple[str, ...]
    idf: np.ndarray

    @classmethod
    def fit(
        cls, texts: Sequence[str], *, least_documents: int = 2, most_terms: int | None = None
    ) -> TermWeights:
        """The terms that are in at least `least_documents` texts; of more than `most_terms` the
        ones that come most often."""
        vectorizer = _vectorizer(min_df=least_documents, max_features=most_terms)
        vectorizer.fit(texts)
        terms = tuple(vectorizer.get_feature_names_out())
        return cls(terms, vectorizer.idf_.astype(np.float32))

    def __call__(self, texts: Sequence[str]) -> csr_matrix:
        """(N, V) float32, sparse: the weight of each term in each text; a row without any is 0."""
        from scipy.sparse import csr_matrix

        if not len(texts):
            return csr_matrix((0, len(self.terms)), dtype=np.float32)
        return self._fitted.transform(texts)

    @cached_property
    def _fitted(self) -> Any:
        vectorizer = _vectorizer(vocabulary={term: i for i, term in enumerate(self.terms)})
        vectorizer.idf_ = self.idf
        return vectorizer


def _vectorizer(**settings: Any) -> Any:
    from sklearn.feature_extraction.text import TfidfVectorizer

    return TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, dtype=np.float32, **settings)
