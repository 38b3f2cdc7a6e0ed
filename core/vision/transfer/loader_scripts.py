"""Scripts that go with an exported classifier and need nothing of this project."""

from __future__ import annotations

from pathlib import PurePath

from core.vision.transfer.export_forms import EXPORT_FORMS

PACKAGE, PREPARATION = "graft_photos", "core.vision.preparation"
"""What exported files carry to prepare photos, so that scripts do it as this project does."""
DETECTION = "core.learning.novelty"
"""What they carry to say of a photo that it shows none of the classes."""

_FOR_EACH_PHOTO = """\
novelty = NoveltyDetector.from_json(file.read(NOVELTY)) if NOVELTY in file.namelist() else None
for path in sys.argv[1:]:
    try:
        pixels = prepare(Path(path).read_bytes(), size)[None]
    except (OSError, ValueError) as err:
        sys.exit(f"{path}: {err}")
%s
    if novelty is not None and novelty.is_novel(embedding)[0]:
        print("none of these; if it had to be one of them:")
    scores = scores[0]
    for i in np.argsort(-scores):
        print(f"{scores[i]:.6f}  {classes[i]}")
"""

_BY_KERAS = """\
    scores, embedding = network.predict_on_batch(pixels.astype(np.float32))"""

_BY_OPENVINO = """\
    answer = network(pixels)
    scores, embedding = answer["scores"], answer["embedding"]"""

_BY_LITERT = """\
    answer = network(photo=pixels.astype(np.float32))
    scores, embedding = answer["scores"], answer["embedding"]"""

_BY_ONNX = """\
    photos = pixels.astype(np.float32)
    scores, embedding = network.run(["scores", "embedding"], {"photos": photos})"""

_KERAS = '''\
"""Classify photos: python classify_keras.py PHOTO ...

Needs: pip install keras tensorflow "pillow>=12" numpy
For HEIC also pillow-heif, for TIFFs of unusual numbers tifffile.
"""
import json, os, sys, zipfile
from pathlib import Path
os.environ["KERAS_BACKEND"] = "tensorflow"
import keras, numpy as np

file = Path(__file__).with_name("%s")  # takes RGB of 0..255: preprocessing is inside
sys.path.insert(0, str(file))  # which carries the modules that read and crop a photo, too
from graft_photos.learning.novelty import NOVELTY, NoveltyDetector
from graft_photos.vision.preparation import prepare

model = keras.saving.load_model(file)
network = keras.Model(model.input, [model.output, model.layers[-1].input])
file = zipfile.ZipFile(file)
classes = json.loads(file.read("labels.json"))
size = model.input_shape[1]
'''

_OPENVINO = '''\
"""Classify photos: python %s PHOTO ...

Needs: pip install openvino "pillow>=12" numpy
For HEIC also pillow-heif, for TIFFs of unusual numbers tifffile.
"""
import json, sys, zipfile
from pathlib import Path
import numpy as np, openvino as ov

path = Path(__file__).%s  # takes RGB of 0..255, uint8
sys.path.insert(0, str(path))  # it carries the modules that read and crop a photo, too
from graft_photos.learning.novelty import NOVELTY, NoveltyDetector
from graft_photos.vision.preparation import prepare

file = zipfile.ZipFile(path)
graph = ov.Core().read_model(file.read("model.xml"), file.read("model.bin"))
network = ov.Core().compile_model(graph, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
classes = json.loads(file.read("labels.json"))
size = network.inputs[0].partial_shape[1].get_length()
'''

# One photo at a time: phones and microcontrollers want an input of a fixed shape
_LITERT = '''\
"""Classify photos: python classify_litert.py PHOTO ...

Needs: pip install ai-edge-litert "pillow>=12" numpy
For HEIC also pillow-heif, for TIFFs of unusual numbers tifffile.
"""
import json, sys, zipfile
from pathlib import Path
import numpy as np
from ai_edge_litert.interpreter import Interpreter

file = Path(__file__).with_name("%s")  # takes RGB of 0..255: preprocessing is inside
sys.path.insert(0, str(file))  # a ZIP file as well, with modules that read and crop a photo
from graft_photos.learning.novelty import NOVELTY, NoveltyDetector
from graft_photos.vision.preparation import prepare

network = Interpreter(str(file)).get_signature_runner()
size = int(network.get_input_details()["photo"]["shape"][1])
file = zipfile.ZipFile(file)
classes = json.loads(file.read("labels.json"))
'''

_ONNX = '''\
"""Classify photos: python classify_onnx.py PHOTO ...

Needs: pip install onnxruntime "pillow>=12" numpy
For HEIC also pillow-heif, for TIFFs of unusual numbers tifffile.
"""
import json, sys, zipfile
from pathlib import Path
import numpy as np, onnxruntime as ort

file = Path(__file__).with_name("%s")  # takes RGB of 0..255: preprocessing is inside
sys.path.insert(0, str(file))  # a ZIP file as well, with modules that read and crop a photo
from graft_photos.learning.novelty import NOVELTY, NoveltyDetector
from graft_photos.vision.preparation import prepare

network = ort.InferenceSession(file, providers=["CPUExecutionProvider"])
size = network.get_inputs()[0].shape[1]
file = zipfile.ZipFile(file)
classes = json.loads(file.read("labels.json"))
'''

_SCRIPTS = {
    ".keras": (_KERAS, _BY_KERAS),
    ".tflite": (_LITERT, _BY_LITERT),
    ".onnx": (_ONNX, _BY_ONNX),
}


def loader_script(file_name: str) -> str:
    """A Python script that classifies photos with an exported file beside it.

    Parameters
    ----------
    file_name : what the file is called; its suffix is one of `EXPORT_FORMS`.
    """
    suffix = PurePath(file_name).suffix
    if suffix == ".zip":
        return _openvino(EXPORT_FORMS[suffix].script, f'with_name("{file_name}")')
    opening, answers = _SCRIPTS[suffix]
    return opening % file_name + _FOR_EACH_PHOTO % answers


def main_script() -> str:
    """The script inside an OpenVINO archive, which `python model.zip PHOTO` runs."""
    return _openvino("model.zip", "parent")


def _openvino(name: str, place: str) -> str:
    return _OPENVINO % (name, place) + _FOR_EACH_PHOTO % _BY_OPENVINO
