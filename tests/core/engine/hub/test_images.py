"""TF-Hub image modules: SavedModel folders made on the spot, and a server that has one."""

from __future__ import annotations

import io
import tarfile
from functools import partial

import numpy as np
import pytest

from core import engine, zoo
from core.engine.hub.images import read_module
from core.errors import InvalidInputError, WeightsUnavailableError
from core.media import fetching
from core.vision.classification import classify, embed
from core.vision.explanation import explain, methods
from tests.public_server import HOST, public_server, sends

LOGITS, PROBABILITIES, BACKGROUND, VECTOR = "logits", "probabilities", "background", "vector"

HANDLE = f"https://{HOST}/google/tiny_064/1"
PACKED = "/google/tiny_064/1?tf-hub-format=compressed"
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


def test_a_folder_is_named_as_it_was_typed(own_cache, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "empty").mkdir()
    with pytest.raises(InvalidInputError, match=r"Received: ~/empty$"):
        engine.predictor("~/empty")


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
def server(modules, monkeypatch):
    """Serves the feature vector as TF-Hub does: packed, at its URL with a question mark."""
    with public_server() as started:
        started.answers[PACKED] = sends(packed(modules[0] / VECTOR))
        monkeypatch.setattr(fetching, "opened", partial(fetching.opened, network=started.network))
        yield started


def packed(folder) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        archive.add(folder, arcname=".")
    return buffer.getvalue()


def test_a_module_is_fetched_from_its_url(own_cache, server, photos):
    spec = zoo.network(HANDLE)
    with pytest.raises(WeightsUnavailableError, match=r"graft fetch https"):
        engine.predictor(spec.name)
    steps = list(zoo.fetch(spec))
    assert steps[-1].done == steps[-1].total
    assert zoo.is_on_disk(spec) and list(zoo.fetch(spec)) == []
    assert engine.predictor(spec.name)(photos, "embedding")[0].shape == (2, 8)
    assert [path.name for path in (own_cache / "hub").iterdir()] == [zoo.weights_path(spec).name]


@pytest.mark.parametrize("url", [HANDLE, f"{HANDLE}?a=b"])
def test_a_module_is_asked_for_packed_after_a_redirect_too(own_cache, server, url):
    server.answers |= {
        "/google/tiny_064/1?a=b&tf-hub-format=compressed": server.answers[PACKED],
        PACKED: sends(b"", 302, Location="/stored"),
        "/stored": server.answers[PACKED],
    }
    list(zoo.fetch(zoo.network(url)))
    assert zoo.is_on_disk(zoo.network(url))


@pytest.mark.parametrize(
    ("url", "says"),
    [
        (f"http://{HOST}/google/tiny_064/1", "starts with https://"),
        (f"ftp://{HOST}/google/tiny_064/1", "starts with https://"),
        ("https://inside.example/tiny_064/1", "public internet"),
        (f"https://{HOST}:8443/tiny_064/1", "port 443"),
        (f"https://{HOST}/tiny_064/2", r"tiny_064/2\. .*404"),
        (f"https://{HOST}/moved", "public internet"),
    ],
)
def test_urls_of_modules_keep_to_the_rules_of_links(own_cache, server, url, says):
    server.names["inside.example"] = ["10.0.0.1"]
    server.answers |= {
        "/tiny_064/2?tf-hub-format=compressed": sends(b"", 404),
        "/moved?tf-hub-format=compressed": sends(b"", 302, Location="https://inside.example/"),
    }
    with pytest.raises(WeightsUnavailableError, match=says):
        list(zoo.fetch(zoo.network(url)))
    assert list(own_cache.glob("hub/*")) == []


def test_a_module_larger_than_a_download_may_be_is_not_kept(own_cache, server, monkeypatch):
    monkeypatch.setattr("core.zoo.downloads._MOST_BYTES", 100)
    with pytest.raises(WeightsUnavailableError, match="at most 100 bytes"):
        list(zoo.fetch(zoo.network(HANDLE)))
    assert list((own_cache / "hub").iterdir()) == []


@pytest.mark.parametrize("data", [b"", b"no module", b"\x1f\x8bno module"])
def test_what_is_no_module_is_not_kept(own_cache, server, data):
    server.answers[PACKED] = sends(data)
    with pytest.raises(WeightsUnavailableError, match="TF-Hub module as a tar file"):
        list(zoo.fetch(zoo.network(HANDLE)))
    assert list((own_cache / "hub").iterdir()) == []
