"""The one place where TensorFlow is imported."""

from __future__ import annotations

import gc
import os
from functools import cache
from types import ModuleType
from typing import Any


@cache
def tensorflow() -> ModuleType:
    """Import TensorFlow, safely and once; takes seconds.

    pylibsrtp, which live video brings into the process, must be loaded before TensorFlow:
    the other order is a segmentation fault.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    import pylibsrtp  # noqa: F401
    import tensorflow as tf

    for gpu in tf.config.list_physical_devices("GPU"):
        tf.config.experimental.set_memory_growth(gpu, True)
    gc.freeze()  # a quarter of a million objects that stay: a collection takes 0.2 s with them
    return tf


def keras() -> ModuleType:
    """Import Keras on TensorFlow; see `tensorflow`."""
    tensorflow()
    import keras

    return keras


def tflite_schema() -> ModuleType:
    """Import what reads the parts of a TensorFlow Lite file; see `tensorflow`."""
    tensorflow()
    from tensorflow.lite.python import schema_py_generated

    return schema_py_generated


def with_constants(function: Any) -> Any:
    """A concrete function of TensorFlow with its variables as constants; see `tensorflow`."""
    tensorflow()
    from tensorflow.python.framework.convert_to_constants import (
        convert_variables_to_constants_v2,
    )

    return convert_variables_to_constants_v2(function)
