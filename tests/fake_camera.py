"""A film for Chromium's fake camera whose scene a test changes while it plays."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

_SIZE = (320, 240)
_PER_S = 10
_FRAMES = 20  # that are played again and again
_SHARE = 0.8  # of a photo's shorter side, what a frame shows of it
_HEADER = f"YUV4MPEG2 W{_SIZE[0]} H{_SIZE[1]} F{_PER_S}:1 Ip A1:1 C420\n".encode()


class FakeCamera:
    """A Y4M file; Chromium reads each frame anew, so it shows what the file has by then.

    Parameters
    ----------
    photos : RGB images, each of which is a scene: moved and lit anew in each frame.

    Attributes
    ----------
    means : (3,) float of each scene, how much of its light is red, green and blue.
    """

    def __init__(self, path: Path, photos: Sequence[Image.Image], *, seed: int = 0) -> None:
        generator = np.random.default_rng(seed)
        self.path = path
        scenes = [_scene(photo, generator) for photo in photos]
        self._scenes = [b"".join(b"FRAME\n" + _planes(frame) for frame in s) for s in scenes]
        self.means = [np.mean([_colour(frame) for frame in scene], axis=0) for scene in scenes]
        path.touch()
        self.show(0)

    def show(self, scene: int) -> None:
        """Show one of the photos from now on."""
        with self.path.open("r+b") as film:  # never cut off: it is read meanwhile
            film.write(_HEADER + self._scenes[scene])

    @property
    def flags(self) -> list[str]:
        """Of Chromium."""
        return [
            "--use-fake-device-for-media-stream",
            f"--use-file-for-fake-video-capture={self.path}",
        ]


def _scene(photo: Image.Image, generator: np.random.Generator) -> list[Image.Image]:
    """Parts of a photo, brighter or darker."""
    frames, place = [], np.array([0.5, 0.5])
    part = np.array(_SIZE) * _SHARE * min(photo.width / _SIZE[0], photo.height / _SIZE[1])
    for _ in range(_FRAMES):
        place = (place + generator.normal(0, 0.1, 2)).clip(0, 1)
        left, top = place * (np.array(photo.size) - part)
        box = (left, top, left + part[0], top + part[1])
        view = photo.resize(_SIZE, Image.Resampling.BILINEAR, box)
        light = generator.uniform(0.75, 1.2)
        frames.append(view.point([min(255, round(level * light)) for level in range(256)] * 3))
    return frames


def _planes(frame: Image.Image) -> bytes:
    """Y, then Cb and Cr at half the resolution."""
    luma, *chroma = frame.convert("YCbCr").split()
    half = (_SIZE[0] // 2, _SIZE[1] // 2)
    return b"".join([luma.tobytes(), *(one.resize(half).tobytes() for one in chroma)])


def _colour(frame: Image.Image) -> np.ndarray:
    """(3,) float: how much of its light is red, green and blue."""
    levels = np.asarray(frame, float).mean(axis=(0, 1))
    return levels / levels.sum()
