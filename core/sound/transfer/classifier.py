"""A classifier of sounds that was trained here, and the file of it that one can take along."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

from core import engine
from core.errors import InvalidInputError
from core.media import decode_audio, encode_wav
from core.sound.encoders import BIRD_NETWORK, RATE, vector_of
from core.sound.heads import SoundHead, softmax
from core.sound.transfer.script import README, SCRIPT

SCRIPT_NAME = "classify_sounds.py"
_POLL_S = 0.1


@dataclass(frozen=True, eq=False)
class SoundClassifier:
    """A classifier for the classes of a data set.

    Attributes
    ----------
    layer : SoundHead
        The layer that has learned; the network before it is frozen.
    """

    layer: SoundHead

    @property
    def classes(self) -> tuple[str, ...]:
        """The columns of what it says."""
        return self.layer.classes

    def predict(self, recordings: Sequence[bytes]) -> np.ndarray:
        """Softmax probabilities of encoded recordings: (N, C) float32, columns as in `classes`.

        Raises
        ------
        InvalidInputError
            If one of them is no sound, or `recordings` is one.
        WeightsUnavailableError, MemoryBudgetError
            If the network cannot be had or held here.
        """
        if isinstance(recordings, bytes):
            raise InvalidInputError("Expected a list of recordings. Received: one.")
        if not recordings:
            return np.empty((0, len(self.classes)), np.float32)
        return self.judge(np.stack([vector_of(one, self.layer.sources) for one in recordings]))

    def judge(self, vectors: np.ndarray) -> np.ndarray:
        """As `predict`, of the (N, D) float32 vectors of recordings."""
        return softmax(self.layer.logits(vectors))

    def to_bytes(self) -> bytes:
        """A zip: the layer, the network as an OpenVINO graph, and a script that runs both."""
        head, buffer = io.BytesIO(), io.BytesIO()
        np.savez(head, weights=self.layer.weights, bias=self.layer.bias)
        with (
            tempfile.TemporaryDirectory(prefix="graft-") as scratch,
            zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive,
        ):
            graph = Path(scratch) / f"{BIRD_NETWORK}.xml"
            engine.extract(BIRD_NETWORK, "map", graph)
            for path in (graph, graph.with_suffix(".bin")):
                archive.write(path, path.name)
            archive.writestr("head.npz", head.getvalue())
            archive.writestr("classes.json", json.dumps(self.classes, indent=1))
            archive.writestr(SCRIPT_NAME, SCRIPT)
            archive.writestr("README.txt", README)
        return buffer.getvalue()

    def export(self, path: str | os.PathLike[str]) -> None:
        """Write `to_bytes()` to a file.

        Raises
        ------
        InvalidInputError
            If its name does not end in `.zip`.
        """
        path = Path(path)
        if path.suffix != ".zip":
            raise InvalidInputError(f"Expected a path to .zip. Received: {path}.")
        path.write_bytes(self.to_bytes())


@dataclass(frozen=True, slots=True)
class SoundExport:
    """A file to take along that was run in a clean process.

    Attributes
    ----------
    archive : bytes
    largest : float, the largest difference of a probability from what is predicted here, each
        decoding and resampling in its own way. Of Ogg files it can be near 1e-3: two decoders
        differ by 2e-7, and features of such recordings depend on that.
    recordings : int, that both have heard.
    """

    archive: bytes
    largest: float
    recordings: int


def exported(model: SoundClassifier, recordings: Sequence[bytes]) -> Iterator[SoundExport | None]:
    """The file of a classifier once its script has said of `recordings` what it says itself.

    Yields None several times a second until then, so that the caller can leave.

    Raises
    ------
    RuntimeError
        If the script fails.
    """
    yield None
    archive = model.to_bytes()
    yield None
    with tempfile.TemporaryDirectory(prefix="graft-") as scratch:
        folder = Path(scratch)
        zipfile.ZipFile(io.BytesIO(archive)).extractall(folder)
        names = [f"recording_{i}" for i in range(len(recordings))]
        given = [_readable(recording) for recording in recordings]
        for name, recording in zip(names, given, strict=True):
            (folder / name).write_bytes(recording)
        with (folder / "said.txt").open("w") as said, (folder / "errors.txt").open("w") as errors:
            process = subprocess.Popen(
                [sys.executable, "-I", SCRIPT_NAME, *names], cwd=folder, stdout=said, stderr=errors
            )
            try:
                while process.poll() is None:
                    yield None
                    time.sleep(_POLL_S)
            finally:
                process.kill()
                process.wait()
        if process.returncode:
            raise RuntimeError((folder / "errors.txt").read_text("utf-8")[-500:])
        theirs = _read(folder / "said.txt", model.classes)
        ours = model.predict(given)
    yield SoundExport(archive, float(abs(theirs - ours).max()), len(recordings))


def _readable(recording: bytes) -> bytes:
    """The recording as it is where libsndfile, by which the script reads, knows it; else as WAV."""
    try:
        soundfile.info(io.BytesIO(recording))
    except soundfile.SoundFileError:
        return encode_wav(decode_audio(recording, rate=RATE).samples, RATE)
    return recording


def _read(said: Path, classes: tuple[str, ...]) -> np.ndarray:
    """(N, C): what the script has printed."""
    rows: list[dict[str, float]] = []
    for line in said.read_text("utf-8").splitlines():
        share, _, name = line.partition("  ")
        if name:
            rows[-1][name] = float(share)
        else:
            rows.append({})
    return np.array([[row[name] for name in classes] for row in rows])
