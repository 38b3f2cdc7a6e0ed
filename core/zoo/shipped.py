"""Networks that this project has trained itself: each a graph in `core/assets`, with its card."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.zoo.sources import ASSETS
from core.zoo.spec import AssetFile, NetworkSpec

_CARD = ".card.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShippedSpec(NetworkSpec):
    """A network with a card.

    Attributes
    ----------
    card : dict
        What a recipe has written of it: `task`, `data`, `split`, `seed`, `metrics`, `recipe`,
        `made`, and SHA-256 of its `files`.
    """

    card: dict[str, Any]


def shipped_networks() -> tuple[ShippedSpec, ...]:
    """Those whose cards lie in the assets."""
    return tuple(_read(path) for path in sorted(ASSETS.glob(f"*/*{_CARD}")))


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
