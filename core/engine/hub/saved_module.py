"""SavedModels of TF-Hub that only TensorFlow itself can run."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

from core.errors import InvalidInputError
from core.zoo.keras_runtime import tensorflow
from core.zoo.sources import bytes_in


class SavedModule:
    """A SavedModel, run one call at a time; what it takes and gives is up to its children.

    Parameters
    ----------
    name : what the visitor typed.
    folder : a SavedModel.

    Attributes
    ----------
    expected : str
        What a module of this kind is, what goes in and what comes out.
    name : str
    bytes : int
        What it takes in memory, about.

    Raises
    ------
    InvalidInputError
        If it is no SavedModel, or not of this kind.
    """

    expected: ClassVar[str]

    def __init__(self, name: str, folder: Path) -> None:
        tf = tensorflow()
        if not (folder / "saved_model.pb").exists():
            raise InvalidInputError(
                f"Expected a SavedModel folder, with a file saved_model.pb. Received: {name}"
            )
        self.name = name
        self.bytes = module_cost(folder)
        self._lock = threading.Lock()
        try:
            self._module = tf.saved_model.load(str(folder))  # it is gone when nobody holds it
            self._function = _callable_of(self._module)
            self._probe()
        except InvalidInputError:
            raise
        except Exception as err:
            raise InvalidInputError(
                f"Expected {self.expected}. "
                f"{name} cannot be used so: TensorFlow cannot open or run it. Choose another."
            ) from err

    def _probe(self) -> None:
        """Run the module once, and keep what is to be known of it."""
        raise NotImplementedError

    def _run(self, values: Any) -> Any:
        """What the module makes of one array."""
        tf = tensorflow()
        with self._lock:
            return self._function(tf.constant(values))

    def _refuse(self, received: str) -> InvalidInputError:
        return InvalidInputError(f"Expected {self.expected}. Received: {received}.")


def module_cost(folder: Path) -> int:
    """Bytes that a module takes, about: its variables and TensorFlow's copy of them."""
    return 2 * bytes_in(folder)


def _callable_of(module: Any) -> Callable[..., Any]:
    """The module itself, or the signature that modules of TensorFlow 1 have."""
    if callable(module):
        return module
    for name in ("default", "serving_default"):
        if name in module.signatures:
            return module.signatures[name]
    raise InvalidInputError(
        "Expected a module that can be called, or with a signature `default`. "
        f"Received: {sorted(module.signatures)}."
    )
