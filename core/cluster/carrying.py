"""Messages between machines: pickled, a large array only when it is new, files by their content."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from core.engine.messages import Receiver, Sender
from core.vision.transfer.trained_model import TrainedModel


def writer() -> Callable[[str, Any], bytes]:
    """What makes messages of a kind and a content, to be read in the same order."""
    buffer = io.BytesIO()
    send = Sender(buffer, {TrainedModel: _files_of})

    def write(kind: str, content: Any) -> bytes:
        buffer.seek(0)
        buffer.truncate()
        send(kind, content)
        return buffer.getvalue()

    return write


def reader() -> Callable[[bytes], tuple[str, Any]]:
    """What reads the messages of one `writer`; arrays that it gets are read-only."""
    buffer = io.BytesIO()
    receive = Receiver(buffer)

    def read(message: bytes) -> tuple[str, Any]:
        buffer.seek(0)
        buffer.truncate()
        buffer.write(message)
        buffer.seek(0)
        return receive()

    return read


def _files_of(model: TrainedModel) -> tuple[Callable[..., TrainedModel], tuple[Any, ...]]:
    """A classifier that is in a folder of one machine, for another."""
    with tempfile.TemporaryDirectory() as folder:
        archive = Path(folder) / "archive"
        model.write_archive(archive)
        keras = model.keras_file
        return _opened, (archive.read_bytes(), None if keras is None else keras.read_bytes())


def _opened(archive: bytes, keras: bytes | None) -> TrainedModel:
    with tempfile.TemporaryDirectory() as folder:
        path, keras_path = Path(folder) / "archive", Path(folder) / "keras"
        path.write_bytes(archive)
        if keras is not None:
            keras_path.write_bytes(keras)
        return TrainedModel.from_archive(path, None if keras is None else keras_path)
