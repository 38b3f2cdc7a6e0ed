"""Whether a film review is for or against the film, and which of its sentences say so."""

from core.text.sentiment.reviews import (
    DEFAULT_MODEL,
    MULTILINGUAL_MODEL,
    Assessment,
    DeletionTest,
    Explanation,
    Method,
    WordExplanation,
    assess,
    assess_all,
    deletion_test,
    explain,
    explain_words,
    model_for,
    models,
    predict,
)
from core.text.sentiment.saliency import METHODS

__all__ = [
    "DEFAULT_MODEL",
    "METHODS",
    "MULTILINGUAL_MODEL",
    "Assessment",
    "DeletionTest",
    "Explanation",
    "Method",
    "WordExplanation",
    "assess",
    "assess_all",
    "deletion_test",
    "explain",
    "explain_words",
    "model_for",
    "models",
    "predict",
]
