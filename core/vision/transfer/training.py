"""Train a classifier of one's own on top of a pretrained network, or without one.

Every strategy ends in the same shape: one flat network from RGB pixels over the backbone's last
feature map, its global average, a hidden layer if one is wanted, and one dense layer to the
softmax, so that all of them are predicted with, explained and exported alike.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np

from core.errors import InvalidInputError, UnknownNameError
from core.learning.card import LAST_FIT, ModelCard
from core.learning.card_of_training import with_card
from core.learning.feature_cache import FeatureCache
from core.learning.metrics import evaluate
from core.learning.novelty import NoveltyDetector
from core.learning.resuming import ResumePoint
from core.learning.training import BaseTrainingStep
from core.vision.transfer.checkpoint import Checkpoint
from core.vision.transfer.datasets import ImageDataset
from core.vision.transfer.epochs import Epoch
from core.vision.transfer.known_photos import learn_known
from core.vision.transfer.strategies import BY_NAME
from core.vision.transfer.trained_model import TrainedModel
from core.vision.transfer.training_run import TrainingRun, TrainingSettings
from core.wording import counted

STRATEGIES: dict[str, str] = {
    "plain": "A small convolutional network that starts from random weights, without dropout, on "
    "each photo as it is.",
    "dropout": "The same, but while it trains a random 30% of the features before the dense layer "
    "are set to 0.",
    "scratch": "A small convolutional network that starts from random weights, with dropout and a "
    "new random view of each photo in every epoch.",
    "features": "The backbone is frozen and each photo goes through it once; one dense layer "
    "learns from its features.",
    "augment": "As features, with several random views of each training photo.",
    "fine_tune": "Starts as features; then the backbone's last blocks learn too, slowly, with "
    "batch normalisation as it was.",
    "initialise": "Starts as features; then every layer learns, slowly, from its pretrained "
    "weights.",
}
"""What is frozen and what learns, a sentence for each strategy."""
FROZEN = ("features", "augment")
"""The strategies in which no backbone learns, so that several can stand side by side."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingStep(BaseTrainingStep[TrainingSettings, TrainedModel]):
    """A snapshot of training. `evaluated` evaluates the model of the last one.

    Attributes
    ----------
    epochs : tuple of Epoch, so far.
    best : Checkpoint or None
        The best weights so far, by validation loss; `TrainedModel.from_checkpoint` makes a
        classifier of them, also after a cancel.
    """

    epochs: tuple[Epoch, ...]
    best: Checkpoint | None = field(default=None, repr=False)

    @property
    def novelty(self) -> NoveltyDetector | None:
        return None if self.model is None else self.model.novelty

    def details(self) -> dict[str, Any]:
        return {"epochs": len(self.epochs), "history": [asdict(epoch) for epoch in self.epochs]}


def train(
    dataset: ImageDataset,
    settings: TrainingSettings | None = None,
    cache: FeatureCache | None = None,
    resume: ResumePoint | None = None,
) -> Iterator[TrainingStep]:
    """Train a classifier, with a snapshot several times a second.

    Parameters
    ----------
    dataset : at least two classes with at least four photos each.
    cache : features from trainings before this one; new ones are added.
    resume : where the same training was interrupted, to go on from there.

    Raises
    ------
    InvalidInputError
        If there are too few photos, or a setting is out of its bounds; if `resume` is of another
        training, or damaged.
    UnknownNameError, WeightsUnavailableError, MemoryBudgetError
        If there is no such strategy or network, or it cannot be had or held here.
    """
    settings = settings or TrainingSettings()
    if settings.strategy not in STRATEGIES:
        raise UnknownNameError.among("strategy", settings.strategy, STRATEGIES)
    for step in _steps(
        TrainingRun(dataset, settings, FeatureCache() if cache is None else cache, resume)
    ):
        yield step if step.model is None else with_card(dataset, step)


def train_on_all(
    dataset: ImageDataset,
    settings: TrainingSettings,
    epochs: Sequence[Epoch],
    card: ModelCard,
    novelty: NoveltyDetector | None = None,
    cache: FeatureCache | None = None,
) -> Iterator[TrainingStep]:
    """Train once more, on all photos, those of the test too: for using it, not for measuring it.

    Each stage has as many epochs as were best before, and the classifier is as sure of itself as
    the one before: there is no photo left to judge that by.

    Parameters
    ----------
    settings, epochs, card, novelty : of a training on `dataset` that has ended. Its detector serves
        on where the dense layer takes features of a frozen backbone; of another network there is no
        photo left to fit one by.
    cache : as for `train`.

    Yields
    ------
    TrainingStep, the last with a model. Its card has the figures of the training before, and says
    so.

    Raises
    ------
    InvalidInputError
        If it is not known which epochs were best.
    WeightsUnavailableError, MemoryBudgetError
        As for `train`.
    """
    stages = [epoch.stage for epoch in epochs if epoch.is_kept]
    if not stages:
        raise InvalidInputError(
            "Expected a training that says which of its epochs was best. Received: one of an "
            "earlier version of Graft. Train again."
        )
    if max(stages) < max(epoch.stage for epoch in epochs):  # it ended as its own first stage
        settings = replace(settings, strategy="features")
    kept = FeatureCache() if cache is None else cache
    for step in _steps(TrainingRun(dataset, settings, kept, earlier=epochs)):
        if step.model is None:
            yield step
            continue
        note = (
            f"Trained once more on all {counted(len(dataset.photos), 'photo')}, the test photos "
            "too. Its figures are those of the same training before that."
        )
        own = replace(card, training={**card.training, LAST_FIT: note})
        if step.best is None or step.best.backbone is None or step.best.hidden is not None:
            own, novelty = replace(own, none_of_these=None), None
        yield replace(step, model=step.model.with_card(own).with_novelty(novelty))


def _steps(run: TrainingRun) -> Iterator[TrainingStep]:
    yield _step(run, "reading the photos", 0.0)
    for stage, share in BY_NAME[run.settings.strategy](run):
        yield _step(run, stage, 0.95 * share)
    yield _step(run, "making it ready to use", 0.95)
    model = TrainedModel.from_checkpoint(run.solution)
    if not run.repeats:
        for done in learn_known(model, run.solution, run.dataset, run.split, run.cache):
            yield _step(run, "measuring how far known photos are", 0.96 + 0.04 * done)
    yield _step(run, "done", 1.0, model)


def evaluated(dataset: ImageDataset, step: TrainingStep) -> tuple[TrainingStep, np.ndarray]:
    """The last step with the evaluation of its model, which then stands on its card too.

    Returns
    -------
    The step, and (n, C) float32 probabilities, rows as in `step.split.test`.
    """
    if step.model is None:
        raise RuntimeError("Expected a training that has ended. Received: one under way.")
    photos = [dataset.photos[i].data for i in step.split.test]
    rows, embeddings = zip(*step.model.outputs(photos), strict=True)
    probabilities = np.concatenate(rows)
    if step.model.novelty is not None:
        step.model.novelty = step.model.novelty.with_tested(np.concatenate(embeddings))
    return with_evaluation(dataset, step, probabilities), probabilities


def with_evaluation(
    dataset: ImageDataset, step: TrainingStep, probabilities: np.ndarray
) -> TrainingStep:
    """The last step with the evaluation that probabilities of the test photos give."""
    evaluation = evaluate(dataset.labels[step.split.test], probabilities, dataset.classes)
    return with_card(dataset, replace(step, evaluation=evaluation))


def _step(
    run: TrainingRun, stage: str, share: float, model: TrainedModel | None = None
) -> TrainingStep:
    return TrainingStep(
        settings=run.settings,
        stage=stage,
        share=share,
        seconds=run.points.seconds,
        epochs=tuple(run.epochs),
        split=run.split,
        best=run.best,
        model=model,
        resume_point=run.points.latest if model is None else None,
    )
