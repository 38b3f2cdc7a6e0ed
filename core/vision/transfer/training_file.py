"""A training on photos, as it ended in a race, as a file."""

from __future__ import annotations

from dataclasses import asdict

from core import zoo
from core.access import check_module
from core.learning.stored import checked
from core.learning.training_file import TrainingFile, training_file
from core.vision.transfer.epochs import Epoch
from core.vision.transfer.race import Lane
from core.vision.transfer.trained_model import TrainedModel
from core.vision.transfer.training import TrainingStep
from core.vision.transfer.training_run import TrainingSettings


def to_file(lane: Lane) -> TrainingFile:
    """What is kept of a training that was evaluated, besides its classifier."""
    if lane.step is None or lane.evaluation is None or lane.probabilities is None:
        raise RuntimeError("Expected a training with an evaluation. Received: one under way.")
    return training_file(
        lane.step,
        lane.evaluation.labels,
        lane.probabilities,
        {"epochs": [asdict(epoch) for epoch in lane.step.epochs]},
    )


def from_file(file: TrainingFile, model: TrainedModel) -> Lane:
    """The training as a race has left it, with its classifier.

    Raises
    ------
    InvalidInputError
        If the file is damaged.
    NotAllowedError
        As `check_backbone` does.
    """

    settings = checked(lambda: TrainingSettings(**file.about["settings"]))
    check_backbone(settings)

    def lane() -> Lane:
        step = TrainingStep(
            settings=settings,
            **file.common(),
            epochs=tuple(Epoch(**epoch) for epoch in file.about["epochs"]),
            model=model,
        )
        return Lane(
            settings=settings,
            step=step,
            probabilities=file.arrays["probabilities"],
            evaluation=file.evaluation(model.classes),
        )

    return checked(lane)


def check_backbone(settings: TrainingSettings) -> None:
    """Check that the backbone of settings that somebody has kept may be opened here.

    A project file is anybody's, and opening a TF-Hub module runs what is in it.

    Raises
    ------
    NotAllowedError
        If it is a module that this server does not list, and not everybody may open any.
    """
    if settings.network is not None and zoo.is_handle(settings.network):
        check_module(settings.network)
