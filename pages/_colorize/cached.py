"""Painted photos that reruns and sessions share, keyed by the encoded photo."""

from __future__ import annotations

import numpy as np
import streamlit as st
from PIL import Image

from core.cluster import spread
from core.errors import InvalidInputError
from core.media import encode_png, open_image
from core.vision import colorization
from core.vision.colorization import ColorGuess, metrics
from core.vision.colorization.grey_photos import read_grey
from core.vision.colorization.hints import ColorHint
from core.vision.colorization.metrics import ColorScores
from pages._ui.spinners import PREPARING


@st.cache_data(max_entries=128, show_spinner=False)
def screen_copy(photo: bytes, side_px: int = 1024) -> bytes:
    """The photo, or a smaller one without loss if a side is longer than that."""
    image = open_image(photo, size_hint=side_px)
    if max(image.size) <= side_px:
        return photo
    image.thumbnail((side_px, side_px), Image.Resampling.LANCZOS)
    return encode_png(np.asarray(image))


@st.cache_data(max_entries=1024, show_spinner=False)
def is_in_color(photo: bytes) -> bool:
    """Whether a photo has colours of its own."""
    return read_grey(photo).truth is not None


@st.cache_data(max_entries=24, show_spinner=PREPARING)  # some 7 MB each
def color_guess(photo: bytes, denoise: bool) -> ColorGuess:
    """What colours the network takes for probable, everywhere in a photo."""
    return spread(colorization.guess)(read_grey(photo, denoise=denoise))


@st.cache_data(max_entries=96, show_spinner=False)  # up to 3 MB each
def paint(
    photo: bytes,
    denoise: bool,
    saturation: float,
    temperature: float,
    hints: tuple[ColorHint, ...] = (),
) -> np.ndarray:
    """(H, W, 3) uint8: the photo in colour."""
    return colorization.paint(
        color_guess(photo, denoise), saturation=saturation, temperature=temperature, hints=hints
    )


@st.cache_data(max_entries=64, show_spinner="Comparing")
def color_scores(
    photo: bytes,
    denoise: bool,
    saturation: float,
    temperature: float,
    hints: tuple[ColorHint, ...] = (),
) -> ColorScores:
    """How close a photo that came in colour, once painted, comes to itself."""
    truth = color_guess(photo, denoise).photo.truth
    if truth is None:
        raise InvalidInputError("Expected a photo in colour. Received: one without colours.")
    painted = paint(photo, denoise, saturation, temperature, hints)
    return metrics.color_scores([(truth, painted)], colorization.frequency())
