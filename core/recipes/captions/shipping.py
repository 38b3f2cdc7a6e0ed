"""From the trained decoder to its two graphs and their card in `core/assets/captions`."""

from __future__ import annotations

from typing import Any

from core import zoo
from core.engine.conversion import function_of, write_graph
from core.recipes.made import made
from core.vision.captioning import CAPTIONER
from core.vision.captioning.network import CaptionDecoder
from core.vision.captioning.vocabulary import CaptionVocabulary
from core.zoo.assets import write_card
from core.zoo.sources import ASSETS

FOLDER = ASSETS / "captions"


def write_graphs(decoder: CaptionDecoder, vocabulary: CaptionVocabulary) -> None:
    """What `core.vision.captioning` runs: the photo's part, and a word's."""
    FOLDER.mkdir(exist_ok=True)
    for part, network in (("sight", decoder.sight_network), ("step", decoder.step_network)):
        write_graph(function_of(network), FOLDER / f"{CAPTIONER}.{part}.xml")
    words = "\n".join(vocabulary.words) + "\n"
    (FOLDER / f"{CAPTIONER}.words.txt").write_text(words, "utf-8")


def write_description(
    decoder: CaptionDecoder,
    network: str,
    *,
    length_penalty: float,
    metrics: dict[str, Any],
    chosen_on: int,
    taught: int,
    tested: int,
    seed: int,
) -> None:
    """The card of what `write_graphs` has written."""
    size = decoder.size
    spec = {
        "title": "Captions, Flickr8k",
        "family": "Transformer decoder",
        "modality": "image",
        "parameters": decoder.training_network.count_params(),
        "licence": "weights Apache-2.0; learned from Flickr8k, for research and education",
        "reference": "https://doi.org/10.1613/jair.3994",
        "note": f"Reads the {size.places} places of the last feature map of "
        f"{zoo.image_network(network).title}, which is frozen.",
    }
    card = {
        "task": "a sentence about a photo",
        "data": "Flickr8k (Hodosh, Young and Hockenmaier, 2013): photos with five captions each",
        "learned": "people's captions word by word; then to prefer the better of the captions that "
        "its own beam finds for photos learned from (minimum risk, by smoothed BLEU)",
        "split": f"{taught:,} photos of the standard training list to learn from, {chosen_on:,} of "
        "it to choose width and length penalty by, and how often to refine; figures on "
        f"{tested:,} validation photos; a picture that is in the set twice was left out",
        "seed": seed,
        "recipe": "python -m core.recipes.captions --data DIR",
        "decoder": {
            "network": network,
            "network_sha256": zoo.image_network(network).weights.sha256,
            "length_penalty": length_penalty,
            "longest": size.longest,
        },
        "made": made("keras", "tensorflow", "openvino", "sacrebleu", "pycocoevalcap"),
        "metrics": metrics,
    }
    write_card(FOLDER, CAPTIONER, spec, card)
    zoo.read_again()
