"""`python -m core.vision.exported`: what must happen to an exported file in a clean process.

`open FILE FOLDER` opens a `.keras` file in Keras's safe mode and writes what a `TrainedModel`
needs into FOLDER; `predict FILE PIXELS ANSWERS` runs it by Keras alone.
"""

from __future__ import annotations

import json
import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from core.vision.trained_model import write_model
from core.zoo.keras_runtime import keras

_BATCH = 32


def main(arguments: Sequence[str]) -> int:
    """Run a command; what goes wrong is the last line of the error output."""
    command, file, *paths = arguments
    model = keras().models.load_model(file, safe_mode=True)
    if command == "open":
        with zipfile.ZipFile(file) as archive:
            classes = tuple(json.loads(archive.read("labels.json")))
        write_model(model, classes, Path(paths[0]))
    else:
        pixels = np.load(paths[0]).astype(np.float32)
        batches = [pixels[start : start + _BATCH] for start in range(0, len(pixels), _BATCH)]
        np.save(paths[1], np.concatenate([model.predict_on_batch(batch) for batch in batches]))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
