"""How a style transfer is made: settings, the conventions that give weights their meaning."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from core.errors import InvalidInputError
from core.optvis.pictures import check_size
from core.wording import counted

Convention = Literal["relative", "means", "sums"]
Optimizer = Literal["l-bfgs", "adam", "sgd"]
Start = Literal["recolored", "content", "style", "noise", "at once"]
Layers = tuple[tuple[str, float], ...]

FIRST_OF_BLOCKS: Layers = tuple((f"block{i}_conv1", 1.0) for i in range(1, 6))
SECOND_OF_BLOCKS: Layers = (
    ("block1_conv2", 1.0),
    ("block2_conv2", 1.0),
    ("block3_conv2", 1.0),
    ("block4_conv2", 1.0),
    ("block5_conv2", 1.0),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class StyleSettings:
    """Settings of `core.optvis.style_transfer.stylize`.

    Attributes
    ----------
    network : a name of the zoo.
    content_layers, style_layers : (name, weight) each.
    content_weight, style_weight, smoothness : float >= 0; smoothness weighs total variation.
    convention : what the weights weigh.
        `relative`: squared differences as a share of the target's own squares, so that layers,
        sizes and networks compare. `means`: their means, with Gram matrices that are means over
        places, and absolute differences of pixels of 0..1 (the tutorial of TensorFlow). `sums`:
        their sums, the style's divided by 36 times the squared number of pixels (Keras's example
        and the book).
    optimizer : str
    rate : float > 0, of Adam and SGD, in levels of 0..255.
    steps : int >= 1, over all sizes.
    size : int [px], of the longer side.
    levels : int >= 1; with 2 the first half of the steps is taken at half the size, with 3 the
        first third at a quarter ...
    start : what the optimisation begins with; `recolored` is the content in the style's colours,
        `at once` needs the feed-forward network. Without a weight of the style it is the content.
    keep_colors : transfer the style's luma only.
    style_scale : float > 0; the style is seen at so many times the size of the content.
    blend : weights of the styles; none stands for equal shares.
    seed : int, of the noise.
    """

    network: str = "hed_vgg16"
    content_layers: Layers = (("block4_conv2", 1.0),)
    style_layers: Layers = FIRST_OF_BLOCKS
    content_weight: float = 1.0
    style_weight: float = 20.0
    smoothness: float = 1.0
    convention: Convention = "relative"
    optimizer: Optimizer = "l-bfgs"
    rate: float = 10.0
    steps: int = 90
    size: int = 384
    levels: int = 3
    start: Start = "recolored"
    keep_colors: bool = False
    style_scale: float = 1.0
    blend: tuple[float, ...] = ()
    seed: int = 0

    def check(self) -> None:
        """Raise InvalidInputError where a setting is out of its bounds."""
        check_size(self.size)
        weights = (self.content_weight, self.style_weight, self.smoothness, *self.blend)
        if min(weights) < 0 or not (self.content_weight + self.style_weight) > 0:
            raise InvalidInputError(
                f"Expected weights of at least 0, not all of them 0. Received: {weights}."
            )
        if self.steps < 1 or not 1 <= self.levels <= 4 or not 0.1 <= self.style_scale <= 4:
            raise InvalidInputError(
                "Expected at least 1 step, 1 to 4 levels and a style scale of 0.1 to 4. Received: "
                f"{counted(self.steps, 'step')}, {counted(self.levels, 'level')}, a scale of "
                f"{self.style_scale:g}."
            )
        if self.optimizer not in ("l-bfgs", "adam", "sgd") or not self.rate > 0:
            raise InvalidInputError(
                "Expected the optimizer l-bfgs, adam or sgd and a rate above 0. Received: "
                f"{self.optimizer}, {self.rate:g}."
            )


PRESETS: dict[str, StyleSettings] = {
    "Graft": StyleSettings(),
    "Keras example": StyleSettings(
        content_layers=(("block5_conv2", 1.0),),
        content_weight=2.5e-8,
        style_weight=1e-6,
        smoothness=1e-6,
        convention="sums",
        optimizer="sgd",
        rate=100.0,
        steps=4000,
        start="content",
        size=400,
        levels=1,
    ),
    "TensorFlow tutorial": StyleSettings(
        content_layers=(("block5_conv2", 1.0),),
        content_weight=1e4,
        style_weight=1e-2,
        smoothness=30.0,
        convention="means",
        optimizer="adam",
        rate=0.02 * 255,
        steps=1000,
        start="content",
        size=512,
        levels=1,
    ),
    "The book": StyleSettings(
        style_layers=SECOND_OF_BLOCKS,
        content_weight=0.05,
        style_weight=0.2,
        smoothness=1e-4,
        convention="sums",
        steps=400,
        start="content",
        size=400,
        levels=1,
    ),
}
"""Settings of others by name, beside our own. The first two of them were made for VGG19, whose
layers of these names VGG16 has too; the book's L-BFGS took 20 times 20 evaluations.

Sources: https://keras.io/examples/generative/neural_style_transfer/,
https://www.tensorflow.org/tutorials/generative/style_transfer, and Sarkar et al., "Hands-On
Transfer Learning with Python" (2018), chapter 10.
"""


def content_factor(convention: Convention, target: np.ndarray) -> float:
    """What makes a mean of squared differences a loss of the convention."""
    if convention == "relative":
        return 1 / max(float(np.mean(target**2)), 1e-12)
    return float(target.size) if convention == "sums" else 1.0


def style_factor(
    convention: Convention, target: np.ndarray, places: int, pixels: int, layers: int
) -> float:
    """The same for Gram matrices that are means over `places`, for each of so many layers.

    Parameters
    ----------
    pixels : of the whole picture.
    """
    if convention == "relative":
        return 1 / (layers * max(float(np.mean(target**2)), 1e-12))
    if convention == "sums":
        return target.size * float(places) ** 2 / (4 * 9 * float(pixels) ** 2) / layers
    return 1 / layers


def smoothness_factor(convention: Convention, pixels: int) -> float:
    """The same for total variation."""
    if convention == "relative":
        return 1 / (3 * pixels * 32.0**2.5)  # 1 where neighbours differ by about 32 levels
    return 1 / 255 if convention == "means" else 1.0
