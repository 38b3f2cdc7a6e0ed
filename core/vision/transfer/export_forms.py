"""The kinds of files that a trained classifier can be exported as."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec

from core.errors import InvalidInputError


@dataclass(frozen=True, slots=True)
class ExportForm:
    """A kind of file.

    Attributes
    ----------
    title : what those call it who use it.
    script : what the script is called that runs such a file.
    packages : distributions that writing and checking it need, with the module of each. An
        environment may lack them, since nothing else here needs them.
    """

    title: str
    script: str
    packages: Mapping[str, str] = field(default_factory=dict)

    def check_packages(self) -> None:
        """See to it that it can be written here.

        Raises
        ------
        InvalidInputError
            If a package is not installed.
        """
        missing = [name for name, module in self.packages.items() if find_spec(module) is None]
        if missing:
            raise InvalidInputError(
                f"Expected the packages that {self.title} needs. Received: an installation "
                f"without {', '.join(missing)}. Whoever runs this server can add them: "
                f"pip install {' '.join(missing)}."
            )


EXPORT_FORMS = {
    ".keras": ExportForm("Keras", "classify_keras.py"),
    ".zip": ExportForm("OpenVINO", "classify_openvino.py"),
    ".tflite": ExportForm("LiteRT", "classify_litert.py", {"ai-edge-litert": "ai_edge_litert"}),
    ".onnx": ExportForm(
        "ONNX",
        "classify_onnx.py",
        {"onnx": "onnx", "tf2onnx": "tf2onnx", "onnxruntime": "onnxruntime"},
    ),
}
"""By the suffix of their files."""
