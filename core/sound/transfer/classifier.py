"""A classifier of sounds that was trained here, and its export."""

from __future__ import annotations

import io
import json
import os
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Self

import numpy as np

from core import engine
from core.errors import InvalidInputError
from core.learning.card import ModelCard, archive_with_card
from core.learning.carried_source import carry
from core.learning.export import ExportCheck, check_export, write_zip
from core.sound.encoders import BIRD_NETWORK, vector_of
from core.sound.heads import SoundHead
from core.sound.transfer.script import DECODING, PACKAGE, README, SCRIPT

SCRIPT_NAME = "classify_sounds.py"


@dataclass(frozen=True, eq=False)
class SoundClassifier:
    """A classifier for the classes of a data set: a layer that has learned on a frozen network."""

    layer: SoundHead
    card: ModelCard | None = None

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
        vectors = [vector_of(recording, self.layer.sources) for recording in recordings]
        return self.layer.predict(np.stack(vectors))

    def with_card(self, card: ModelCard) -> Self:
        """The classifier with another card."""
        return replace(self, card=card)

    def to_bytes(self, card: ModelCard | None = None) -> bytes:
        """A zip: the layer, the network as an OpenVINO graph, a script that runs both, and `card`
        or its own."""
        return archive_with_card(self._archive(), card or self.card)

    def _archive(self) -> bytes:
        """The zip without a card."""
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
            carry(archive, DECODING, PACKAGE)
            archive.writestr("README.txt", README)
        return buffer.getvalue()

    def export(self, path: str | os.PathLike[str], card: ModelCard | None = None) -> None:
        """Write `to_bytes(card)` to a file whose name ends in `.zip`."""
        write_zip(self.to_bytes(card), path)


@dataclass(frozen=True, slots=True, kw_only=True)
class SoundExport(ExportCheck):
    """The file that was checked, without a card; see `core.learning.card.archive_with_card`."""

    archive: bytes = field(repr=False)


def exported(model: SoundClassifier, recordings: Sequence[bytes]) -> Iterator[SoundExport | None]:
    """The file of a classifier once its script has said of `recordings` what it says itself.

    Yields None several times a second until then, so that the caller can leave.

    Raises
    ------
    RuntimeError
        If the script fails.
    """
    yield None
    archive = model._archive()
    yield None
    probabilities = model.predict(recordings)
    for check in check_export(
        lambda folder: zipfile.ZipFile(io.BytesIO(archive)).extractall(folder),
        [SCRIPT_NAME],
        recordings,
        model.classes,
        probabilities,
    ):
        if check is None:
            yield None
        else:
            yield SoundExport(
                examples=check.examples, differences=check.differences, archive=archive
            )
