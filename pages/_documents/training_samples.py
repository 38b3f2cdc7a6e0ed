"""A small data set to start with: letters to a shop, put together from sentences of our own."""

from __future__ import annotations

import random

from core.text.transfer.dataset import TextDataset

NAME = "Letters to a shop"
CREDIT = "60 short letters in three classes, composed for this page; the shop does not exist."
_EACH = 20
_OPENINGS = (
    "Good morning,",
    "Hello,",
    "Dear team,",
    "I ordered from you last week.",
    "I am a customer of many years.",
    "It is about my order of the third of May.",
    "I have a question about the lamp that I bought.",
)
_CLOSINGS = (
    "Please let me know.",
    "Thank you for your help.",
    "I hope that you can put this right.",
    "What do you suggest?",
    "Kind regards",
    "I look forward to your answer.",
)
_MATTERS = {
    "delivery": (
        "the parcel has not arrived yet",
        "the courier left the box with a neighbour I do not know",
        "tracking has said for days that it is on its way",
        "can you send it to my office instead",
        "half of what I ordered was missing from the parcel",
        "the box stood in the rain in front of my door",
        "the driver rang once and drove off",
        "do you ship to the islands as well",
    ),
    "invoice": (
        "you have charged my card twice",
        "the invoice shows an amount that I never agreed to",
        "my voucher was not taken off the total",
        "I need a bill with the name of my company on it",
        "the tax on the invoice is not what it should be",
        "a reminder came although I paid on time",
        "can I pay in two instalments",
        "the price was lower when I put it into my basket",
    ),
    "returns": (
        "the lamp flickers and I want to send it back",
        "one arm of the chair was broken when I unpacked it",
        "the jacket is too small, can I have the next size",
        "I have returned the kettle and wait for my money",
        "the handle came off after two days, I would like another one",
        "the colour is not as in the picture, so I do not want to keep it",
        "where do I find the label to send it back",
        "it stopped working within the warranty",
    ),
}


def sample_texts() -> TextDataset:
    """The letters, the same ones every time; a few speak of two things, as letters do."""
    rng = random.Random(0)
    letters: dict[str, list[tuple[str, str]]] = {}
    for name, matters in _MATTERS.items():
        others = [matter for other in _MATTERS if other != name for matter in _MATTERS[other]]
        letters[name] = []
        for number in range(1, _EACH + 1):
            matters_named = rng.sample(matters, 2 if number % 3 else 1)
            if not number % 3:
                matters_named.append(rng.choice(others))
            opening = rng.choice(_OPENINGS)
            first = (
                matters_named[0]
                if opening.endswith(",")
                else f"{matters_named[0][0].upper()}{matters_named[0][1:]}"
            )
            text = f"{opening} {first}. Also, {matters_named[1]}. {rng.choice(_CLOSINGS)}"
            letters[name].append((f"{name} {number}", text))
    return TextDataset.from_classes(letters)
