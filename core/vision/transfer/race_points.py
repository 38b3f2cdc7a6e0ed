"""The points that a race can go on from: lanes that have ended, and the one that runs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from functools import partial
from typing import Any

import numpy as np

from core import zoo
from core.learning import kept_features
from core.learning.feature_cache import FeatureCache
from core.learning.novelty import NOVELTY, NoveltyDetector
from core.learning.resuming import ResumePoint, ResumePoints
from core.learning.stored import checked
from core.learning.training import split_of
from core.vision.transfer.datasets import ImageDataset
from core.vision.transfer.epochs import restored_epochs
from core.vision.transfer.resuming import feature_width, pack_checkpoint, unpack_checkpoint
from core.vision.transfer.trained_model import TrainedModel
from core.vision.transfer.training import TrainingStep, with_evaluation
from core.vision.transfer.training_run import TrainingSettings

_RUNNING = "running/"


class RacePoints:
    """The points of a race.

    Features stand once in a point, whichever lanes take them.

    Parameters
    ----------
    resume : where the same race was interrupted.

    Raises
    ------
    InvalidInputError
        If `resume` is of another race, or damaged.
    """

    def __init__(
        self,
        dataset: ImageDataset,
        entrants: Sequence[TrainingSettings],
        resume: ResumePoint | None,
    ) -> None:
        self._dataset, self._entrants = dataset, tuple(entrants)
        settings = [asdict(one) for one in entrants]
        self._points = ResumePoints(dataset.noun, dataset.digest, settings, resume)
        self._ended: list[dict[str, Any]] = []
        self._arrays: dict[str, np.ndarray] = {}  # of lanes that have ended
        self._features: dict[str, np.ndarray] = {}
        self._running: ResumePoint | None = None
        if resume is not None:
            checked(partial(self._restore, resume))

    @property
    def latest(self) -> ResumePoint | None:
        """The latest one."""
        return self._points.latest

    @property
    def ended(self) -> int:
        """How many lanes have ended."""
        return len(self._ended)

    def _restore(self, point: ResumePoint) -> None:
        self._ended, running = list(point.about["ended"]), point.about["running"]
        if len(self._ended) > len(self._entrants):
            raise ValueError
        for name, array in point.arrays.items():
            if name.startswith(kept_features.PREFIX):
                self._features[name] = array
            elif not name.startswith(_RUNNING):
                self._arrays[name] = array
        if running is not None:
            arrays = {
                name.removeprefix(_RUNNING): array
                for name, array in point.arrays.items()
                if name.startswith(_RUNNING)
            }
            number, about = running["number"], running["about"]
            if type(number) is not int or number < 1 or not isinstance(about, dict):
                raise ValueError
            self._running = ResumePoint(number, about, {**self._features, **arrays})

    def restore_features(self, cache: FeatureCache) -> None:
        """Add the features in the point that the race goes on from to the cache.

        Raises
        ------
        InvalidInputError
            If they are damaged.
        """
        point = self.latest
        networks = {settings.network for settings in self._entrants} - {None}
        for name in sorted(filter(None, networks)):
            if point is not None:
                width = partial(feature_width, zoo.image_network(name))
                digests = self._dataset.digests
                kept_features.restore_features(point, cache, name, digests, width)

    def reopened(self) -> Iterator[tuple[TrainingStep, np.ndarray]]:
        """The last step of each lane that had ended, with its classifier and its evaluation, and
        the probabilities (n, C) of the test photos.

        Raises
        ------
        InvalidInputError
            If one is damaged.
        """
        for number in range(self.ended):
            yield checked(partial(self._reopen, number))

    def _reopen(self, number: int) -> tuple[TrainingStep, np.ndarray]:
        settings, about = self._entrants[number], self._ended[number]
        best, probabilities = (
            self._arrays[f"{number}/{part}"] for part in ("best", "probabilities")
        )
        classes = self._dataset.classes
        checkpoint = unpack_checkpoint(about["best"], best, classes, settings)
        seconds = float(about["seconds"])
        if not 0 <= seconds < float("inf"):
            raise ValueError
        step = TrainingStep(
            settings=settings,
            stage=str(about["stage"]),
            share=1.0,
            seconds=seconds,
            split=split_of(self._dataset, settings),
            epochs=restored_epochs(about["epochs"]),
            best=checkpoint,
            model=TrainedModel.from_checkpoint(checkpoint).with_novelty(self._novelty(number)),
        )
        return with_evaluation(self._dataset, step, probabilities), probabilities

    def _novelty(self, number: int) -> NoveltyDetector | None:
        stored = self._arrays.get(f"{number}/{NOVELTY}")
        return None if stored is None else NoveltyDetector.from_json(stored.tobytes())

    @property
    def running(self) -> ResumePoint | None:
        """The latest point of the lane that runs, or ran when the race was interrupted."""
        return self._running

    def note(self, point: ResumePoint | None) -> None:
        """Make a point of the race, if the lane that runs has this new one."""
        if point is not None and point is not self._running:
            self._running = point
            self._make()

    def end_lane(self, step: TrainingStep, probabilities: np.ndarray) -> None:
        """Make a point of the race with one more lane that has ended.

        Parameters
        ----------
        probabilities : (n, C) float32, of the test photos.
        """
        if step.best is None:
            raise RuntimeError("Expected a training that has ended. Received: one under way.")
        best, arrays = pack_checkpoint(step.best)
        number = len(self._ended)
        self._arrays |= {f"{number}/best": arrays["best"], f"{number}/probabilities": probabilities}
        if step.model is not None and step.model.novelty is not None:
            stored = step.model.novelty.to_json().encode()
            self._arrays[f"{number}/{NOVELTY}"] = np.frombuffer(stored, np.uint8)
        about = {
            "stage": step.stage,
            "seconds": step.seconds,
            "epochs": [asdict(epoch) for epoch in step.epochs],
            "best": best,
        }
        self._ended = [*self._ended, about]
        self._running = None
        self._make()

    def _make(self) -> None:
        """Features go to one place; all else of the lane that runs is behind its own prefix."""
        own, running = {}, None
        if self._running is not None:
            running = {"number": self._running.number, "about": self._running.about}
            for name, array in self._running.arrays.items():
                if name.startswith(kept_features.PREFIX):
                    self._features[name] = array
                else:
                    own[f"{_RUNNING}{name}"] = array
        about = {"ended": self._ended, "running": running}
        self._points.make(about, {**self._features, **self._arrays, **own})
