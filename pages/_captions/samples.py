"""Photos to start with: what the captioner knows, people and dogs, and what it does not."""

from __future__ import annotations

from functools import cache

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from core.media import encode_png, open_image
from pages._ui.inputs import SAMPLE_PHOTOS, NamedPhoto
from pages._ui.samples import CAMERAMAN, packaged_file

_PHOTOGRAPHER = (6, 52, 371, 295)  # px of the photo: what all beam widths are right about
_WIDTH, _HEIGHT = 480, 360
_HORIZON = 180
_COAT = (120, 72, 36)
_LARGER = 4  # the dog is drawn larger, then made smaller, for smooth edges

WRONG = {
    "Coffee": "It has learned from photos of people and dogs outdoors, and names one of those.",
    "Cat": "No photo that it learned from is of a cat: it speaks of a person.",
    "Palace": "It has learned of people, and sees one where nobody is.",
    "Flower": "It has learned from photos of people and dogs, and sees a dog.",
    "Rocket": "It knows no rockets, and speaks of people.",
    "Astronaut": "The woman becomes a man in a race: its photos show nobody in a space suit.",
}
"""Of each sample that the captions are not true of, why."""


@cache
def photographer() -> bytes:
    """The upper part of the photo of a man who looks through a camera."""
    return encode_png(np.asarray(open_image(CAMERAMAN.photo).crop(_PHOTOGRAPHER)))


@cache
def drawn_dog() -> bytes:
    """A brown dog of polygons, on a photo of grass."""
    grass = open_image(packaged_file("skimage", "data/grass.png")).convert("L")
    blades = np.asarray(grass, np.float64)[:_HEIGHT, :_WIDTH] / 110
    height = np.arange(_HEIGHT)[:, None] / _HEIGHT
    sky = np.array((176, 204, 232)) * (1 - 0.15 * height[..., None]) + 40 * height[..., None]
    meadow = np.array((92, 132, 54)) * (blades * (0.5 + 0.5 * height))[..., None]
    above = (np.arange(_HEIGHT) < _HORIZON)[:, None, None]
    picture = Image.fromarray(np.where(above, sky, meadow).clip(0, 255).astype(np.uint8))

    shadow = Image.new("L", (_WIDTH, _HEIGHT), 0)
    ImageDraw.Draw(shadow).ellipse((130, 296, 350, 322), fill=120)
    picture.paste((30, 50, 20), (0, 0), shadow.filter(ImageFilter.GaussianBlur(6)))

    fur = np.random.default_rng(0).normal(0, 10, (_HEIGHT, _WIDTH, 1))
    coat = np.array(_COAT) * (1.62 - 0.9 * height[..., None]) + fur
    painted = Image.fromarray(coat.clip(0, 255).astype(np.uint8))
    picture.paste(painted.filter(ImageFilter.GaussianBlur(0.8)), (0, 0), _dog_shape())

    draw = ImageDraw.Draw(picture)
    draw.ellipse((112, 96, 119, 103), fill=(15, 10, 8))
    draw.ellipse((68, 108, 80, 119), fill=(15, 10, 8))
    draw.line([(141, 86), (150, 108), (153, 127)], fill=(60, 36, 18), width=2)
    draw.line([(76, 124), (112, 128)], fill=(48, 29, 14), width=2)
    return encode_png(np.asarray(picture))


def _dog_shape() -> Image.Image:
    """Where the dog is: 255 inside, 0 outside."""
    mask = Image.new("L", (_WIDTH * _LARGER, _HEIGHT * _LARGER), 0)
    draw = ImageDraw.Draw(mask)
    body = ((150, 150, 320, 225), (140, 150, 215, 235), (265, 150, 335, 222), (108, 78, 172, 135))
    for box in body:
        draw.ellipse([_LARGER * edge for edge in box], 255)
    neck = ((160, 160), (130, 110), (165, 95), (215, 158))
    snout = ((112, 96), (70, 112), (72, 128), (118, 132))
    ear = ((140, 84), (172, 92), (176, 138), (152, 128))
    tail = ((318, 165), (352, 120), (372, 98), (366, 128), (334, 182))
    front = ((0, 210), (24, 210), (17, 300), (20, 308), (-6, 308), (2, 300))
    hind = ((-4, 195), (32, 190), (22, 250), (24, 300), (26, 308), (2, 308), (6, 255))
    legs = [_moved(front, 160), _moved(front, 192), _moved(hind, 268), _moved(hind, 302)]
    for outline in (neck, snout, ear, tail, *legs):
        draw.polygon([(_LARGER * x, _LARGER * y) for x, y in outline], 255)
    return mask.resize((_WIDTH, _HEIGHT), Image.Resampling.LANCZOS)


def _moved(outline: tuple[tuple[int, int], ...], by: int) -> tuple[tuple[int, int], ...]:
    return tuple((x + by, y) for x, y in outline)


def samples() -> tuple[NamedPhoto, ...]:
    """All of them, those first that the captions are true of."""
    return (
        NamedPhoto("Photographer", photographer(), f"{CAMERAMAN.credit}; its upper part"),
        NamedPhoto("Drawn dog", drawn_dog(), "drawn by this app; grass by linolafett, CC0"),
        *SAMPLE_PHOTOS,
    )
