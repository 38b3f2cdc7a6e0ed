"""Colours for grey photos: a distribution over colours at each place, and pictures made of it.

References
----------
Zhang, Isola and Efros, "Colorful image colorization" (2016), https://arxiv.org/abs/1603.08511
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property

import numpy as np
from PIL import Image

from core import engine, zoo
from core.engine import Build, OpenGraph
from core.errors import InvalidInputError
from core.media import Source
from core.vision.colorization.bins import annealed_mean, bins, rebalancing
from core.vision.colorization.color_space import lightness_of_grey, to_rgb
from core.vision.colorization.grey_photos import GreyPhoto, read_grey
from core.vision.colorization.guided_filter import fitted, resized
from core.vision.colorization.hints import ColorHint, with_hints

ENCODER = "efficientnet_lite0"
COLORIZER = "colorizer"
SIDE = 224  # of what the encoder sees, px
PLACES = 56  # of the colours, along a side
MAPS = {  # layer of the encoder: side and channels of its map
    "block2b_add": (56, 24),
    "block3b_add": (28, 40),
    "block5c_add": (14, 112),
    "block7a_project_bn": (7, 320),
}
TILE = SIDE // PLACES
# At a temperature of 0. Sharpening alone would fade a photo, since grey is the most probable colour
# of many places; more of either lowered AuC on photos that nothing else was learned from.
_STRONGER, _RARER = 2.0, 0.35
_FREQUENCY = ".frequency.npy"
MOST_SATURATION = 3.0
_LONGEST = 2.0  # of a side, the other being 1, until a picture is seen in several squares
_MOST_SQUARES = 24
_SAME_COLOR = 25.0  # units of ab within which two colours are not alternatives to each other


@dataclass(frozen=True)
class ColorGuess:
    """What the network thinks of a grey photo's colours.

    Attributes
    ----------
    photo : GreyPhoto
    logits : (h, w, Q) float32, of `core.vision.colorization.bins.bins` at each place of the picture
        without its frame; 56 x 56 places, more where the picture is long. Their softmax is how
        probable a colour is among photos as they are; the rebalancing that the network has
        learned with is taken out.
    """

    photo: GreyPhoto
    logits: np.ndarray

    @cached_property
    def certainty(self) -> np.ndarray:
        """1 where one colour has all the probability, 0 where all have the same: (h, w) float32.

        One less the entropy of the distribution, as a share of the largest.
        """
        logs = self.logits - self.logits.max(axis=-1, keepdims=True)
        logs -= np.log(np.exp(logs).sum(axis=-1, keepdims=True))
        return 1 + (np.exp(logs) * logs).sum(axis=-1) / np.log(self.logits.shape[-1])

    def alternatives(
        self, x: float, y: float, count: int = 6
    ) -> tuple[tuple[np.ndarray, float], ...]:
        """Colours that are probable at a place, apart from each other, the most probable first.

        Parameters
        ----------
        x, y : float in [0, 1], of the whole picture.

        Returns
        -------
        tuple of (rgb, probability): (3,) uint8 at the place's lightness, and how probable that
        colour and those close to it are together.
        """
        row, column = self._place(x, y)
        logits = self.logits[row, column].astype(np.float64)
        left = np.exp(logits - logits.max())
        left /= left.sum()
        height, width = self.photo.grey.shape
        level = self.photo.grey[min(int(y * height), height - 1), min(int(x * width), width - 1)]
        light = lightness_of_grey(level)
        colors = []
        for _ in range(count):
            best = int(left.argmax())
            near = np.hypot(*(bins() - bins()[best]).T) < _SAME_COLOR
            share = float(left[near].sum())
            if share <= 0.005:
                break
            mean = (left[near, None] * bins()[near]).sum(axis=0) / share
            rgb = to_rgb(np.full((1, 1), light), mean[None, None].astype(np.float32))
            colors.append((rgb[0, 0], share))
            left[near] = 0
        return tuple(sorted(colors, key=lambda color: -color[1]))

    def _place(self, x: float, y: float) -> tuple[int, int]:
        if not (0 <= x <= 1 and 0 <= y <= 1):
            raise InvalidInputError(f"Expected x and y in [0, 1]. Received: {x:g}, {y:g}.")
        top, bottom, left, right = self.photo.inner
        height, width = self.photo.grey.shape
        rows, columns = self.logits.shape[:2]
        row = (y * height - top) / (bottom - top) * rows
        column = (x * width - left) / (right - left) * columns
        return int(np.clip(row, 0, rows - 1)), int(np.clip(column, 0, columns - 1))


def colorize(
    image: Source,
    *,
    saturation: float = 1.0,
    temperature: float | None = None,
    hints: Sequence[ColorHint] = (),
    denoise: bool = False,
) -> np.ndarray:
    """A photo in colours that it may have had; one in colour is turned grey first.

    Parameters
    ----------
    image : an encoded photo; see `core.media.open_image`.
    saturation : float in [0, 3]; the colours' chroma is multiplied with it.
    temperature : float in (0, 1]
        At 1 each place has the mean of its probable colours, which is safe and pale. The lower, the
        sharper is the distribution, the more rare colours count and the stronger all are: vivid.
        None is what the recipe found best.
    hints : colours put at places.
    denoise : take grain away first.

    Returns
    -------
    (H, W, 3) uint8, RGB, of the size and the lightness of the photo.

    Raises
    ------
    InvalidInputError
        If the photo or a number cannot be used.
    UnknownNameError, WeightsUnavailableError, MemoryBudgetError
    """
    return paint(
        guess(read_grey(image, denoise=denoise)),
        saturation=saturation,
        temperature=temperature,
        hints=hints,
    )


def guess(photo: GreyPhoto) -> ColorGuess:
    """What colours a photo may have.

    Raises
    ------
    UnknownNameError, WeightsUnavailableError, MemoryBudgetError
    """
    squares, starts, shape = _squares(photo)
    network = engine.graph(COLORIZER, "logits", hint="latency")
    total = np.zeros((*shape, len(bins())), np.float32)
    weight = np.zeros((*shape, 1), np.float32)
    ramp = np.minimum(np.arange(1, PLACES + 1), np.arange(PLACES, 0, -1)).astype(np.float32)
    along = ramp[:, None, None] if shape[0] > shape[1] else ramp[None, :, None]
    for square, (top, left) in zip(squares, starts, strict=True):
        (logits,) = network(**network_inputs(square[None]))
        place = slice(top, top + PLACES), slice(left, left + PLACES)
        total[place] += along * logits[0]
        weight[place] += along
    return ColorGuess(photo, total / weight - _rarity())


def paint(
    guess: ColorGuess,
    *,
    saturation: float = 1.0,
    temperature: float | None = None,
    hints: Sequence[ColorHint] = (),
) -> np.ndarray:
    """The photo in the colours guessed; parameters, result and errors as of `colorize`."""
    if not 0 <= saturation <= MOST_SATURATION:
        raise InvalidInputError(
            f"Expected a saturation in [0, {MOST_SATURATION:g}]. Received: {saturation:g}."
        )
    temperature = best_temperature() if temperature is None else temperature
    if not 0 < temperature <= 1:
        raise InvalidInputError(f"Expected a temperature in (0, 1]. Received: {temperature:g}.")
    photo = guess.photo
    top, bottom, left, right = photo.inner
    inner = photo.grey[top:bottom, left:right]
    vividness = 1 - temperature
    ab = annealed_mean(guess.logits + _RARER * vividness * _rarity(), temperature)
    ab *= 1 + (_STRONGER - 1) * vividness
    light = _small_light(inner, ab.shape)
    ab = with_hints(light, resized(ab, light.shape[::-1]), [_within(hint, photo) for hint in hints])
    picture = np.repeat(photo.grey[..., None], 3, axis=-1)
    painted = picture[top:bottom, left:right]
    for rows, colors in fitted(saturation * ab, light, inner):
        painted[rows] = to_rgb(lightness_of_grey(inner[rows]), colors)
    return picture


def best_temperature() -> float:
    """What the recipe has chosen."""
    return zoo.shipped(COLORIZER).card["temperature"]


def frequency() -> np.ndarray:
    """How often each of `core.vision.colorization.bins.bins` occurs in the training photos:
    (Q,)."""
    return np.load(zoo.asset_path(zoo.shipped(COLORIZER), _FREQUENCY))


def _rarity() -> np.ndarray:
    """What rebalancing adds to the logits of each bin: (Q,) float32."""
    return _rarity_of(zoo.shipped(COLORIZER).card["files"][f"{COLORIZER}{_FREQUENCY}"])


@cache
def _rarity_of(_digest: str) -> np.ndarray:
    """Computed once for each file of frequencies."""
    return np.log(rebalancing(frequency()))


def network_inputs(greys: np.ndarray) -> dict[str, np.ndarray]:
    """N grey squares as the colouring network takes them.

    Parameters
    ----------
    greys : (N, 224, 224) uint8

    Returns
    -------
    dict of float32 arrays: the encoder's maps (N, side, side, channels) by their names, and
        `light` (N, 56, 56, 16), grey values of 0..1, the pixels of a place side by side.
    """

    def build(graph: OpenGraph) -> Build:
        return Build({name: graph.layer(name) for name in MAPS}, {})

    count, height, width = greys.shape
    encoder = engine.evaluator(ENCODER, (count, height, width), build, label="maps to colour by")
    maps = encoder({"photo": np.repeat(greys[..., None], 3, axis=-1)})
    inputs = {name: x.transpose(0, 2, 3, 1) for name, x in maps.items()}
    tiles = greys.reshape(-1, PLACES, TILE, PLACES, TILE).swapaxes(2, 3)
    inputs["light"] = tiles.reshape(-1, PLACES, PLACES, TILE**2).astype(np.float32) / 255
    return inputs


def _squares(photo: GreyPhoto) -> tuple[np.ndarray, list[tuple[int, int]], tuple[int, int]]:
    """The picture without its frame as the encoder sees it.

    All of it is one square; a long one is several that overlap by half. Returned are (N, 224, 224)
    uint8, the place that each begins at, and how many places there are in all.
    """
    top, bottom, left, right = photo.inner
    inner = Image.fromarray(photo.grey[top:bottom, left:right])
    long = max(inner.size) / min(inner.size)
    steps = 1 if long <= _LONGEST else min(round(2 * long) - 1, _MOST_SQUARES)
    side, step = SIDE + (steps - 1) * SIDE // 2, PLACES // 2
    is_wide = inner.width > inner.height
    size = (side, SIDE) if is_wide else (SIDE, side)
    whole = np.asarray(inner.resize(size, Image.Resampling.BICUBIC, reducing_gap=3.0))
    starts = [(0, i * step) if is_wide else (i * step, 0) for i in range(steps)]
    squares = [whole[y * TILE :, x * TILE :][:SIDE, :SIDE] for y, x in starts]
    return np.stack(squares), starts, (whole.shape[0] // TILE, whole.shape[1] // TILE)


def _small_light(grey: np.ndarray, places: tuple[int, ...]) -> np.ndarray:
    """L of a picture, (h, w) float32, that is no larger than what the encoder saw of it."""
    height, width = grey.shape
    size = (min(width, places[1] * TILE), min(height, places[0] * TILE))
    small = Image.fromarray(grey).resize(size, Image.Resampling.BOX, reducing_gap=3.0)
    return lightness_of_grey(np.asarray(small))


def _within(hint: ColorHint, photo: GreyPhoto) -> ColorHint:
    """The hint, with its place counted in the picture without its frame."""
    top, bottom, left, right = photo.inner
    height, width = photo.grey.shape
    return replace(
        hint,
        x=float(np.clip((hint.x * width - left) / (right - left), 0, 1)),
        y=float(np.clip((hint.y * height - top) / (bottom - top), 0, 1)),
    )
