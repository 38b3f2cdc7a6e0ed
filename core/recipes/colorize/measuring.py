"""Evaluation of the colours, on photos that nothing was learned from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
from PIL import Image

from core import engine
from core.media import encode_png, open_image
from core.recipes.colorize.photos import LEAST_CHROMA, Member
from core.recipes.common.command_line import show_progress
from core.vision import classification
from core.vision.colorization import ENCODER, ColorGuess, colorize, frequency, guess, paint
from core.vision.colorization.bins import bins
from core.vision.colorization.color_space import grey, lightness, to_lab, to_rgb
from core.vision.colorization.grey_photos import read_grey
from core.vision.colorization.metrics import color_scores
from core.vision.preparation import fit

TEMPERATURES = (0.1, 0.3, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
LEAST_SHARE = 0.8  # of the true chroma, that what is chosen must keep: it is to be lively
_LEAST = 1e-6  # added to probabilities
_SIZE = 256  # shorter side of what is measured, px


def choose(members: Sequence[Member]) -> dict[str, Any]:
    """The temperature with the best AuC and rebalanced AuC together.

    Of those that keep enough of the true chroma; without that, pale colours would win.

    Returns
    -------
    dict of `temperature`, `least_share` of the true chroma, which it had to keep, and `tried`, the
    scores of all. The `divergence` among them (Kullback-Leibler) is between EfficientNet-Lite0's
    predictions for true and for painted photos.
    """
    guesses = list(_guesses(members, "choosing"))
    true_classes = _classes([truth for truth, _ in guesses])
    tried = []
    for temperature in TEMPERATURES:
        painted = [paint(colors, temperature=temperature) for _, colors in guesses]
        pairs = ((truth, rgb) for (truth, _), rgb in zip(guesses, painted, strict=True))
        divergence = round(_divergence(true_classes, _classes(painted)), 4)
        tried.append({"temperature": temperature, **_rounded(pairs), "divergence": divergence})
        show_progress(f"{tried[-1]}")
    lively = [row for row in tried if row["chroma"] >= LEAST_SHARE * row["true_chroma"]]
    best = max(lively or tried, key=lambda row: row["auc"] + row["balanced_auc"])
    return {"temperature": best["temperature"], "least_share": LEAST_SHARE, "tried": tried}


def measure(members: Sequence[Member]) -> dict[str, Any]:
    """Scores of the painted photos beside grey ones and those in the mean colour; top-1."""
    counts = frequency()
    mean = (counts @ bins()) / counts.sum()
    pictures = []
    for truth, colors in _guesses(members, "measuring"):
        of_one_color = np.broadcast_to(mean, truth[..., 1:].shape)
        pictures.append(
            {
                "truth": truth,
                "painted": paint(colors),
                "grey": np.repeat(colors.photo.grey[..., None], 3, axis=-1),
                "mean_color": to_rgb(lightness(truth), of_one_color),
            }
        )
    scores = {
        version: _rounded((picture["truth"], picture[version]) for picture in pictures)
        for version in ("painted", "grey", "mean_color")
    }
    return {"photos": len(pictures), **scores, "top1": _top1(members)}


def _top1(members: Sequence[Member]) -> dict[str, float]:
    """How often EfficientNet-Lite0 names the class of ImageNet's photos: true, grey, painted."""
    correct = {"true": 0, "grey": 0, "painted": 0}
    photos = [m for m in members if m.archive.stem == "imagenet_samples"]
    classified = 0
    for member in photos:
        data = member.read()
        truth = np.asarray(open_image(data))
        if not _is_colored(truth):
            continue
        classified += 1
        pictures = {
            "true": truth,
            "grey": np.repeat(grey(truth)[..., None], 3, axis=-1),
            "painted": colorize(data),
        }
        wnid = member.name.rpartition("/")[2].partition("_")[0]
        for name, picture in pictures.items():
            answer = classification.classify(encode_png(picture), top_k=1).wnids[0]
            correct[name] += answer == wnid
        show_progress(f"classified {classified:,} of {len(photos):,} photos")
    shares = {name: round(n / max(1, classified), 4) for name, n in correct.items()}
    return {"photos": classified, **shares}


def _classes(pictures: Sequence[np.ndarray]) -> np.ndarray:
    """EfficientNet-Lite0's probabilities: (N, 1000) float32."""
    network = engine.predictor(ENCODER, precision="f32")
    size = network.info.input_size
    return np.concatenate(
        [network(fit(Image.fromarray(rgb), size)[None], "scores")[0] for rgb in pictures]
    )


def _divergence(expected: np.ndarray, predicted: np.ndarray) -> float:
    """Kullback-Leibler, the mean over photos [nats]."""
    logs = np.log(expected + _LEAST) - np.log(predicted + _LEAST)
    return float((expected * logs).sum(axis=1).mean())


def _guesses(members: Sequence[Member], what: str) -> Iterator[tuple[np.ndarray, ColorGuess]]:
    """Truth and guess of each photo in colour, at the size that is measured."""
    for i, member in enumerate(members):
        image = open_image(member.read(), size_hint=_SIZE)
        share = min(1.0, _SIZE / min(image.size))
        size = [round(share * side) for side in image.size]
        truth = np.asarray(image.resize(size, Image.Resampling.BICUBIC))
        if _is_colored(truth):
            yield truth, guess(read_grey(encode_png(grey(truth))))
        if i % 20 == 0:
            show_progress(f"{what}: {i:,} of {len(members):,} photos")


def _is_colored(rgb: np.ndarray) -> bool:
    return bool(np.hypot(*np.moveaxis(to_lab(rgb)[..., 1:], -1, 0)).mean() >= LEAST_CHROMA)


def _rounded(pairs: Iterable[tuple[np.ndarray, np.ndarray]]) -> dict[str, float]:
    scores = color_scores(pairs, frequency())
    return {name: round(value, 4) for name, value in asdict(scores).items()}
