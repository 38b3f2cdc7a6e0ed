"""A `.keras` file that somebody hands over: judged before Keras sees it, and written anew."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from core.errors import InvalidInputError
from core.learning.card import CARD, ModelCard
from core.learning.novelty import NOVELTY, NoveltyDetector
from core.media import ArchiveLimits, read_zip

LABELS = "labels.json"
LIMITS = ArchiveLimits(
    max_bytes=512 << 20, max_files=64, max_unpacked=512 << 20, max_member=512 << 20
)
_OURS = ("metadata.json", "config.json", "model.weights.h5", LABELS)
_MAX_JSON = 16 << 20
# Layers whose configuration is a program, or names one that is to be loaded.
_PROGRAMS = frozenset({"Lambda", "TFSMLayer", "TorchModuleWrapper", "JaxLayer", "FlaxLayer"})


def copy_checked(
    archive: bytes, path: Path
) -> tuple[tuple[str, ...], ModelCard | None, NoveltyDetector | None]:
    """Write what Keras needs of an exported file to `path`; return what else is in it: its labels,
    its card and its novelty detector.

    Raises
    ------
    InvalidInputError
        If it is no archive, too large, made to do harm, asks for code of its own to be run, or
        lacks something that `TrainedModel.export` writes.
    """
    missing, card, novelty = set(_OURS), None, None
    try:
        with zipfile.ZipFile(path, "w") as copy:
            for member in read_zip(archive, limits=LIMITS):
                if member.name not in (*missing, CARD, NOVELTY):
                    continue
                if member.error is not None:
                    raise member.error
                if member.name == CARD:
                    card = ModelCard.from_json(member.data)
                    continue
                if member.name == NOVELTY:
                    novelty = NoveltyDetector.from_json(member.data)
                    continue
                missing.remove(member.name)
                if member.name == "config.json":
                    _check_config(_parsed(member.name, member.data))
                elif member.name == LABELS:
                    labels = _checked_labels(_parsed(member.name, member.data))
                copy.writestr(member.name, member.data)
    except InvalidInputError as err:
        raise refusal(str(err)) from err
    if missing:
        raise refusal(f"It holds no {' and no '.join(sorted(missing))}.")
    if novelty is not None and novelty.kernel.shape[1] != len(labels):
        raise refusal(f"Its {NOVELTY} is of other classes.")
    return labels, card, novelty


def refusal(reason: str) -> InvalidInputError:
    """The error that says what was expected, and why this file is not that."""
    return InvalidInputError(
        f"Expected a .keras file that was exported here. This one could not be opened: {reason} "
        "Export it again."
    )


def _parsed(name: str, data: bytes) -> Any:
    if len(data) > _MAX_JSON:
        raise InvalidInputError(f"Its {name} takes {len(data):,} bytes.")
    try:
        return json.loads(data)
    except (ValueError, RecursionError) as err:
        raise InvalidInputError(f"Its {name} is not JSON.") from err


def _checked_labels(labels: Any) -> tuple[str, ...]:
    if not isinstance(labels, list) or len(labels) < 2 or len(labels) != len(set(map(str, labels))):
        raise InvalidInputError(f"Its {LABELS} is not a list of two or more different names.")
    if not all(isinstance(label, str) and label for label in labels):
        raise InvalidInputError(f"Its {LABELS} holds something else than names.")
    return tuple(labels)


def _check_config(config: Any) -> None:
    """Only parts of Keras may be named, and none that runs a program it brings along."""
    for part in _parts(config):
        kind, module = str(part["class_name"]), str(part.get("module") or "keras")
        own = module not in ("builtins", "keras") and not module.startswith("keras.")
        if own or kind in _PROGRAMS or kind.startswith("__lambda"):
            raise InvalidInputError(
                f"It asks for code of its own to be run ({kind[:60]!r}), which is refused."
            )


def _parts(config: Any) -> Iterator[dict[str, Any]]:
    """Every dictionary in a configuration that names a class."""
    waiting = [config]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            if "class_name" in value:
                yield value
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)
