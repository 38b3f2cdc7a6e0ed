"""`python -m tests.bench.sounds`: a clip from bytes to scores, here and by librosa and Keras.

Both ways give the same network the same windows: BirdNET on the sound and an octave higher, and
the head on top. Ratios within one run are what counts.
"""

from __future__ import annotations

import io
import time

import numpy as np

from core import zoo
from core.media import encode_wav
from core.sound.classification import DEFAULT_MODEL, classify, head
from core.sound.encoders import RATE, WINDOW, WholeSound, pooled, windows_in
from core.zoo import birdnet
from core.zoo.keras_runtime import keras

_SECONDS = 5
_TIMES = 15


def main() -> None:
    """Measure both, in turns."""
    generator = np.random.default_rng(0)
    clip = encode_wav(generator.normal(0, 0.1, _SECONDS * 44_100), 44_100)
    spec = zoo.network("birdnet")
    network = birdnet.build(spec, zoo.weights_path(spec))
    network = keras().Model(network.inputs, network.output["map"])
    ways = {"Graft": lambda: classify(clip).scores, "librosa and predict": _usual(network, clip)}
    ours, theirs = (way() for way in ways.values())
    print(f"largest difference of a score: {abs(np.sort(ours) - np.sort(theirs)).max():.4f}")
    seconds = {name: [] for name in ways}
    for _ in range(_TIMES):
        for name, way in ways.items():
            began = time.perf_counter()
            way()
            seconds[name].append(time.perf_counter() - began)
    medians = {name: 1e3 * float(np.median(values)) for name, values in seconds.items()}
    for name, value in medians.items():
        print(f"{name}: {value:.1f} ms for {_SECONDS} s of sound")
    ours, theirs = medians.values()
    print(f"ratio: {theirs / ours:.1f}")


def _usual(network, clip: bytes):
    import librosa

    layer = head(DEFAULT_MODEL)

    def classify_clip() -> np.ndarray:
        samples, _ = librosa.load(io.BytesIO(clip), sr=RATE)
        whole = WholeSound(layer.sources)
        for windows in windows_in([samples]):
            high = [
                np.resize(
                    librosa.resample(
                        windows.samples[start : start + 2 * WINDOW], orig_sr=2, target_sr=1
                    ),
                    WINDOW,
                )
                for start in windows.octave_starts
            ]
            maps = network.predict(np.stack([*windows, *high]), verbose=0)
            count = len(windows.starts)
            whole.add(np.concatenate([pooled(maps[:count]), pooled(maps[count:])], axis=1))
        return layer.predict(whole.vector[None])[0]

    return classify_clip


if __name__ == "__main__":
    main()
