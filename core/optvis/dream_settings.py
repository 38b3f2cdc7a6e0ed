"""How a dream is made: settings, and those of others by name."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from core.errors import InvalidInputError
from core.optvis.pictures import check_size
from core.wording import counted

Layers = tuple[tuple[str, float], ...]
Measure = Literal["square", "mean"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DreamSettings:
    """Settings of `core.optvis.deep_dream.dream`.

    Attributes
    ----------
    network : a name of the zoo.
    layers : (name, weight) each: what is to respond more.
    measure : of a layer, the mean of its squares without a border of two places (Keras's example)
        or the mean of its values (the tutorial of TensorFlow).
    target : WordNet id or name of a class to dream towards, in place of the layers.
    octaves : int >= 1, sizes that are worked at, the smallest first.
    octave_scale : float > 1, from one to the next.
    above : int, how many of them are larger than `size`; the result is not.
    steps : int >= 1, in each octave.
    step : float > 0, mean change of a pixel in a step, as a share of half the range 0..255.
    normalise : what gradients are divided by, their `mean` absolute value or their deviation
        (`std`).
    smooth : spreads [px] of Gaussians; the step is the sum of gradients that each of them has
        smoothed and made as large as the others, so that large shapes grow like small ones. Without
        any it is the gradient itself. Classes need it: their bare gradients are noise to the eye.
    max_loss : an octave ends above it; None for never.
    jitter : int >= 0 [px], how far the picture is shifted at random in each step.
    tile : int [px]; larger pictures are worked at in tiles of that size, in memory that does not
        grow with them.
    detail : give back after each octave what the smaller size had lost.
    size : int [px], of the longer side.
    seed : int, of the shifts.
    """

    network: str = "efficientnet_lite0"
    layers: Layers = (("block4a_expand_activation", 1.0), ("block6a_expand_activation", 1.0))
    measure: Measure = "square"
    target: str | None = None
    octaves: int = 4
    octave_scale: float = 1.4
    above: int = 0
    steps: int = 12
    step: float = 0.016
    normalise: Literal["mean", "std"] = "mean"
    smooth: tuple[float, ...] = ()
    max_loss: float | None = None
    jitter: int = 16
    tile: int = 512
    detail: bool = True
    size: int = 448
    seed: int = 0

    def check(self) -> None:
        """Raise InvalidInputError where a setting is out of its bounds."""
        check_size(self.size)
        if not 1 <= self.octaves <= 12 or not 0 <= self.above < self.octaves or self.steps < 1:
            raise InvalidInputError(
                "Expected 1 to 12 octaves, fewer of them above the size, and at least 1 step. "
                f"Received: {counted(self.octaves, 'octave')}, {self.above} above, "
                f"{counted(self.steps, 'step')}."
            )
        if not 1 < self.octave_scale <= 4 or not 0 < self.step <= 1 or self.tile < 64:
            raise InvalidInputError(
                "Expected an octave scale above 1 and up to 4, a step above 0 and up to 1, and "
                f"tiles of at least 64 px. Received: {self.octave_scale:g}, {self.step:g}, "
                f"{self.tile}."
            )
        if not all(0 < spread <= 64 for spread in self.smooth):
            raise InvalidInputError(
                f"Expected spreads above 0 and up to 64 px to smooth by. Received: {self.smooth}."
            )
        if self.target is None and not any(weight for _, weight in self.layers):
            raise InvalidInputError("Expected a layer with a weight, or a class. Received: none.")


_INCEPTION = "inception_v3"

_KERAS = DreamSettings(
    network=_INCEPTION,
    layers=(("mixed4", 1.0), ("mixed5", 1.5), ("mixed6", 2.0), ("mixed7", 2.5)),
    octaves=3,
    steps=20,
    step=0.01,
    max_loss=15.0,
    jitter=0,
    tile=2048,
)

PRESETS: dict[str, DreamSettings] = {
    "Keras example": _KERAS,
    "TensorFlow tutorial": DreamSettings(
        network=_INCEPTION,
        layers=(("mixed3", 0.5), ("mixed5", 0.5)),
        measure="mean",
        octaves=5,
        octave_scale=1.3,
        above=2,
        steps=100,
        step=0.01,
        normalise="std",
        jitter=512,
        detail=False,
    ),
    "The book": replace(_KERAS, layers=(("activation_41", 1.0),), octaves=4, max_loss=20.0),
}
"""Settings of others by name, all of them for InceptionV3.

Sources: https://keras.io/examples/generative/deep_dream/,
https://www.tensorflow.org/tutorials/generative/deepdream, and Sarkar et al., "Hands-On Transfer
Learning with Python" (2018), chapter 10.
"""
