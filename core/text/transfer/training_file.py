"""A training on texts as a file, with the penalties that were tried."""

from __future__ import annotations

from dataclasses import asdict

from core.learning.penalty_search import Attempt
from core.learning.stored import checked
from core.learning.training_file import TrainingFile, training_file
from core.text.transfer.classifier import TextClassifier
from core.text.transfer.training import DocumentTrainingSettings, DocumentTrainingStep


def to_file(step: DocumentTrainingStep) -> TrainingFile:
    """What is kept of a training that has ended with an evaluation, besides its classifier."""
    if step.evaluation is None:
        raise RuntimeError("Expected a training with an evaluation. Received: one under way.")
    return training_file(
        step,
        step.evaluation.labels,
        step.evaluation.probabilities,
        {"attempts": [asdict(attempt) for attempt in step.attempts]},
    )


def from_file(file: TrainingFile, model: TextClassifier) -> DocumentTrainingStep:
    """The last snapshot of a training, with its classifier.

    Raises
    ------
    InvalidInputError
        If the file is damaged.
    """
    return checked(
        lambda: DocumentTrainingStep(
            settings=DocumentTrainingSettings(**file.about["settings"]),
            **file.common(),
            attempts=tuple(Attempt(**attempt) for attempt in file.about["attempts"]),
            model=model,
            evaluation=file.evaluation(model.classes),
        )
    )
