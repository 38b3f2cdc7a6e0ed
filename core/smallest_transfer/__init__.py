"""The smallest transfer: a network that knows one thing about irises learns another."""

from core.smallest_transfer.learning import IrisLayer, IrisPoint, IrisStep, transfer_iris
from core.smallest_transfer.record import IrisRecord, recorded
from core.smallest_transfer.tasks import TASKS, IrisSettings, IrisTask

__all__ = [
    "TASKS",
    "IrisLayer",
    "IrisPoint",
    "IrisRecord",
    "IrisSettings",
    "IrisStep",
    "IrisTask",
    "recorded",
    "transfer_iris",
]
