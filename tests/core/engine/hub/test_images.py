"""TF-Hub image modules: SavedModel folders made on the spot, and a server that has one."""

from __future__ import annotations

import http.server
import io
import tarfile
import threading

import numpy as np
import pytest

from core import engine, zoo
from core.engine.hub.images import read_module
from core.errors import InvalidInputError, WeightsUnavailableError
from core.vision.classification import classify, embed
from core.vision.explanation import explain, methods

LOGITS, PROBABILITIES, BACKGROUND, VECTOR = "logits", "probabilities", "background", "vector"

KINDS = (LOGITS, PROBABILITIES, BACKGROUND, VECTOR)


def save(folder, kind, *, size=64, channels=3, dtype="float32"):
    """A tiny network as TensorFlow's SavedModel; returns its Keras model."""
    from core.zoo.keras_runtime import keras

    layers = keras().layers
    keras().utils.set_random_seed(0)
    inputs = layers.Input((size, size, channels), dtype=dtype)
    x = layers.Rescaling(4.0)(inputs)
    x = layers.Conv2D(8, 3, strides=2, activation="relu")(x)
    x = layers.GlobalAveragePooling2D()(x)
    if kind != VECTOR:
        width = 1000 if kind == PROBABILITIES else 1001
        x = layers.Dense(width, activation=None if kind == LOGITS else "softmax")(x)
    model = keras().Model(inputs, x)
    model.export(folder, verbose=False)
    return model


@pytest.fixture(scope="module")
def modules(tmp_path_factory):
    """Folders of modules by name, and their Keras models."""
    folder = tmp_path_factory.mktemp("modules")
    folders = {kind: save(folder / kind, kind) for kind in KINDS}
    folders["open_160"] = save(folder / "open_160", VECTOR, size=None)
    return folder, folders


@pytest.fixture
def hub(modules, monkeypatch):
    """A function that opens a module by name; their compiled forms lie beside them."""
    folder, models = modules
    monkeypatch.setenv("GRAFT_CACHE", str(folder / "cache"))

    def open_module(name):
        return engine.predictor(str(folder / name), precision="f32"), models[name]

    return open_module


@pytest.fixture(scope="module")
def photos():
    return np.random.default_rng(0).integers(0, 256, (2, 64, 64, 3)).astype(np.uint8)


def softmax(logits):
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def test_logits_with_a_background_class_become_a_thousand_probabilities(hub, photos):
    network, model = hub(LOGITS)
    scores, embedding = network(photos, "scores", "embedding")
    logits = np.asarray(model(photos / np.float32(255)))
    np.testing.assert_allclose(embedding, logits, atol=1e-4)
    np.testing.assert_allclose(scores, softmax(logits[:, 1:]), atol=1e-5)
    np.testing.assert_allclose(scores.sum(axis=1), 1, atol=1e-5)
    assert (network.info.classes, network.info.head, network.info.layers) == (1000, "other", ())


def test_probabilities_stay_as_they_are(hub, photos):
    network, model = hub(PROBABILITIES)
    (scores,) = network(photos, "scores")
    np.testing.assert_allclose(scores, np.asarray(model(photos / np.float32(255))), atol=1e-6)
    np.testing.assert_allclose(scores.sum(axis=1), 1, atol=1e-5)


def test_probabilities_are_shared_out_anew_without_the_background_class(hub, photos):
    network, model = hub(BACKGROUND)
    (scores,) = network(photos, "scores")
    objects = np.asarray(model(photos / np.float32(255)))[:, 1:]
    np.testing.assert_allclose(scores, objects / objects.sum(axis=1, keepdims=True), atol=1e-6)
    np.testing.assert_allclose(scores.sum(axis=1), 1, atol=1e-5)
    assert (objects.sum(axis=1) < 0.9999).all()


def test_a_feature_vector_embeds_but_does_not_classify(hub, photos, cat):
    network, model = hub(VECTOR)
    (embedding,) = network(photos, "embedding")
    np.testing.assert_allclose(embedding, np.asarray(model(photos / np.float32(255))), atol=1e-5)
    assert network.outputs == ("embedding",)
    assert embed([cat], backbone=network.name).shape == (1, 8)
    with pytest.raises(InvalidInputError, match="classifier"):
        classify(cat, backbone=network.name)


def test_a_module_of_any_size_gets_the_size_in_its_name(hub):
    network, model = hub("open_160")
    photo = np.random.default_rng(0).integers(0, 256, (1, 160, 160, 3)).astype(np.uint8)
    np.testing.assert_allclose(
        network(photo, "embedding")[0], np.asarray(model(photo / np.float32(255))), atol=1e-5
    )


def test_a_module_classifies_and_explains_photos(hub, cat):
    network, _ = hub(PROBABILITIES)
    answer = classify(cat, backbone=network.name)
    assert len(answer.labels) == 5 and answer.backbone == network.name
    assert methods(network.name) == ("occlusion",)
    assert explain(cat, backbone=network.name).values.shape == (12, 12)


def test_a_folder_that_is_no_saved_model_is_refused(own_cache, tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(InvalidInputError, match=r"saved_model\.pb"):
        engine.predictor(str(tmp_path / "empty"))


def test_a_damaged_saved_model_is_refused(own_cache, tmp_path):
    (tmp_path / "damaged").mkdir()
    (tmp_path / "damaged" / "saved_model.pb").write_bytes(b"\x08\x01damaged")
    with pytest.raises(InvalidInputError, match="is no SavedModel that OpenVINO can convert"):
        engine.predictor(str(tmp_path / "damaged"))


@pytest.mark.parametrize("options", [{"channels": 1}, {"dtype": "uint8"}], ids=["grey", "uint8"])
def test_a_module_that_takes_no_rgb_floats_is_refused(tmp_path, options):
    save(tmp_path / "other", VECTOR, **options)
    with pytest.raises(InvalidInputError, match="one input of photos"):
        read_module(zoo.image_network(str(tmp_path / "other")), tmp_path / "other")


def test_a_folder_that_is_not_there_is_named(own_cache, tmp_path):
    handle = str(tmp_path / "nothing")
    with pytest.raises(WeightsUnavailableError, match="nothing"):
        engine.predictor(handle)
    with pytest.raises(WeightsUnavailableError, match="no such folder"):
        list(zoo.fetch(zoo.network(handle)))


def test_a_changed_folder_needs_a_new_compiled_form(hub, modules):
    network, _ = hub(VECTOR)
    spec = zoo.image_network(network.name)
    assert engine.is_compiled(spec)
    (modules[0] / VECTOR / "saved_model.pb").touch()
    assert not engine.is_compiled(spec)


@pytest.fixture
def server(modules):
    """Serves the feature vector as TF-Hub does: packed, at its URL with a question mark."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        archive.add(modules[0] / VECTOR, arcname=".")

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            if self.path != "/google/tiny_064/1?tf-hub-format=compressed":
                return self.send_error(404)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(packed.getvalue())

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as httpd:
        threading.Thread(target=httpd.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{httpd.server_port}/google"
        httpd.shutdown()


def test_a_module_is_fetched_from_its_url(own_cache, server, photos):
    spec = zoo.network(f"{server}/tiny_064/1")
    with pytest.raises(WeightsUnavailableError, match=r"graft fetch http"):
        engine.predictor(spec.name)
    steps = list(zoo.fetch(spec))
    assert steps[-1].done == steps[-1].total
    assert zoo.is_on_disk(spec) and list(zoo.fetch(spec)) == []
    assert engine.predictor(spec.name)(photos, "embedding")[0].shape == (2, 8)
    assert [path.name for path in (own_cache / "hub").iterdir()] == [zoo.weights_path(spec).name]


def test_a_url_that_cannot_be_reached_is_named_with_what_tf_hub_says(own_cache):
    handle = "http://127.0.0.1:9/google/tiny_064/1"  # the discard port: nobody listens
    with pytest.raises(WeightsUnavailableError, match=r"tiny_064/1\. TF-Hub says.*refused"):
        list(zoo.fetch(zoo.network(handle)))
    assert list((own_cache / "hub").iterdir()) == []
