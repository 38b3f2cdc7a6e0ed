"""How good the colours are, on photos that nothing was learned from."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict

import numpy as np
from PIL import Image

from core.media import encode_png, open_image
from core.recipes.colorize.photos import LEAST_CHROMA, Member
from core.vision import classification
from core.vision.color_bins import bins
from core.vision.color_metrics import color_scores
from core.vision.color_space import grey, lightness, to_lab, to_rgb
from core.vision.colorization import ColorGuess, colorize, frequency, guess, paint
from core.vision.grey_photos import read_grey

TEMPERATURES = (0.3, 0.4, 0.5, 0.7, 1.0)
LIVELINESS = (0.0, 0.5, 0.75, 1.0)
LEAST_SHARE = 0.65  # of the true chroma, that what is chosen must keep
_SIZE = 256  # shorter side of what is measured, px


def choose(members: Sequence[Member]) -> dict:
    """Temperature and liveliness with the best AuC, raw and rebalanced, that keep enough chroma.

    Returns
    -------
    dict of `temperature`, `liveliness`, and `tried`, the scores of all pairs.
    """
    guesses = list(_guesses(members, "choosing"))
    tried = []
    for liveliness, temperature in itertools.product(LIVELINESS, TEMPERATURES):
        how = {"temperature": temperature, "liveliness": liveliness}
        tried.append({**how, **_rounded((truth, paint(one, **how)) for truth, one in guesses)})
        sys.stderr.write(f"\r\033[K{tried[-1]}")
    lively = [row for row in tried if row["chroma"] >= LEAST_SHARE * row["true_chroma"]]
    best = max(lively or tried, key=lambda row: row["auc"] + row["balanced_auc"])
    return {name: best[name] for name in ("temperature", "liveliness")} | {"tried": tried}


def measure(members: Sequence[Member]) -> dict:
    """Scores of the painted photos beside grey ones and those in the mean colour; top-1."""
    counts = frequency()
    mean = (counts @ bins()) / counts.sum()
    pictures = []
    for truth, one in _guesses(members, "measuring"):
        of_one_color = np.broadcast_to(mean, truth[..., 1:].shape)
        pictures.append(
            {
                "truth": truth,
                "painted": paint(one),
                "grey": np.repeat(one.photo.grey[..., None], 3, axis=-1),
                "mean_color": to_rgb(lightness(truth), of_one_color),
            }
        )
    ways = ("painted", "grey", "mean_color")
    found = {way: _rounded((one["truth"], one[way]) for one in pictures) for way in ways}
    return {"photos": len(pictures), **found, "top1": _top1(members)}


def _top1(members: Sequence[Member]) -> dict[str, float]:
    """How often EfficientNet-Lite0 names the class of ImageNet's photos: true, grey, painted."""
    right = {"true": 0, "grey": 0, "painted": 0}
    photos = [m for m in members if m.archive.stem == "imagenet_samples"]
    asked = 0
    for member in photos:
        data = member.read()
        truth = np.asarray(open_image(data))
        if not _is_colored(truth):
            continue
        asked += 1
        pictures = {
            "true": truth,
            "grey": np.repeat(grey(truth)[..., None], 3, axis=-1),
            "painted": colorize(data),
        }
        wnid = member.name.rpartition("/")[2].partition("_")[0]
        for name, picture in pictures.items():
            right[name] += classification.classify(encode_png(picture), top_k=1).wnids[0] == wnid
        sys.stderr.write(f"\r\033[Kclassified {asked:,} of {len(photos):,} photos")
    return {"photos": asked, **{name: round(n / asked, 4) for name, n in right.items()}}


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
            sys.stderr.write(f"\r\033[K{what}: {i:,} of {len(members):,} photos")


def _is_colored(rgb: np.ndarray) -> bool:
    return bool(np.hypot(*np.moveaxis(to_lab(rgb)[..., 1:], -1, 0)).mean() >= LEAST_CHROMA)


def _rounded(pairs: Iterable[tuple[np.ndarray, np.ndarray]]) -> dict[str, float]:
    scores = color_scores(pairs, frequency())
    return {name: round(value, 4) for name, value in asdict(scores).items()}
