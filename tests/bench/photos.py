"""Photos to measure with, cut from the samples that scikit-image and scikit-learn install."""

from __future__ import annotations

import io
from itertools import islice

import numpy as np
from PIL import Image

from core.media import open_image
from pages._ui.samples import SAMPLES


def jpeg_photos(count: int, size_px: int = 256, seed: int = 0) -> list[bytes]:
    """`count` different JPEG photos of `size_px` x `size_px`."""
    sources = [open_image(sample.photo) for sample in SAMPLES.values()]
    generator = np.random.default_rng(seed)

    def cuts():
        while True:
            for source in sources:
                side = int(generator.integers(200, min(source.size)))
                left, top = (int(generator.integers(0, n - side + 1)) for n in source.size)
                box = (left, top, left + side, top + side)
                yield source.resize((size_px, size_px), Image.Resampling.LANCZOS, box=box)

    photos = []
    for cut in islice(cuts(), count):
        buffer = io.BytesIO()
        cut.save(buffer, "JPEG", quality=90)
        photos.append(buffer.getvalue())
    return photos
