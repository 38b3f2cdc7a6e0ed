"""A training on sounds as a file, with what the frozen network made of the recordings."""

from __future__ import annotations

from core.learning.stored import checked
from core.learning.training_file import TrainingFile, training_file
from core.sound.transfer.classifier import SoundClassifier
from core.sound.transfer.training import SoundTrainingSettings, SoundTrainingStep


def to_file(step: SoundTrainingStep) -> TrainingFile:
    """What is kept of a training that has ended, besides its classifier."""
    if step.evaluation is None or step.decoded is None or step.vectors is None:
        raise RuntimeError("Expected a training with an evaluation. Received: one under way.")
    return training_file(
        step,
        step.evaluation.labels,
        step.evaluation.probabilities,
        {"inverse_penalty": step.inverse_penalty},
        {"decoded": step.decoded, "vectors": step.vectors},
    )


def from_file(file: TrainingFile, model: SoundClassifier) -> SoundTrainingStep:
    """The last snapshot of a training, with its classifier.

    Raises
    ------
    InvalidInputError
        If the file is damaged.
    """
    return checked(
        lambda: SoundTrainingStep(
            settings=SoundTrainingSettings(**file.about["settings"]),
            **file.common(),
            inverse_penalty=float(file.about["inverse_penalty"]),
            decoded=file.arrays["decoded"],
            vectors=file.arrays["vectors"],
            model=model,
            evaluation=file.evaluation(model.classes),
        )
    )
