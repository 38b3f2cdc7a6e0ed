"""What goes with an exported classifier of sounds and needs nothing of this project."""

README = """\
A classifier of sounds: birdnet.xml and .bin, a frozen network that listens; head.npz, the trained
layer, with the names in classes.json; and classify_sounds.py, which runs both:

    pip install numpy openvino pillow soundfile soxr av
    python classify_sounds.py RECORDING.wav

It reads recordings by the modules in graft_sounds, which are those of the page: WAV, MP3, FLAC,
Ogg, M4A, WebM, videos and others.

The network is BirdNET 2.4 up to its last feature map, by the K. Lisa Yang Center for Conservation
Bioacoustics at the Cornell Lab of Ornithology and Chemnitz University of Technology, under
CC BY-NC-SA 4.0 (https://creativecommons.org/licenses/by-nc-sa/4.0/): not for commercial use, and
adaptations are shared under the same licence.
"""

PACKAGE, DECODING = "graft_sounds", "core.media.audio.decoding"
"""What the file carries to read recordings, so that the script does it as this project does."""

# Steps are those of `core.sound.encoders` for a sound of at most two minutes.
SCRIPT = '''\
"""Classify recordings: python classify_sounds.py RECORDING.wav ...

Unpack the ZIP file; this script reads the files beside it.
Needs: pip install numpy openvino pillow soundfile soxr av
"""
import json, sys
from pathlib import Path
import numpy as np, openvino, soxr

here = Path(__file__).parent
sys.path.insert(0, str(here))
from graft_sounds.media.audio.decoding import decode_audio

head = np.load(here / "head.npz")
classes = json.loads((here / "classes.json").read_text("utf-8"))
network = openvino.Core().compile_model(here / "birdnet.xml", "CPU")
RATE, WINDOW, STEP = 48_000, 144_000, 48_000  # three seconds at a time, a second apart


def pooled(windows):  # roots of the means and maxima of the feature map over all windows
    maps = [next(iter(network(w[None]).values())).reshape(-1, 1024) for w in windows]
    maps = np.concatenate(maps)
    return np.sqrt(np.maximum(np.concatenate([maps.mean(axis=0), maps.max(axis=0)]), 0))


def vector(path):
    samples = decode_audio(Path(path).read_bytes(), rate=RATE).samples
    if len(samples) < WINDOW:
        samples = np.resize(samples, WINDOW)
    starts = list(range(0, len(samples) - WINDOW + 1, STEP))
    if len(samples) - WINDOW - starts[-1] > STEP // 10:
        starts.append(len(samples) - WINDOW)
    # once more an octave higher: the six seconds up to each window's end, in three
    lead = [min(max(s - WINDOW, 0), max(0, len(samples) - 2 * WINDOW)) for s in starts]
    high = [np.resize(soxr.resample(samples[s : s + 2 * WINDOW], 2, 1), WINDOW) for s in lead]
    return np.concatenate([pooled([samples[s : s + WINDOW] for s in starts]), pooled(high)])


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8")  # whatever the names of classes are written in
    for path in sys.argv[1:]:
        try:
            scores = vector(path) @ head["weights"] + head["bias"]
        except (OSError, ValueError) as err:
            sys.exit(f"{path}: {err}")
        shares = np.exp(scores - scores.max())
        shares /= shares.sum()
        print(path)
        for i in np.argsort(-shares):
            print(f"{shares[i]:.6f}  {classes[i]}")
'''
