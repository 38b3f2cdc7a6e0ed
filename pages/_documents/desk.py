"""What the room Train on yours holds for one visitor: texts, and the classifier made of them."""

from __future__ import annotations

from core.text.document_training import KnownVectors, train
from pages._ui.desk import Desk, Desks

DESKS = Desks("documents", train, KnownVectors)


def tested_texts(desk: Desk) -> list[str]:
    """The texts of the test part, in the order of the evaluation."""
    return [desk.dataset.texts[i].text for i in desk.step.split.test]
