"""What tests of several modules share."""

from __future__ import annotations

import gc
import io
import os
import signal
import socket
import struct
import subprocess
import sys
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import requests
from PIL import Image
from skimage import data

ROOT = Path(__file__).parents[1]
os.environ["GRAFT_DEVICE"] = "cpu"  # the same tests with and without a GPU
# A process of tests uses more networks than any visitor, and has millions of objects of libraries
# that a collection would look through again and again: together a sixth of the time.
_BUDGET = "GRAFT_MEMORY_BUDGET_MIB"
os.environ.setdefault(_BUDGET, "2048")
gc.set_threshold(100_000, 20, 100)
pytest_plugins = [
    "pytester",
    "tests.database_servers",
    "tests.no_skips",
    "tests.scheduling",
    "tests.kept_classifiers",
]
_MAIN = sys.modules["__main__"]
TIMEOUTS_S = {"slow": 1800, "browser": 300}  # the latter wait for a browser, a server, a training


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Some tests may take longer than pyproject.toml allows the others."""
    for item in items:
        for marker, timeout_s in TIMEOUTS_S.items():
            if item.get_closest_marker(marker):
                item.add_marker(pytest.mark.timeout(timeout_s))


@pytest.fixture(autouse=True)
def main_stays_the_same() -> Iterator[None]:
    """Streamlit puts pages in its place, which processes that are spawned later would import."""
    yield
    sys.modules["__main__"] = _MAIN


@pytest.fixture(scope="session", autouse=True)
def networks_are_measured_briefly() -> Iterator[None]:
    """Each comparison would compute for ten seconds otherwise, so that its figures are steady."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("core.vision.comparison._ROUNDS", 2)
        patch.setattr("core.vision.comparison._MIN_SECONDS", 0.0)
        yield


@pytest.fixture(scope="session", autouse=True)
def projects_of_tests_are_their_own(tmp_path_factory) -> Iterator[None]:
    """Nothing is saved among, and nothing swept from, the projects of whoever runs the tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRAFT_DATA", str(tmp_path_factory.mktemp("data")))
        yield


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of data sets beside the project."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("needs the data sets in shared/data beside the repository")
    return folder


@pytest.fixture
def own_cache(tmp_path, monkeypatch) -> Path:
    """An empty disk cache for one test, with Keras's own folder out of sight."""
    monkeypatch.setenv("GRAFT_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(Path, "home", lambda: tmp_path / "home")
    for name in ("GRAFT_OFFLINE", "GRAFT_MIRROR"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path / "cache"


@pytest.fixture(scope="session")
def python() -> Callable[..., str]:
    """A function that runs code in a fresh interpreter and returns what it printed."""

    def run(code: str, *arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "-c", code, *arguments],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


@pytest.fixture(scope="session")
def encode() -> Callable[[np.ndarray], bytes]:
    """A function that makes a PNG file of (H, W, 3) uint8 pixels."""

    def png(pixels: np.ndarray) -> bytes:
        buffer = io.BytesIO()
        Image.fromarray(pixels).save(buffer, "PNG")
        return buffer.getvalue()

    return png


@pytest.fixture(scope="session")
def cat(encode) -> bytes:
    """A photo of a cat, 451 x 300 pixels."""
    return encode(data.chelsea())


@pytest.fixture(scope="session")
def crops(encode) -> list[bytes]:
    """Twenty different photos: pieces of three photos."""
    photos = (data.chelsea(), data.astronaut(), data.coffee())
    return [encode(photos[i % 3][5 * i : 5 * i + 200, 7 * i : 7 * i + 180]) for i in range(20)]


@pytest.fixture(scope="session")
def greys() -> Callable[[int], Any]:
    """A function that makes a data set of so many noisy pictures of each of two greys."""
    from core.media import encode_jpeg
    from core.vision.transfer.datasets import ImageDataset

    def make(count: int) -> ImageDataset:
        rng = np.random.default_rng(0)

        def picture(level: int) -> bytes:
            noise = rng.normal(0, 20, (60, 60, 3))
            return encode_jpeg((level + noise).clip(0, 255).astype(np.uint8))

        return ImageDataset.from_classes(
            {
                name: [(f"{name}{i}", picture(level)) for i in range(count)]
                for name, level in (("dark", 60), ("light", 200))
            }
        )

    return make


@pytest.fixture(scope="session")
def images() -> np.ndarray:
    """(3, 224, 224, 3) uint8: two photos and noise."""
    photos = [data.chelsea()[40:264, 100:324], data.astronaut()[:224, 100:324]]
    noise = np.random.default_rng(0).integers(0, 256, (224, 224, 3))
    return np.stack([*photos, noise]).astype(np.uint8)


@pytest.fixture(scope="session")
def lite0() -> Any:
    """EfficientNet-Lite0 compiled, in f32."""
    from core import engine

    return engine.predictor("efficientnet_lite0", precision="f32")


@pytest.fixture(scope="session")
def keras_lite0() -> Any:
    """EfficientNet-Lite0 in Keras; photos go in preprocessed."""
    from core import zoo
    from core.engine import conversion

    spec = zoo.image_network("efficientnet_lite0")
    return conversion.build(spec, zoo.weights_path(spec))


@pytest.fixture(scope="session")
def keras_outputs(keras_lite0) -> Callable[..., list[np.ndarray]]:
    """A function from uint8 photos and layer names to what Keras computes, in plain steps."""
    from core.zoo.keras_runtime import keras

    def run(images: np.ndarray, *layers: str) -> list[np.ndarray]:
        outputs = {name: keras_lite0.get_layer(name).output for name in layers}
        network = keras().Model(keras_lite0.input, outputs)
        results = network((images.astype(np.float32) - 127) / 128, training=False)
        return [np.asarray(results[name]) for name in layers]

    return run


class Server:
    """The real server, in a process group of its own, on a free port.

    `folder` holds its log and, in `scratch`, its temporary files; `{url}` in a variable of its
    environment is where it is.
    """

    def __init__(self, folder: Path, environment: dict[str, str], script: str = "app.py") -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        self._log = folder / "log.txt"
        self.scratch = folder / "scratch"
        self.scratch.mkdir()
        own = {"TMPDIR": str(self.scratch), "GRAFT_DATA": str(folder / "data")}
        shared = {name: text for name, text in os.environ.items() if name != _BUDGET}
        with_url = {name: text.replace("{url}", self.url) for name, text in environment.items()}
        command = [sys.executable, "-m", "streamlit", "run", script, f"--server.port={port}"]
        # the agent API runs a page as a browser would and answers with what is on it
        command += ["--server.address=127.0.0.1", "--server.enableAgentApi=true"]
        with self._log.open("wb") as output:
            self.process = subprocess.Popen(
                command,
                cwd=ROOT,
                env={**shared, **own, **with_url},
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._wait(port)

    def _wait(self, port: int) -> None:
        """Until the port is open, which asks the server for nothing."""
        until = time.monotonic() + 60
        while time.monotonic() < until and self.is_alive:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return
            time.sleep(0.05)
        self.stop()
        raise RuntimeError(f"the server did not start:\n{self.log}")

    @property
    def log(self) -> str:
        """What the server has written so far."""
        return self._log.read_text("utf-8", errors="replace")

    @property
    def is_alive(self) -> bool:
        """Whether the process still runs."""
        return self.process.poll() is None

    @property
    def has_tensorflow(self) -> bool:
        """Whether TensorFlow's libraries are mapped into the process."""
        return "libtensorflow" in Path(f"/proc/{self.process.pid}/maps").read_text()

    @property
    def classifiers(self) -> list[Path]:
        """The files of trained classifiers that it holds at the moment."""
        return list(self.scratch.glob("graft-*/form"))

    def draw(self, page: str = "", **settings: str) -> dict[str, Any]:
        """What the agent API says a new visitor finds on a page."""
        query = {"page": page, "query_params": {k: [v] for k, v in settings.items()}}
        answer = requests.post(f"{self.url}/_stcore/agent/interact", json=query, timeout=60)
        answer.raise_for_status()
        return answer.json()

    def stop(self) -> None:
        """End the process and all that it has started."""
        for sign in (signal.SIGTERM, signal.SIGKILL):
            if self.is_alive:
                os.killpg(self.process.pid, sign)
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                continue
            return


@pytest.fixture(scope="session")
def serving(tmp_path_factory) -> Callable[..., AbstractContextManager[Server]]:
    """A context in which a server runs, with environment variables as given.

    Of the classifiers that were trained there, nothing may stay.
    """

    @contextmanager
    def run(script: str = "app.py", **environment: str) -> Iterator[Server]:
        started = Server(tmp_path_factory.mktemp("server"), environment, script)
        try:
            yield started
        finally:
            started.stop()
        assert started.classifiers == []

    return run


@pytest.fixture
def start_server(serving) -> Iterator[Callable[..., Server]]:
    """A function that starts a server for this test alone, with environment variables as given."""
    with ExitStack() as stack:
        yield lambda **environment: stack.enter_context(serving(**environment))


@pytest.fixture(scope="session")
def server(serving) -> Iterator[Server]:
    """One server that tests share."""
    with serving() as shared:
        yield shared


@pytest.fixture(scope="session")
def pack() -> Callable[[dict[str, bytes]], bytes]:
    """A function that makes a ZIP file of named files."""

    def make(files: dict[str, bytes]) -> bytes:
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in files.items():
                archive.writestr(name, data)
        return buffer.getvalue()

    return make


@pytest.fixture(scope="session")
def text_modules(tmp_path_factory) -> Path:
    """Folders of SavedModels: a text embedding as a TF-Hub module is, and one that adds numbers."""
    from core.zoo.keras_runtime import tensorflow

    tf = tensorflow()

    class Lengths(tf.Module):
        @tf.function(input_signature=[tf.TensorSpec([None], tf.string)])
        def __call__(self, texts):
            count = tf.cast(tf.strings.length(texts), tf.float32)
            return tf.stack([count, tf.ones_like(count)], axis=1)

    class Sums(tf.Module):
        @tf.function(input_signature=[tf.TensorSpec([None], tf.float32)])
        def __call__(self, numbers):
            return tf.reduce_sum(numbers)

    folder = tmp_path_factory.mktemp("text_modules")
    tf.saved_model.save(Lengths(), str(folder / "lengths"))
    tf.saved_model.save(Sums(), str(folder / "sums"))
    return folder


@pytest.fixture(scope="session")
def odd_files(cat, pack) -> dict[str, bytes]:
    """What visitors hand over by mistake or on purpose, by the name it comes under."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        check = zlib.crc32(kind + body)
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", check)

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0))
    rows = chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")
    return {
        "empty.png": b"",
        "text.jpg": b"Dear diary, today I renamed a letter.",
        "truncated.png": cat[: len(cat) // 3],
        "vast.png": b"\x89PNG\r\n\x1a\n" + header + rows,
        "drawing.svg": b'<svg xmlns="http://www.w3.org/2000/svg"><rect width="9"/></svg>',
        "bomb.zip": pack({"zeros.png": bytes(64 << 20)}),
        "climbing.zip": pack({"../../cat.png": cat}),
        "damaged.zip": pack({"cat.png": cat})[:-40],
        "letters.zip": pack({"letter.txt": b"Dear diary"}),
    }
