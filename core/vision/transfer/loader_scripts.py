"""Scripts that go with an exported classifier and need nothing of this project."""

from __future__ import annotations

from pathlib import PurePath

from core.vision.transfer.export_forms import EXPORT_FORMS

PACKAGE, PREPARATION = "graft_photos", "core.vision.preparation"
"""What exported files carry to prepare photos, so that scripts do it as this project does."""

_FOR_EACH_PHOTO = """\
for path in sys.argv[1:]:
    try:
        pixels = prepare(Path(path).read_bytes(), size)[None]
    except (OSError, ValueError) as err:
        sys.exit(f"{path}: {err}")
    scores = %s
    for i in np.argsort(-scores):
        print(f"{scores[i]:.6f}  {classes[i]}")
"""

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
from graft_photos.vision.preparation import prepare

model = keras.saving.load_model(file)
classes = json.loads(zipfile.ZipFile(file).read("labels.json"))
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
from graft_photos.vision.preparation import prepare

network = Interpreter(str(file))
network.allocate_tensors()
(inputs,), (outputs,) = network.get_input_details(), network.get_output_details()
classes = json.loads(zipfile.ZipFile(file).read("labels.json"))
size = int(inputs["shape"][1])

def predict(pixels):
    network.set_tensor(inputs["index"], pixels)
    network.invoke()
    return network.get_tensor(outputs["index"])[0]

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
from graft_photos.vision.preparation import prepare

network = ort.InferenceSession(file, providers=["CPUExecutionProvider"])
(inputs,) = network.get_inputs()
classes = json.loads(zipfile.ZipFile(file).read("labels.json"))
size = inputs.shape[1]
'''

_SCRIPTS = {
    ".keras": (_KERAS, "model.predict_on_batch(pixels.astype(np.float32))[0]"),
    ".tflite": (_LITERT, "predict(pixels.astype(np.float32))"),
    ".onnx": (_ONNX, "network.run(None, {inputs.name: pixels.astype(np.float32)})[0][0]"),
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
    opening, scores = _SCRIPTS[suffix]
    return opening % file_name + _FOR_EACH_PHOTO % scores


def main_script() -> str:
    """The script inside an OpenVINO archive, which `python model.zip PHOTO` runs."""
    return _openvino("model.zip", "parent")


def _openvino(name: str, place: str) -> str:
    return _OPENVINO % (name, place) + _FOR_EACH_PHOTO % 'network(pixels)["scores"][0]'
