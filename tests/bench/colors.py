"""`python -m tests.bench.colors`: a grey photo to colours, at once and as people would do it.

They would call `predict` on both networks and scikit-image for the colours, and stretch what comes
out over the photo. Ratios within one run are what counts.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
from PIL import Image

from core import zoo
from core.media import encode_jpeg
from core.vision.colorization import ENCODER, MAPS, PLACES, SIDE, TILE, colorize, guess, paint
from core.vision.colorization.bins import annealed_mean
from core.vision.colorization.grey_photos import read_grey

_TIMES = 15


def main() -> None:
    """A photo of 512 px, its parts, a large one, and the usual way."""
    from skimage import data

    photo = encode_jpeg(np.asarray(Image.fromarray(data.astronaut()).convert("L")))
    ours = _median(lambda: colorize(photo))
    print(f"512 px, from bytes to colours: {ours:.1f} ms")
    grey = read_grey(photo)
    guessed = guess(grey)
    print(f"of which the networks {_median(lambda: guess(grey)):.1f} ms")
    print(f"and to paint {_median(lambda: paint(guessed)):.1f} ms")
    large = Image.fromarray(data.astronaut()).resize((4000, 3000)).convert("L")
    large = encode_jpeg(np.asarray(large))
    print(f"12 megapixels: {_median(lambda: colorize(large), 3):.0f} ms")
    usual = _usual(grey.grey)
    print(f"512 px with Keras and scikit-image: {usual:.0f} ms")
    print(f"ratio: {usual / ours:.1f}")


def _median(way: Callable[[], object], times: int = _TIMES) -> float:
    """Milliseconds."""
    way()
    seconds = []
    for _ in range(times):
        began = time.perf_counter()
        way()
        seconds.append(time.perf_counter() - began)
    return 1e3 * float(np.median(seconds))


def _usual(levels: np.ndarray) -> float:
    """Milliseconds; the colouring network is untrained, which takes it as long."""
    from skimage.color import gray2rgb, lab2rgb, rgb2lab

    from core.engine.conversion import build
    from core.vision.colorization.network import colorizing_network
    from core.zoo.keras_runtime import keras

    spec = zoo.image_network(ENCODER)
    whole = build(spec, zoo.weights_path(spec))
    encoder = keras().Model(whole.inputs, [whole.get_layer(name).output for name in MAPS])
    network = colorizing_network()
    means, scales = spec.preprocessing.mean, spec.preprocessing.scale

    def way() -> np.ndarray:
        lab = rgb2lab(gray2rgb(levels))
        square = np.asarray(Image.fromarray(levels).resize((SIDE, SIDE)))
        seen = (gray2rgb(square).astype(np.float32) - means) / scales
        maps = encoder.predict(seen[None], verbose=0)
        tiles = square.reshape(PLACES, TILE, PLACES, TILE).swapaxes(1, 2)
        light = tiles.reshape(1, PLACES, PLACES, TILE**2).astype(np.float32) / 255
        logits = network.predict([*maps, light], verbose=0)["logits"][0]
        ab = annealed_mean(logits, 0.5)
        layers = (Image.fromarray(layer) for layer in np.moveaxis(ab, -1, 0).copy())
        lab[..., 1:] = np.dstack([layer.resize(levels.shape[::-1]) for layer in layers])
        return lab2rgb(lab)

    return _median(way, 5)


if __name__ == "__main__":
    main()
