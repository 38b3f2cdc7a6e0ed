"""Pictures to take a style from, drawn by this code: each with a hand of its own."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from core.media import encode_png
from core.optvis.pictures import resized

_SIDE = 512
_SUPER = 2  # drawn larger, then made smaller, for smooth edges


@cache
def style_sample(name: str) -> bytes:
    """The encoded picture, 512 x 512 px, of one of `STYLE_SAMPLES`."""
    return encode_png(STYLE_SAMPLES[name](np.random.default_rng(7)))


def _field(random: np.random.Generator, cells: int, side: int = _SIDE) -> np.ndarray:
    """(side, side) float32 in about 0..1: smooth noise of several sizes."""
    total, weight = np.zeros((side, side), np.float32), 0.0
    for octave in range(4):
        grid = random.uniform(0, 1, (cells << octave, cells << octave, 1)).astype(np.float32)
        total += resized(grid, side, side)[..., 0] / (1 << octave)
        weight += 1 / (1 << octave)
    return np.clip(total / weight * 2.2 - 0.6, 0, 1)


def _palette(stops: str) -> np.ndarray:
    return np.array([[int(c[i : i + 2], 16) for i in (0, 2, 4)] for c in stops.split()], float)


def _colored(values: np.ndarray, stops: str) -> np.ndarray:
    colors = _palette(stops)
    at = values * (len(colors) - 1)
    return np.stack([np.interp(at, range(len(colors)), c) for c in colors.T], -1)


def _swirls(random: np.random.Generator) -> np.ndarray:
    """Thick strokes that follow a turning field, over a night's blue and yellow."""
    side = _SIDE * _SUPER
    light, angle = _field(random, 3), _field(random, 2) * 4 * np.pi
    ground = _colored(light, "0b1d51 17408b 2f77b6 8bc0d8 f5d76e f7f1c5")
    picture = Image.new("RGB", (side, side), (18, 40, 95))
    draw = ImageDraw.Draw(picture)
    x, y = random.uniform(0, _SIDE, (2, 9000))
    colors = ground[y.astype(int), x.astype(int)] + random.normal(0, 16, (9000, 3))
    ways = []
    for _ in range(9):
        rows, columns = (at.clip(0, _SIDE - 1).astype(int) for at in (y, x))
        x, y = x + 4 * np.cos(angle[rows, columns]), y + 4 * np.sin(angle[rows, columns])
        ways.append(np.stack([x, y], -1) * _SUPER)
    strokes = np.stack(ways, 1).reshape(len(colors), -1).tolist()
    for points, color in zip(strokes, colors.clip(0, 255).astype(int).tolist(), strict=True):
        draw.line(points, tuple(color), 9, joint="curve")
    return _small(picture)


def _mosaic(random: np.random.Generator) -> np.ndarray:
    """Tesserae between dark joints."""
    from scipy.spatial import KDTree

    seeds = random.uniform(0, _SIDE, (1100, 2)).astype(np.float32)
    ys, xs = np.indices((_SIDE, _SIDE), np.float32)
    distances, owners = KDTree(seeds).query(np.stack([xs, ys], -1), k=2, p=1)
    owner, joint = owners[..., 0], distances[..., 1] - distances[..., 0] < 3.5
    tones = _field(random, 3)[seeds[:, 1].astype(int), seeds[:, 0].astype(int)]
    colors = _colored(tones, "7b1e3b d1495b edae49 f4e4ba 66a182 2e4057 00798c")
    colors += random.normal(0, 14, colors.shape)
    picture = colors[owner]
    picture[joint] = (34, 28, 30)
    return picture.clip(0, 255).astype(np.uint8)


def _woodcut(random: np.random.Generator) -> np.ndarray:
    """Cut lines, black on warm paper, closer where it is dark."""
    height = _field(random, 3) * 26
    dark = _field(random, 2)
    ys, _ = np.indices((_SIDE, _SIDE))
    wave = np.sin((ys + height * 6) * 2 * np.pi / 11)
    ink = wave > (dark * 2.4 - 1.2)
    paper, black = np.array([236, 222, 190]), np.array([26, 20, 18])
    picture = Image.fromarray(np.where(ink[..., None], black, paper).astype(np.uint8))
    return np.asarray(picture.filter(ImageFilter.GaussianBlur(0.7)))


def _dots(random: np.random.Generator) -> np.ndarray:
    """Points of pure colours beside each other."""
    side = _SIDE * _SUPER
    ground = _colored(_field(random, 2), "264653 2a9d8f 8ab17d e9c46a f4a261 e76f51 c1437a")
    picture = Image.new("RGB", (side, side), (238, 230, 210))
    draw = ImageDraw.Draw(picture)
    for _ in range(16000):
        x, y = random.uniform(0, _SIDE, 2)
        color = ground[int(y), int(x)]
        color = color[random.permutation(3)] if random.uniform() < 0.12 else color
        color = (color + random.normal(0, 24, 3)).clip(0, 255).astype(int)
        r = random.uniform(2.2, 4.4) * _SUPER
        x, y = x * _SUPER, y * _SUPER
        draw.ellipse((x - r, y - r, x + r, y + r), tuple(color))
    return _small(picture)


def _watercolour(random: np.random.Generator) -> np.ndarray:
    """Washes with dark rims, on paper with a grain."""
    picture = np.full((_SIDE, _SIDE, 3), (250.0, 246.0, 238.0))
    for color in _palette("3d5a80 98c1d9 ee6c4d e0a458 6a4c93 81b29a b56576"):
        wet = _field(random, 3)
        wash = 1 / (1 + np.exp(-(wet - random.uniform(0.5, 0.65)) * 40))
        rim = np.exp(-((wash - 0.5) ** 2) / 0.03) * 0.35
        strength = (0.5 * wash * (0.7 + 0.3 * _field(random, 8)) + rim)[..., None]
        picture *= 1 - strength * (1 - color / 255)
    grain = random.normal(0, 5, (_SIDE, _SIDE, 1))
    return (picture + grain).clip(0, 255).astype(np.uint8)


def _facets(random: np.random.Generator) -> np.ndarray:
    """Overlapping planes with shaded edges, in ochres and greys."""
    side = _SIDE * _SUPER
    colors = _palette("3b2f2f 6b4f3a a47148 d4a373 e9d8a6 8d99ae 495867 2b2d42")
    picture = Image.new("RGB", (side, side), (120, 100, 80))
    draw = ImageDraw.Draw(picture)
    for _ in range(420):
        centre = random.uniform(0, side, 2)
        turns = np.sort(random.uniform(0, 2 * np.pi, random.integers(3, 5)))
        radius = random.uniform(60, 170)
        points = centre + radius * np.stack([np.cos(turns), np.sin(turns)], -1)
        color = colors[random.integers(len(colors))] + random.normal(0, 12, 3)
        for share in np.linspace(1, 0.1, 12):  # towards one corner, lighter
            inner = points[0] + share * (points - points[0])
            shade = (color + 46 * (1 - share)).clip(0, 255).astype(int)
            draw.polygon([tuple(p) for p in inner], tuple(shade))
        draw.line([tuple(p) for p in (*points, points[0])], (40, 32, 30), 3)
    return _small(picture)


def _small(picture: Image.Image) -> np.ndarray:
    return np.asarray(picture.resize((_SIDE, _SIDE), Image.Resampling.LANCZOS))


STYLE_SAMPLES: dict[str, Callable[[np.random.Generator], np.ndarray]] = {
    "Swirls": _swirls,
    "Mosaic": _mosaic,
    "Woodcut": _woodcut,
    "Dots": _dots,
    "Watercolour": _watercolour,
    "Facets": _facets,
}
"""By name, what draws each."""
