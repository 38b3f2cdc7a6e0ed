"""Networks that this project has trained itself: each a graph in `core/assets`, with its card."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from core.settings import settings
from core.zoo.spec import AssetFile, NetworkSpec, TextEncoderSpec

_CARD = ".card.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShippedSpec(NetworkSpec):
    """A network with a card.

    Attributes
    ----------
    weights, companions : its files in the assets.
    card : dict
        What a recipe has written of it: `task`, `data`, `split`, `seed`, `metrics`, `recipe`,
        `made`, and SHA-256 of its `files`.
    """

    weights: AssetFile
    companions: tuple[AssetFile, ...]
    card: dict[str, Any]


def shipped_networks() -> tuple[ShippedSpec, ...]:
    """Those whose cards lie in the assets."""
    return tuple(_read(path) for path in sorted(settings().assets.glob(f"*/*{_CARD}")))


def adapted_encoders(encoders: Sequence[TextEncoderSpec]) -> tuple[TextEncoderSpec, ...]:
    """Text encoders that a shipped network has changed a little, of those it was made from.

    The card says so: `adapts` names the encoder, and `NAME.changes.npz` holds the changes.
    """
    by_name = {spec.name: spec for spec in encoders}
    adapted = []
    for shipped in shipped_networks():
        if shipped.card.get("adapts") not in by_name:
            continue
        base = by_name[shipped.card["adapts"]]
        (changes,) = (
            file
            for file in (shipped.weights, *shipped.companions)
            if file.member.endswith(".changes.npz")
        )
        adapted.append(
            replace(
                base,
                name=shipped.card["reader"]["encoder"],
                title=f"{base.title}, adapted",
                builder=f"{base.builder}_adapted",
                companions=(*base.companions, changes),
                note=f"{base.title} with changes of low rank, for {shipped.title}.",
            )
        )
    return tuple(adapted)


def write_card(folder: Path, name: str, spec: dict[str, Any], card: dict[str, Any]) -> None:
    """Write the card of the network `name`, whose files are there already.

    Parameters
    ----------
    folder : in the assets.
    spec : what `NetworkSpec` knows of it: title, family, modality, parameters, licence,
        reference, note.
    card : what else is to be known of it; see `ShippedSpec`.
    """
    files = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.glob(f"{name}.*"))
        if not path.name.endswith(_CARD)
    }
    text = json.dumps({**spec, **card, "files": files}, indent=1)
    (folder / f"{name}{_CARD}").write_text(text + "\n", "utf-8")


def _read(path: Path) -> ShippedSpec:
    card = json.loads(path.read_text("utf-8"))
    name = path.name.removesuffix(_CARD)
    member, *others = (
        AssetFile(member=f"{path.parent.name}/{file}", sha256=digest)
        for file, digest in sorted(card["files"].items())
    )
    return ShippedSpec(
        name=name,
        title=card.pop("title"),
        family=card.pop("family"),
        modality=card.pop("modality"),
        parameters=card.pop("parameters"),
        licence=card.pop("licence"),
        reference=card.pop("reference"),
        note=card.pop("note"),
        weights=member,
        companions=tuple(others),
        download_bytes=0,
        card=card,
    )
