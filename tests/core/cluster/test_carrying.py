"""Results, snapshots and errors on their way between machines."""

from __future__ import annotations

import gc
import pickle
from dataclasses import dataclass

import numpy as np
import pytest

import core.cli.server
import core.projects
import core.sign_in  # noqa: F401 - each has errors of its own
from core.cluster.carrying import reader, writer
from core.errors import GraftError, UnknownNameError, WorkerError
from core.vision.transfer.exported import KERAS
from core.vision.transfer.trained_model import TrainedModel


def every_error() -> list[type[GraftError]]:
    found, waiting = [], [GraftError]
    while waiting:
        found.append(waiting.pop())
        waiting += found[-1].__subclasses__()
    return [error for error in found if error.__module__.startswith("core.")]


@pytest.mark.parametrize("error", every_error(), ids=lambda error: error.__name__)
def test_every_error_arrives_as_it_was(error):
    arrived = pickle.loads(pickle.dumps(error("Expected one. Received: none.")))
    assert (type(arrived), str(arrived)) == (error, "Expected one. Received: none.")


def test_errors_that_are_made_of_parts_arrive_as_they_were():
    for error in (UnknownNameError.among("task", "dreem", ["dream"]), WorkerError.ended(-9)):
        arrived = pickle.loads(pickle.dumps(error))
        assert (type(arrived), str(arrived)) == (type(error), str(error))


@dataclass(frozen=True)
class Step:
    share: float
    model: TrainedModel | None = None
    photo: np.ndarray | None = None


@pytest.fixture
def archive_of(tmp_path):
    def write(model):
        model.write_archive(tmp_path / "archive")
        return tmp_path / "archive"

    return write


def test_a_classifier_arrives_with_its_files(own_photos, archive_of):
    write, read = writer(), reader()
    model = own_photos.model
    before = model.predict(own_photos.photos)
    copy = TrainedModel.from_archive(archive_of(model))
    (copy._folder / KERAS).write_bytes(b"layers")
    message = write("snapshot", Step(1.0, copy))
    folder = copy._folder
    assert len(write("snapshot", Step(1.0, copy))) < len(message) / 100  # it is there by now
    del copy
    write("snapshot", Step(1.0))
    gc.collect()
    assert not folder.exists()  # those who have sent it need it no more
    kind, step = read(message)
    assert kind == "snapshot"
    assert np.array_equal(step.model.predict(own_photos.photos), before)
    assert step.model.card == model.card
    assert step.model.keras_file.read_bytes() == b"layers"


def test_a_large_array_is_sent_once():
    write, read = writer(), reader()
    photo = np.zeros((300, 300, 3), np.uint8)
    first, second = (write("snapshot", Step(share, photo=photo)) for share in (0.1, 0.2))
    assert len(second) < photo.nbytes / 100 < len(first)
    assert [np.array_equal(read(m)[1].photo, photo) for m in (first, second)] == [True, True]
