"""The theme can be read, light and dark."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

THEME = tomllib.loads(
    (Path(__file__).parents[1] / ".streamlit" / "config.toml").read_text("utf-8")
)["theme"]
_CAPTION = 0.6  # how opaque Streamlit writes captions
_LEAST = 4.5  # https://www.w3.org/TR/WCAG21/#contrast-minimum


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("ink", ["textColor", "codeTextColor"])
@pytest.mark.parametrize("paper", ["backgroundColor", "secondaryBackgroundColor"])
def test_captions_have_enough_contrast(mode, ink, paper):
    colours = THEME[mode]
    background = _rgb(colours[paper])
    written = [
        _CAPTION * over + (1 - _CAPTION) * under
        for over, under in zip(_rgb(colours[ink]), background, strict=True)
    ]
    bright, dark = sorted((_luminance(written), _luminance(background)), reverse=True)
    assert (bright + 0.05) / (dark + 0.05) >= _LEAST


def _rgb(colour: str) -> list[float]:
    return [value / 255 for value in bytes.fromhex(colour.removeprefix("#"))]


def _luminance(rgb: list[float]) -> float:
    """https://www.w3.org/TR/WCAG21/#dfn-relative-luminance"""
    linear = [v / 12.92 if v <= 0.03928 else ((v + 0.055) / 1.055) ** 2.4 for v in rgb]
    return sum(w * v for w, v in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
