"""CIELAB and sRGB: lightness apart from colour, which is what a grey photo lacks.

References
----------
IEC 61966-2-1 (sRGB, D65); CIE 15:2004 (CIELAB); the matrix is the one that scikit-image has.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import numpy as np

# IEC 61966-2-1: linear sRGB to XYZ, rows divided by the white of D65 seen by 2 degrees
_WHITE = np.array([0.95047, 1.0, 1.08883], np.float32)
_XYZ_OF_RGB = np.array(
    [
        [0.412453, 0.357580, 0.180423],
        [0.212671, 0.715160, 0.072169],
        [0.019334, 0.119193, 0.950227],
    ],
    np.float32,
)
_TO_WHITES = _XYZ_OF_RGB / _WHITE[:, None]
_TO_RGB = np.linalg.inv(_TO_WHITES.astype(np.float64)).astype(np.float32)
_HALVINGS = 6  # of the chroma that is out of gamut: to a sixty-fourth
_ROUNDING = 1e-5
_STRIP = 1 << 15  # pixels at once: what is between stays in the processor's cache
_CODES = 4096  # of the table from linear light to sRGB


def lightness(rgb: np.ndarray) -> np.ndarray:
    """L of pixels (..., 3) uint8: (...) float32, 0..100."""
    return 116 * _lab_curve(_luminance(rgb)) - 16


def grey(rgb: np.ndarray) -> np.ndarray:
    """The grey of the same lightness: (...) uint8 from (..., 3) uint8."""
    flat = rgb.reshape(-1, 3)
    greys = np.empty(len(flat), np.uint8)
    for part in _strips(len(flat)):
        greys[part] = _gamma_coded(np.clip(_luminance(flat[part]), 0, 1))
    return greys.reshape(rgb.shape[:-1])


def lightness_of_grey(values: np.ndarray) -> np.ndarray:
    """L of grey values (...) uint8: (...) float32, 0..100."""
    return _greys()[values]


def to_lab(rgb: np.ndarray) -> np.ndarray:
    """CIELAB of pixels: (..., 3) float32 from (..., 3) uint8."""
    x, y, z = np.moveaxis(_lab_curve(_linear()[rgb] @ _TO_WHITES.T), -1, 0)
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)


def to_rgb(light: np.ndarray, ab: np.ndarray) -> np.ndarray:
    """Pixels of a lightness and colours, which are paled until sRGB has them.

    So the lightness stays what it is, where clipping would change it.

    Parameters
    ----------
    light : (H, W) float32, 0..100
    ab : (H, W, 2) float32

    Returns
    -------
    (H, W, 3) uint8
    """
    flat, colors = light.reshape(-1), ab.reshape(-1, 2)
    rgb = np.empty((len(flat), 3), np.uint8)
    for part in _strips(len(flat)):
        rgb[part] = _in_rgb(flat[part].astype(np.float32), colors[part].T.astype(np.float32)).T
    return rgb.reshape(*light.shape, 3)


def _strips(count: int) -> Iterator[slice]:
    return (slice(start, start + _STRIP) for start in range(0, count, _STRIP))


def _in_rgb(light: np.ndarray, ab: np.ndarray) -> np.ndarray:
    """(3, N) uint8 from (N,) and (2, N) float32."""
    rgb = _unclipped(light, ab)
    beyond = np.flatnonzero(~_in_gamut(rgb))
    if len(beyond):
        level, color = light[beyond], ab[:, beyond]
        kept = np.zeros(len(beyond), np.float32)
        for halving in range(1, _HALVINGS + 1):
            tried = kept + np.float32(0.5**halving)
            kept = np.where(_in_gamut(_unclipped(level, color * tried)), tried, kept)
        rgb[:, beyond] = _unclipped(level, color * kept)
    return _gamma_coded(np.clip(rgb, 0, 1, out=rgb))


def _unclipped(light: np.ndarray, ab: np.ndarray) -> np.ndarray:
    """Linear sRGB (3, N), outside 0..1 where it has no such colour."""
    f = np.empty((3, len(light)), np.float32)
    f[1] = (light + 16) / 116
    f[0] = f[1] + ab[0] / 500
    f[2] = f[1] - ab[1] / 200
    return _TO_RGB @ np.where(f > 6 / 29, f * f * f, (f - 16 / 116) * (108 / 841))


def _in_gamut(rgb: np.ndarray) -> np.ndarray:
    """Which linear colours (3, N) sRGB has, to within what rounding may do to them: (N,) bool."""
    return (rgb.min(axis=0) > -_ROUNDING) & (rgb.max(axis=0) < 1 + _ROUNDING)


def _luminance(rgb: np.ndarray) -> np.ndarray:
    red, green, blue = (_linear() * share for share in _XYZ_OF_RGB[1])
    return red[rgb[..., 0]] + green[rgb[..., 1]] + blue[rgb[..., 2]]


def _lab_curve(whites: np.ndarray) -> np.ndarray:
    """CIELAB's function of the share of white: a cube root, and a line near black."""
    return np.where(whites > 216 / 24389, np.cbrt(whites), whites * (841 / 108) + 16 / 116)


def _gamma_coded(linear: np.ndarray) -> np.ndarray:
    """sRGB's code of linear light in 0..1: uint8.

    By a table over square roots, which is within a tenth of a code of the curve.
    """
    return _codes()[np.rint(np.sqrt(linear) * (_CODES - 1)).astype(np.int16)]


@cache
def _codes() -> np.ndarray:
    linear = (np.arange(_CODES) / (_CODES - 1)) ** 2
    curve = np.where(linear > 0.0031308, 1.055 * linear ** (1 / 2.4) - 0.055, linear * 12.92)
    return np.rint(curve * 255).astype(np.uint8)


@cache
def _linear() -> np.ndarray:
    """Linear light of each sRGB code: (256,) float32."""
    code = np.arange(256) / 255
    curve = np.where(code > 0.04045, ((code + 0.055) / 1.055) ** 2.4, code / 12.92)
    return curve.astype(np.float32)


@cache
def _greys() -> np.ndarray:
    return lightness(np.repeat(np.arange(256, dtype=np.uint8)[:, None], 3, axis=1))
