"""From the trained network to its graph and card in `core/assets/colors`."""

from __future__ import annotations

from typing import Any

import numpy as np

from core import zoo
from core.engine.conversion import function_of, write_graph
from core.recipes.colorize.training import frequency
from core.recipes.made import made
from core.vision.colorization import COLORIZER, ENCODER
from core.zoo.assets import write_card
from core.zoo.sources import ASSETS

FOLDER = ASSETS / "colors"


def write(
    network: Any,
    photos: Any,
    *,
    temperature: float,
    metrics: dict[str, Any],
    taught: int,
    chosen_on: int,
    held_out: int,
    **about: Any,
) -> None:
    """Write graph, frequencies and card.

    Parameters
    ----------
    photos : those learned from, whose colours are counted.
    temperature : that pictures are painted with if nothing else is asked for.
    about : what else the card is to say.
    """
    FOLDER.mkdir(exist_ok=True)
    parameters = write_graph(function_of(network), FOLDER / f"{COLORIZER}.xml")
    np.save(FOLDER / f"{COLORIZER}.frequency.npy", frequency(photos).astype(np.float32))
    spec = {
        "title": "Colour for grey photos",
        "family": "Feature pyramid",
        "modality": "image",
        "parameters": parameters,
        "licence": "weights Apache-2.0; learned from photos for research and education",
        "reference": "https://arxiv.org/abs/1603.08511",
        "note": f"Reads four maps of {zoo.image_network(ENCODER).title}, which is frozen, and the "
        "lightness.",
    }
    card = {
        "task": "a distribution over colours at each of 56 x 56 places of a grey photo",
        "data": "Flickr8k, TensorFlow flowers, cats and dogs (Kaggle), BSDS500; grey photos left "
        "out",
        "split": f"{taught:,} photos to learn from, {chosen_on:,} more to choose the "
        f"temperature by; figures on those in colour of {held_out:,} others: Flickr8k's "
        "validation part, a tenth of flowers and of cats and dogs, a fifth of BSDS500, and one "
        "photo for each of 700 ImageNet classes",
        "recipe": "python -m core.recipes.colorize --data DIR",
        "encoder": ENCODER,
        "encoder_sha256": zoo.image_network(ENCODER).weights.sha256,
        "temperature": temperature,
        "made": made("keras", "tensorflow", "openvino"),
        "metrics": metrics,
        **about,
    }
    write_card(FOLDER, COLORIZER, spec, card)
    zoo.read_again()
