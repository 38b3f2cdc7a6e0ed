"""The photo, how it is to be painted, and what rooms say of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st

from core.tasks.examples import Call
from core.tasks.pictures import hint_text
from core.vision.colorization import COLORIZER, ColorGuess, best_temperature
from core.vision.colorization.grey_photos import GreyPhoto
from core.vision.colorization.hints import ColorHint
from pages._colorize import cached, hints
from pages._colorize.samples import samples
from pages._colorize.swatches import hex_of
from pages._ui import errors, inputs, layout, pictures, task_settings, use_from_code
from pages._ui.inputs import NamedPhoto
from pages._ui.task_settings import described


@dataclass(frozen=True, slots=True)
class PaintSettings:
    """How to paint: as `core.vision.colorization.colorize` takes it."""

    saturation: float
    temperature: float
    denoise: bool = False
    hints: tuple[ColorHint, ...] = ()

    def call(self) -> Call | None:
        """What colours the photo without a page."""
        return use_from_code.call(
            "colorize",
            saturation=self.saturation,
            temperature=None if self.temperature == best_temperature() else self.temperature,
            denoise=self.denoise,
            hints=[hint_text(hint) for hint in self.hints],
        )

    def record(self) -> dict[str, Any]:
        """For a file to take along."""
        return {
            "network": COLORIZER,
            "saturation": self.saturation,
            "temperature": self.temperature,
            "denoise": self.denoise,
            "hints": [
                {"x": hint.x, "y": hint.y, "color": hex_of(hint.rgb), "reach": hint.reach}
                for hint in self.hints
            ],
        }


@dataclass(frozen=True, slots=True)
class Shown:
    """A photo as a page shows it, no larger than a screen.

    Attributes
    ----------
    data : the encoded photo of that size.
    painted : (H, W, 3) uint8
    """

    photo: NamedPhoto
    data: bytes
    guess: ColorGuess
    settings: PaintSettings
    painted: np.ndarray

    @property
    def grey(self) -> np.ndarray:
        """(H, W, 3) uint8"""
        return np.repeat(self.guess.photo.grey[..., None], 3, axis=-1)

    @property
    def before(self) -> np.ndarray:
        """(H, W, 3) uint8: as it came, but grey if it came in colour."""
        if self.guess.photo.truth is not None:
            return self.grey
        return pictures.photo_array(self.data, self.grey.shape[1])


def photo_room(show: Callable[[Shown], None], *, list_hints: bool = False) -> None:
    """The photo and how to paint it at the left; what `show` draws of both beside."""
    controls, result = layout.two_parts()
    with controls:
        photo = photo_input()
        settings = settings_input()
        if list_hints:
            hints.list_them(settings.hints)
    with result, errors.shown():
        if photo is None:
            st.info("Upload or choose a photo to see it in colour.", icon=":material/palette:")
        else:
            show(painted(photo, settings))
            use_from_code.show(settings.call())


def photo_input() -> NamedPhoto | None:
    """A sample, an upload or a snapshot; hints of the photo before are put away."""
    photo = inputs.photo_input(samples(), prefix="colour_")
    if photo is not None:
        hints.belong_to(photo.data)
    return photo


def settings_input(*, with_hints: bool = True) -> PaintSettings:
    """Saturation, temperature, grain; the hints that there are."""
    best = best_temperature()
    saturation = task_settings.slider("colorize", "saturation", key="saturation")
    temperature = task_settings.select_slider(
        "colorize", "temperature", key="temperature", default=best
    )
    denoise = task_settings.toggle("colorize", "denoise", key="denoise")
    placed = hints.hints_input() if with_hints else ()
    return PaintSettings(saturation, temperature, denoise, placed)


def temperatures() -> tuple[float, ...]:
    """Those to choose from, the safest first; the best is among them."""
    options = described("colorize", "temperature").usual.options
    return tuple(sorted({*options, best_temperature()}, reverse=True))


def painted(photo: NamedPhoto, settings: PaintSettings) -> Shown:
    """The photo in colour, as it fits on a screen.

    Raises
    ------
    InvalidInputError
        If it cannot be used.
    """
    small = cached.screen_copy(photo.data)
    guess = cached.color_guess(small, settings.denoise)
    picture = cached.paint(
        small, settings.denoise, settings.saturation, settings.temperature, settings.hints
    )
    return Shown(photo, small, guess, settings, picture)


def describe(photo: GreyPhoto) -> str:
    """What was found about a photo, in a sentence or two."""
    if photo.truth is not None:
        origin = "Colour photo: converted to grey first; the original is kept for comparison."
    elif photo.tone is not None:
        hue = "sepia" if photo.tone[1] > 0 else "a bluish tone"
        origin = f"Photo in {hue}: converted to grey first."
    else:
        origin = "Grey photo."
    return f"{origin} The frame around it is not coloured." if photo.is_framed else origin
