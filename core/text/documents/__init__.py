"""Classify, search and place documents, with models taught on 20 Newsgroups."""

from core.text.documents.newsgroups import CLASSES
from core.text.documents.reading import (
    MODELS,
    DocumentMap,
    DocumentModel,
    Neighbour,
    SearchBy,
    card,
    classes,
    document_map,
    place,
    predict,
    search,
)

__all__ = [
    "CLASSES",
    "MODELS",
    "DocumentMap",
    "DocumentModel",
    "Neighbour",
    "SearchBy",
    "card",
    "classes",
    "document_map",
    "place",
    "predict",
    "search",
]
