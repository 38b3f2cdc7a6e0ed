"""What the page calls categories and models."""

from __future__ import annotations

from core.text.documents import CLASSES, DocumentModel

CATEGORIES = {name: name.replace("_", " ") for name in CLASSES}
"""By the name in `core.text.documents.CLASSES`, in that order."""

MODELS: dict[DocumentModel, str] = {
    "network": "Network",
    "svm": "TF-IDF + linear SVM",
}
"""By the name in `core.text.documents.MODELS`."""
