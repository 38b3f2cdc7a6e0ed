"""Scripts that go with an exported classifier and need nothing of this project."""

from __future__ import annotations

from pathlib import PurePath

# A photo is prepared as `core.vision.photos.prepare` does it. What scripts leave out:
# transparency is not laid on white, and deep samples are not scaled to 8 bits.
_FOR_EACH_PHOTO = """\
for path in sys.argv[1:]:
    image = Image.open(path)
    image.draft("RGB", (size, size))  # a large JPEG is decoded at a fraction of its size
    image = ImageOps.exif_transpose(image).convert("RGB")
    side = min(image.size)  # of the largest centred square
    left, top = (image.width - side) / 2, (image.height - side) / 2
    box = (left, top, left + side, top + side)
    pixels = np.asarray(image.resize((size, size), Image.Resampling.BICUBIC, box, 3.0))[None]
    scores = %s
    for i in np.argsort(-scores):
        print(f"{scores[i]:.6f}  {classes[i]}")
"""

_KERAS = '''\
"""Classify photos: python classify_keras.py PHOTO ...

Needs: pip install keras tensorflow pillow numpy
"""
import json, os, sys, zipfile
from pathlib import Path
os.environ["KERAS_BACKEND"] = "tensorflow"
import keras, numpy as np
from PIL import Image, ImageOps

file = Path(__file__).with_name("%s")  # takes RGB of 0..255: preprocessing is inside
model = keras.saving.load_model(file)
classes = json.loads(zipfile.ZipFile(file).read("labels.json"))
size = model.input_shape[1]
'''

_OPENVINO = '''\
"""Classify photos: python classify_openvino.py PHOTO ...

Needs: pip install openvino pillow numpy
"""
import json, sys, zipfile
from pathlib import Path
import numpy as np, openvino as ov
from PIL import Image, ImageOps

file = zipfile.ZipFile(Path(__file__).with_name("%s"))  # takes RGB of 0..255, uint8
graph = ov.Core().read_model(file.read("model.xml"), file.read("model.bin"))
network = ov.Core().compile_model(graph, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
classes = json.loads(file.read("labels.json"))
size = network.inputs[0].partial_shape[1].get_length()
'''


def loader_script(file_name: str) -> str:
    """A Python script that classifies photos with an exported file beside it.

    Parameters
    ----------
    file_name : what the file is called; it ends in `.keras`, or else is an OpenVINO archive.
    """
    if PurePath(file_name).suffix == ".keras":
        scores = "model.predict_on_batch(pixels.astype(np.float32))[0]"
        return _KERAS % file_name + _FOR_EACH_PHOTO % scores
    return _OPENVINO % file_name + _FOR_EACH_PHOTO % 'network(pixels)["scores"][0]'
