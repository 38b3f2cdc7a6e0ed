"""Train a classifier of one's own photos on top of a pretrained network, or without one."""

from core.vision.transfer.datasets import ImageDataset
from core.vision.transfer.epochs import Epoch
from core.vision.transfer.trained_model import TrainedModel
from core.vision.transfer.training import STRATEGIES, TrainingStep, evaluated, train
from core.vision.transfer.training_run import Strategy, TrainingSettings

__all__ = [
    "STRATEGIES",
    "Epoch",
    "ImageDataset",
    "Strategy",
    "TrainedModel",
    "TrainingSettings",
    "TrainingStep",
    "evaluated",
    "train",
]
