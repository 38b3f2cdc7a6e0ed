"""The compiled network against the Keras model that it came from."""

from __future__ import annotations

import json
import resource
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from core import engine, zoo
from core.engine import compiled, conversion
from core.engine.backends import TensorFlowBackend
from core.engine.layers import write_layers
from core.engine.predictor import MAX_BATCH, Predictor
from core.errors import (
    CacheError,
    InvalidInputError,
    UnknownNameError,
    WeightsUnavailableError,
    WorkerError,
)
from core.settings import settings
from tests.waiting import SLACK


def test_scores_and_embedding_are_those_of_keras(lite0, keras_outputs, images):
    scores, embedding = lite0(images, "scores", "embedding")
    expected = keras_outputs(images, "predictions", "avg_pool")
    np.testing.assert_allclose(scores, expected[0], atol=1e-5)
    np.testing.assert_allclose(embedding, expected[1], atol=1e-5)


@pytest.mark.parametrize("layer", ["stem_conv", "block1a_project_bn", "block4a_expand_activation"])
def test_the_activation_of_any_layer_is_that_of_keras(keras_outputs, images, layer):
    network = engine.predictor("efficientnet_lite0", layer=layer, precision="f32")
    (expected,) = keras_outputs(images, layer)
    (values,) = network(images, layer)
    assert network.outputs == (layer,)
    np.testing.assert_allclose(values, expected, atol=1e-4 * np.abs(expected).max())


def test_the_linear_head_is_that_of_keras(lite0, keras_lite0):
    kernel, _ = keras_lite0.get_layer("predictions").get_weights()
    np.testing.assert_array_equal(lite0.head_kernel, kernel)


RANDOM = [  # what is hard about each
    "mobilenet_v3_small",  # a head of convolutions, layers with numbers for names
    pytest.param("nasnet_mobile", marks=pytest.mark.slow),  # 769 layers
    pytest.param("convnext_tiny", marks=pytest.mark.slow),  # networks within the network
    pytest.param("densenet121", marks=pytest.mark.slow),
    pytest.param("vgg16", marks=pytest.mark.slow),  # BGR, and a Flatten of its own
]


@pytest.mark.parametrize("name", RANDOM)
@pytest.mark.filterwarnings("ignore:`input_shape` is undefined:UserWarning")  # MobileNetV3
def test_an_untrained_network_of_keras_is_converted_faithfully(name, monkeypatch, tmp_path, images):
    from core.zoo.keras_runtime import keras

    spec = zoo.image_network(name)
    model = conversion.build(spec, None)
    rng = np.random.default_rng(0)
    for variable in model.trainable_weights:  # Keras's own vanish on their way through
        if "kernel" in variable.name:
            fan_in = np.prod(variable.shape[: 2 if "depthwise" in variable.path else -1])
            variable.assign(rng.normal(0, np.sqrt(2 / fan_in), variable.shape))
    monkeypatch.setattr(zoo, "weights_path", lambda spec: None)
    monkeypatch.setattr(conversion, "build", lambda spec, weights: model)
    conversion.convert(spec, tmp_path)
    form = compiled.CompiledForm(tmp_path)
    labels = zoo.class_labels(spec)
    network = Predictor(spec.name, form, labels=labels, precision="f32")

    steps = spec.preprocessing
    photos = images[..., ::-1] if steps.channels == "BGR" else images
    prepared = ((photos - np.array(steps.mean)) / np.array(steps.scale)).astype(np.float32)
    layers = (spec.embedding_layer, spec.feature_layers[-1], spec.feature_layers[0])
    outputs = [model.output, *(model.get_layer(layer).output for layer in layers)]
    expected = keras().Model(model.inputs[0], outputs)(prepared, training=False)
    scores, embedding, features, early = (np.asarray(value) for value in expected)

    def same(received, wanted):
        assert np.ptp(wanted) > 0
        wanted = wanted.reshape(received.shape)
        np.testing.assert_allclose(received, wanted, atol=1e-4 * np.abs(wanted).max())

    for received, wanted in zip(
        network(images, "scores", "embedding", spec.feature_layers[-1]),
        (scores, embedding, features),
        strict=True,
    ):
        same(received, wanted)
    layer = spec.feature_layers[0]
    one = Predictor(spec.name, form, labels=labels, layer=layer, precision="f32")
    same(one(images, layer)[0], early)


@pytest.mark.parametrize(
    "photos",
    [
        np.zeros((1, 224, 224, 3), np.float32),
        np.zeros((1, 223, 224, 3), np.uint8),
        np.zeros((224, 224, 3), np.uint8),
        np.zeros((1, 224, 224, 4), np.uint8),
        np.zeros((0, 224, 224, 3), np.uint8),
    ],
    ids=["type", "size", "no batch", "channels", "nothing"],
)
def test_photos_of_another_shape_or_type_are_refused(lite0, photos):
    with pytest.raises(InvalidInputError, match=r"\(N, 224, 224, 3\)"):
        lite0(photos, "scores")


def test_an_unknown_layer_suggests_close_ones():
    with pytest.raises(UnknownNameError, match=r"Did you mean.*top_activation"):
        engine.predictor("efficientnet_lite0", layer="top_activations", precision="f32")


def test_an_output_that_was_cut_off_is_refused_before_it_reaches_a_batch(lite0, images):
    with pytest.raises(UnknownNameError, match="scores"):
        lite0(images, "score")


def test_an_unknown_precision_is_refused():
    with pytest.raises(InvalidInputError, match="native or f32"):
        engine.predictor("efficientnet_lite0", precision="f16")


def test_batches_of_any_size_give_the_rows_of_single_photos(lite0, images):
    many = np.concatenate([images] * (MAX_BATCH // 2))  # more than one batch
    together = lite0(many, "embedding")[0]
    single = [lite0(photo[None], "embedding")[0][0] for photo in images]
    np.testing.assert_allclose(together, np.stack(single * (MAX_BATCH // 2)), atol=1e-5)


def test_photos_need_not_be_contiguous_or_writable(lite0, images):
    expected = lite0(images, "scores")[0]
    view = np.asfortranarray(images)
    view.flags.writeable = False
    np.testing.assert_array_equal(lite0(view, "scores")[0], expected)


def test_threads_that_want_different_outputs_get_their_own(lite0, images):
    names = ("scores", "embedding", "top_activation")
    expected = dict(zip(names, lite0(images, *names), strict=True))
    start = threading.Barrier(12, timeout=10)

    def ask(i):
        start.wait()
        name, row = names[i % 3], i // 3 % 3
        return name, row, [lite0(images[row : row + 1], name)[0] for _ in range(5)]

    with ThreadPoolExecutor(12) as pool:
        for name, row, results in pool.map(ask, range(12)):
            for values in results:
                np.testing.assert_allclose(values[0], expected[name][row], atol=1e-4)


def test_a_result_is_not_overwritten_by_the_next_call(lite0, images):
    first = lite0(images[:1], "scores")[0]
    kept = first.copy()
    lite0(images[1:2], "scores")
    np.testing.assert_array_equal(first, kept)


def test_in_f32_products_are_computed_in_f32(lite0):
    assert lite0.precision == "f32"


def test_the_same_network_is_opened_once():
    first = engine.predictor("efficientnet_lite0", precision="f32")
    assert engine.predictor("efficientnet_lite0", precision="f32") is first
    assert engine.predictor("efficientnet_lite0", precision="native") is not first


def test_what_is_known_of_a_network_agrees_with_the_table(lite0):
    spec, info = zoo.image_network("efficientnet_lite0"), lite0.info
    assert (info.input_size, info.classes, info.head) == (224, 1000, "linear")
    assert info.features == spec.feature_layers[-1] and set(spec.feature_layers) < set(
        info.layer_names
    )
    assert info.parameters == pytest.approx(spec.parameters, rel=0.02)  # norms are folded
    assert info.weights_bytes == pytest.approx(4 * spec.parameters, rel=0.02)
    # 407 M by the authors' count: the page of the original, "EfficientNet-lite0"
    assert info.multiply_adds == pytest.approx(407e6, rel=0.06)


def test_a_network_counts_for_its_weights_twice_and_for_a_full_batch(lite0):
    info = lite0.info
    assert lite0.bytes > 2 * info.weights_bytes + MAX_BATCH * info.activation_bytes > 0


def test_the_layers_are_known_with_their_channels_and_sides_in_order_of_computation(lite0):
    info = lite0.info
    assert len(info.layers) == len(set(info.layer_names)) == 140
    first, last = info.layers[0], info.layer("top_activation")
    assert (first.name, first.channels, first.side) == ("stem_conv", 32, 112)
    assert (last, last.channels, last.side) == (info.layers[-1], 1280, 7)
    assert [info.stride(name) for name in zoo.image_network(lite0.name).feature_layers] == [
        *(2, 4, 8, 16, 32)
    ]
    with pytest.raises(UnknownNameError, match="Did you mean"):
        info.layer("top_activations")


def test_a_form_from_before_layers_were_kept_learns_them_from_its_graph_once(tmp_path, monkeypatch):
    kept = engine.compiled_form(zoo.image_network("efficientnet_lite0"))
    for name in ("model.xml", "model.bin", "head.npy"):
        (tmp_path / name).symlink_to(kept.place / name)
    stored = kept.info.as_json() | {"layers": ["stem_conv"]}  # as it was: names alone
    (tmp_path / "info.json").write_text(json.dumps(stored), "utf-8")
    assert compiled.CompiledForm(tmp_path).info == kept.info
    monkeypatch.setattr("core.engine.layers.openvino_core", None)  # nothing to open it with
    assert compiled.CompiledForm(tmp_path).info == kept.info


def test_tensorflow_gives_the_same_answers(lite0, images, monkeypatch):
    """Where there is no GPU it falls back to the CPU."""
    monkeypatch.setenv("GRAFT_DEVICE", "gpu")
    spec = zoo.image_network("efficientnet_lite0")
    network = Predictor(
        spec.name,
        engine.compiled_form(spec),
        labels=zoo.class_labels(spec),
        precision="native",
        spec=spec,
    )
    assert isinstance(network._backend, TensorFlowBackend)
    for received, expected in zip(
        network(images, "embedding", "scores"), lite0(images, "embedding", "scores"), strict=True
    ):
        np.testing.assert_allclose(received, expected, atol=1e-4)


def test_an_unknown_device_is_refused(monkeypatch):
    monkeypatch.setenv("GRAFT_DEVICE", "tpu")
    with pytest.raises(InvalidInputError, match="auto, cpu or gpu"):
        engine.device()


def test_a_second_process_answers_without_tensorflow_and_soon(lite0, python):
    code = """
import sys, time
began = time.perf_counter()
import numpy as np
from core import engine
network = engine.predictor("efficientnet_lite0")
network(np.zeros((1, 224, 224, 3), np.uint8), "scores")
print(time.perf_counter() - began, "tensorflow" in sys.modules)
"""
    took_s, tensorflow = python(code).split()
    assert tensorflow == "False"
    assert float(took_s) < 4 * SLACK  # about 1 on two idle cores


def test_a_network_without_weights_says_what_to_fetch(own_cache, monkeypatch):
    with pytest.raises(WeightsUnavailableError, match=r"graft fetch vgg19"):
        engine.predictor("vgg19")
    assert not engine.is_compiled(zoo.image_network("vgg19"))


def test_what_was_made_ready_in_another_folder_is_only_read(tmp_path, monkeypatch):
    specs = [zoo.network(name) for name in ("efficientnet_lite0", "birdnet")]  # installed; unpacked
    prepared = [engine.compiled_form(spec).place for spec in specs]
    (tmp_path / "file").touch()
    monkeypatch.setenv("GRAFT_NETWORKS", str(settings().cache))
    monkeypatch.setenv("GRAFT_CACHE", str(tmp_path / "file" / "cache"))  # nobody can make that
    assert all(zoo.is_on_disk(spec) and engine.is_compiled(spec) for spec in specs)
    assert [engine.compiled_form(spec).place for spec in specs] == prepared
    monkeypatch.delenv("GRAFT_NETWORKS")
    assert not zoo.is_on_disk(specs[1])
    assert not any(map(engine.is_compiled, specs))


def test_a_compiled_form_is_for_all_who_may_read_the_cache(tmp_path):
    """A container's image is filled by one user and run by another."""
    form = engine.compiled_form(zoo.image_network("efficientnet_lite0"))
    write_layers(form.read(), tmp_path, form.info.input_size)
    (tmp_path / "file").touch()
    assert len({path.stat().st_mode for path in tmp_path.iterdir()}) == 1


def test_a_failed_conversion_leaves_nothing_behind(own_cache, tmp_path, monkeypatch):
    spec = zoo.image_network("mobilenet")  # its publisher gives no checksum
    weights = own_cache / "downloads" / spec.weights.url.rsplit("/", 1)[-1]
    weights.parent.mkdir(parents=True)
    weights.write_bytes(b"not HDF5")
    monkeypatch.setattr(compiled, "sys", type("Sys", (), {"executable": "false"}))
    with pytest.raises(RuntimeError, match="converting mobilenet failed"):
        engine.compiled_form(spec)
    assert list((own_cache / "compiled").iterdir()) == []
    assert not engine.is_compiled(spec)


def test_a_conversion_that_is_killed_is_a_sentence(own_cache, tmp_path, monkeypatch):
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\nkill -9 $$\n")
    python.chmod(0o755)
    spec = zoo.image_network("efficientnet_lite0")
    with monkeypatch.context() as patch:
        patch.setattr(compiled, "sys", type("Sys", (), {"executable": str(python)}))
        with pytest.raises(WorkerError, match="memory of this machine ran out"):
            engine.compiled_form(spec)
    assert list((own_cache / "compiled").iterdir()) == []


def test_a_cache_that_cannot_be_written_is_a_sentence(own_cache):
    spec = zoo.image_network("efficientnet_lite0")
    own_cache.mkdir()
    (own_cache / "compiled").touch()  # where a folder has to be
    with pytest.raises(CacheError, match="keep EfficientNet-Lite0 compiled") as refused:
        engine.compiled_form(spec)
    assert str(own_cache) not in str(refused.value)


def test_a_disk_that_is_full_is_a_sentence_and_the_next_one_answers(own_cache):
    """The limit is one of the operating system, and holds for the process that converts."""
    spec = zoo.image_network("efficientnet_lite0")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (8 << 20, hard))
    try:
        with pytest.raises(CacheError, match="keep EfficientNet-Lite0 compiled") as refused:
            engine.compiled_form(spec)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert str(own_cache) not in str(refused.value)
    assert list((own_cache / "compiled").iterdir()) == []
    assert engine.compiled_form(spec).info.classes == 1000


def test_a_compiled_form_that_was_cut_short_is_made_again(own_cache, tmp_path, monkeypatch):
    spec = zoo.image_network("efficientnet_lite0")
    folder = compiled._folder(spec, zoo.weights_path(spec))
    folder.mkdir(parents=True)
    for name in ("model.xml", "model.bin"):
        (folder / name).write_bytes(b"12345")
    info = folder / "info.json"
    for damaged in ('{"weights_bytes": 6}', '{"weights_', "{}", ""):
        info.write_text(damaged)
        assert not engine.is_compiled(spec)
    info.write_text('{"weights_bytes": 5}')
    assert engine.is_compiled(spec)
    assert engine.compiled_form(spec).place == folder
    info.write_text('{"weights_bytes": 6}')
    python = tmp_path / "python"
    python.write_text(
        '#!/bin/sh\nfor last; do :; done\ncd "$last"\n'
        "printf new > model.xml; printf new > model.bin; "
        "printf '{\"weights_bytes\": 3}' > info.json\n"
    )
    python.chmod(0o755)
    monkeypatch.setattr(compiled, "sys", type("Sys", (), {"executable": str(python)}))
    assert engine.compiled_form(spec).data("model.bin") == b"new"


def test_weights_that_are_damaged_and_have_no_checksum_are_a_sentence(own_cache, tmp_path):
    spec = zoo.image_network("mobilenet")  # its publisher gives none
    weights = own_cache / "downloads" / spec.weights.url.rsplit("/", 1)[-1]
    weights.parent.mkdir(parents=True)
    weights.write_bytes(b"not HDF5")
    with pytest.raises(WeightsUnavailableError, match=r"damaged.*graft fetch mobilenet"):
        conversion.convert(spec, tmp_path)


def test_the_remains_of_a_compiled_form_are_replaced(own_cache, tmp_path, monkeypatch):
    folder = own_cache / "compiled" / "form"
    folder.mkdir(parents=True)
    (folder / "model.bin").write_bytes(b"half")
    python = tmp_path / "python"
    python.write_text('#!/bin/sh\nfor last; do :; done\necho "{}" > "$last/info.json"\n')
    python.chmod(0o755)
    monkeypatch.setattr(compiled, "sys", type("Sys", (), {"executable": str(python)}))
    compiled._convert(zoo.image_network("mobilenet"), folder)
    assert [path.name for path in folder.iterdir()] == ["info.json"]


def test_the_disk_usage_counts_what_is_there(own_cache):
    (own_cache / "compiled" / "x").mkdir(parents=True)
    (own_cache / "compiled" / "x" / "model.bin").write_bytes(b"12345")
    usage = compiled.disk_usage()
    assert usage == {"compiled": 5, "packages": 0, "downloads": 0, "hub": 0}
    compiled.remove_compiled_forms()
    assert compiled.disk_usage()["compiled"] == 0


def test_openvino_reports_its_use_to_nobody(python):
    """Its package for that forks the process, whose child may hang, and asks the network."""
    code = """
import core.engine
from openvino.tools.ovc import telemetry_utils
print(telemetry_utils.tm.__name__)
"""
    assert python(code).strip() == "openvino.tools.ovc.telemetry_stub"
