"""A hidden layer between features and dense layer: trained, explained, exported, kept, refused."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace

import numpy as np
import pytest

from core import engine
from core.errors import InvalidInputError
from core.learning import resuming
from core.learning.feature_cache import FeatureCache
from core.learning.resuming import ResumePoint
from core.vision.explanation import explain, methods
from core.vision.preparation import prepare
from core.vision.transfer import (
    ImageDataset,
    TrainingSettings,
    evaluated,
    exported,
    saved,
    train,
    trained_model,
)
from core.vision.transfer.known_photos import learn_known
from core.vision.transfer.strategies import BY_NAME
from core.vision.transfer.trained_model import TrainedModel
from core.vision.transfer.training import train_on_all
from core.vision.transfer.training_run import TrainingRun
from core.zoo.keras_runtime import keras

UNITS = 16
SETTINGS = TrainingSettings(hidden_units=UNITS, seed=2)


@pytest.fixture(scope="module")
def dataset(greys) -> ImageDataset:
    return greys(12)


@pytest.fixture(scope="module")
def cache() -> FeatureCache:
    return FeatureCache()


@pytest.fixture(scope="module")
def last(dataset, cache):
    *_, step = train(dataset, SETTINGS, cache)
    return evaluated(dataset, step)[0]


@pytest.fixture(scope="module")
def photos(dataset, last) -> list[bytes]:
    return [dataset.photos[i].data for i in last.split.test]


@pytest.fixture(scope="module")
def name(kept, last):
    return kept.photos(last.model)


@pytest.fixture(scope="module")
def archive(last, tmp_path_factory):
    path = tmp_path_factory.mktemp("hidden") / "kept.zip"
    last.model.write_archive(path)
    return path


def test_it_learns_with_an_epoch_on_the_curve_for_each_pass(dataset, last, photos):
    probabilities = last.model.predict(photos)
    assert (probabilities.argmax(axis=1) == dataset.labels[last.split.test]).all()
    assert [*last.best.weights] == ["hidden", "predictions"]
    assert [w.shape for ws in last.best.weights.values() for w in ws] == [
        (1280, UNITS),
        (UNITS,),
        (UNITS, 2),
        (2,),
    ]
    assert last.epochs[-1].loss < last.epochs[0].loss
    *_, again = train(dataset, replace(SETTINGS, epochs=2, learning_rate=1e-4, dropout=0.9))
    assert len(again.epochs) == 2 and again.epochs[-1].loss > last.epochs[1].loss


def test_the_same_seed_gives_the_same_classifier(dataset, last, photos, cache):
    *_, again = train(dataset, SETTINGS, cache.copy())
    np.testing.assert_allclose(again.model.predict(photos), last.model.predict(photos), atol=1e-5)


def test_its_embedding_is_the_hidden_layer(last, photos, dataset, cache):
    hidden, bias = last.best.weights["hidden"]
    pixels = np.stack([prepare(photo, 224) for photo in photos])
    (pooled,) = engine.predictor("efficientnet_lite0", precision="f32")(pixels, "embedding")
    ((scores, embedding),) = last.model.outputs(photos)
    np.testing.assert_allclose(embedding, np.maximum(pooled @ hidden + bias, 0), atol=1e-3)
    kernel, bias = last.best.weights["predictions"]
    logits = embedding @ kernel + bias
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    np.testing.assert_allclose(scores, powers / powers.sum(axis=1, keepdims=True), atol=1e-5)


def test_none_of_these_is_said_by_the_hidden_units(dataset, last, cat):
    """Known features come from the cache, or all photos go through the classifier."""
    novelty = last.model.novelty
    assert novelty.kernel.shape == (UNITS, 2)
    *_, (_, embedding) = last.model.outputs([cat])
    assert np.isfinite(novelty.distances(embedding)).all()
    for _ in learn_known(last.model, last.best, dataset, last.split):
        pass
    np.testing.assert_allclose(
        last.model.novelty.validation, novelty.validation, atol=0.05 * np.ptp(novelty.validation)
    )
    last.model.novelty = novelty


def test_a_class_is_explained_by_what_is_linear_around_the_photo(last, photos):
    """A map's mean and the biases add up to the logit; it is CAM's, of the units that are on."""
    found, other = (last.model.explain(photos[0], target=c) for c in ("dark", "light"))
    assert found.method == "cam" and found.values.shape == (7, 7)
    (hidden, hidden_bias), (kernel, bias) = last.best.weights.values()
    pixels = prepare(photos[0], 224)[None]
    network = last.model.predictor
    scores, embedding, features = network(pixels, "scores", "embedding", network.info.features)
    on = embedding[0] > 0
    assert 0 < on.sum() < UNITS
    weights = hidden[:, on] @ kernel[on]
    np.testing.assert_allclose(found.values, features[0] @ weights[:, 0], atol=1e-3)
    rest = hidden_bias[on] @ kernel[on] + bias
    logits = np.array([found.values.mean(), other.values.mean()]) + rest
    np.testing.assert_allclose(np.diff(logits), np.diff(np.log(scores[0])), rtol=1e-3)


def test_grad_cam_is_the_positive_part_of_that_map(name, photos):
    assert methods(name) == ("cam", "grad_cam", "occlusion")
    cam, grad_cam = (
        explain(photos[0], backbone=name, method=method).values for method in ("cam", "grad_cam")
    )
    positive = np.maximum(cam, 0)
    assert positive.max() > 0
    np.testing.assert_allclose(grad_cam * 49, positive, atol=1e-3 * positive.max())


@pytest.fixture
def in_this_process(monkeypatch):
    """Files are opened and written here, which saves starting TensorFlow each time."""
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "-1")
    monkeypatch.setattr(exported, "_limit_memory", lambda: None)
    monkeypatch.setattr(
        trained_model, "run_in_process", lambda work, *arguments, background: work(*arguments)
    )


@pytest.mark.slow  # processes with TensorFlow write and read its files
def test_its_keras_file_is_the_same_network(last, photos, tmp_path, in_this_process):
    last.model.export(tmp_path / "mine.keras")
    network = keras().models.load_model(tmp_path / "mine.keras")
    pixels = np.stack([prepare(photo, 224) for photo in photos]).astype(np.float32)
    outputs = keras().Model(network.input, [network.output, network.layers[-1].input])
    scores, embedding = outputs.predict_on_batch(pixels)
    ((expected, others),) = last.model.outputs(photos)
    np.testing.assert_allclose(scores, expected, atol=1e-4)
    np.testing.assert_allclose(embedding, others, atol=1e-3)

    again = TrainedModel.load((tmp_path / "mine.keras").read_bytes())
    ((scores, embedding),) = again.outputs(photos)
    np.testing.assert_allclose(scores, expected, atol=1e-4)
    np.testing.assert_allclose(embedding, others, atol=1e-3)
    seen = [model.explain(photos[0]).values for model in (again, last.model)]
    np.testing.assert_allclose(*seen, atol=1e-2 * np.abs(seen[1]).max())
    again.write_archive(tmp_path / "again.zip")
    saved.check(tmp_path / "again.zip")


def rewritten(archive, path, **arrays):
    """A copy of a file with some arrays changed; None leaves one out."""
    with zipfile.ZipFile(archive) as old, zipfile.ZipFile(path, "w") as new:
        for member in old.namelist():
            data = old.read(member)
            if member == "head.npz":
                with np.load(io.BytesIO(data)) as head:
                    parts = {key: head[key] for key in head.files} | arrays
                buffer = io.BytesIO()
                np.savez(buffer, **{k: v for k, v in parts.items() if v is not None})
                data = buffer.getvalue()
            if member in arrays:
                buffer = io.BytesIO()
                np.save(buffer, arrays[member])
                data = buffer.getvalue()
            new.writestr(member, data)
    return path


def test_it_is_kept_like_others(archive, name, last, photos, tmp_path):
    saved.check(archive)
    again = TrainedModel.from_archive(archive)
    np.testing.assert_allclose(again.predict(photos), last.model.predict(photos), atol=1e-6)
    spec = saved.network_of("own:it", "It", archive)
    assert spec.head == "hidden" and spec.feature_layers
    rewritten(archive, tmp_path / "same.zip")
    saved.check(tmp_path / "same.zip")


F32 = np.float32


@pytest.mark.parametrize(
    "arrays",
    [
        {"hidden_kernel": np.zeros((1280, UNITS + 1), F32)},
        {"hidden_kernel": np.zeros((7, UNITS), F32)},
        {"hidden_kernel": np.full((1280, UNITS), np.nan, F32)},
        {"hidden_kernel": np.zeros(UNITS, F32)},
        {"hidden_kernel": None},
        {"hidden_kernel": None, "hidden_bias": None},
        {"hidden_bias": np.zeros(3, F32)},
        {"hidden.npy": np.zeros((7, UNITS), F32)},
        {"hidden.npy": np.zeros((1280, 7), F32)},
        {"hidden.npy": np.full((1280, UNITS), np.inf, F32)},
        {"hidden.npy": np.array([{}], object)},
        {"head.npy": np.zeros((1280, 2), F32)},
    ],
)
def test_damaged_arrays_are_refused(archive, tmp_path, arrays):
    with pytest.raises(InvalidInputError, match="classifier of photos that was saved here"):
        saved.check(rewritten(archive, tmp_path / "changed.zip", **arrays))


def points_and_last(steps):
    points = []
    for step in steps:
        if step.resume_point is not None and step.resume_point not in points[-1:]:
            points.append(step.resume_point)
    return points, step


@pytest.mark.parametrize("strategy", ["features", "augment"])
def test_it_goes_on_with_its_next_epoch(dataset, photos, monkeypatch, strategy):
    settings = replace(SETTINGS, strategy=strategy, epochs=4)
    monkeypatch.setattr(resuming, "EVERY_S", 0.0)
    points, whole = points_and_last(train(dataset, settings))
    half = next(p for p in points if len(p.about.get("rounds", {}).get("epochs", ())) == 2)
    steps = list(train(dataset, settings, resume=ResumePoint.from_bytes(half.to_bytes())))
    assert len(steps[0].epochs) == 2 and len(steps[-1].epochs) == len(whole.epochs) == 4
    np.testing.assert_allclose(
        steps[-1].model.predict(photos), whole.model.predict(photos), atol=1e-5
    )
    for arrays in ({"hidden": half.arrays["hidden"][:-1]}, {"best": half.arrays["best"][:-1]}):
        damaged = replace(half, arrays={**half.arrays, **arrays})
        with pytest.raises(InvalidInputError, match="damaged"):
            list(train(dataset, settings, resume=damaged))


class WatchedRun(TrainingRun):
    """A run that keeps the weights of its last epoch, whether they are the best or not."""

    def finish_epoch(self, training, answers, assemble, weights, **options):
        self.last_epoch = assemble, weights, options.get("backbone")
        return super().finish_epoch(training, answers, assemble, weights, **options)


def test_fine_tuning_starts_from_it_and_leaves_what_is_below_alone(dataset, cache):
    depth = "block7a_expand_activation"
    settings = replace(SETTINGS, strategy="fine_tune", epochs=1, photos_per_class=4, depth=depth)
    run = WatchedRun(dataset, settings, cache.copy())
    for _ in BY_NAME["fine_tune"](run):
        pass
    assemble, trained, backbone = run.last_epoch
    assert backbone is None and "hidden" in trained and "stem_conv" not in trained
    assert [epoch.stage for epoch in run.epochs] == [0, 1]
    network, untouched = assemble(), assemble()
    for layer, weights in trained.items():
        network.get_layer(layer).set_weights(weights)
    for layer in untouched.layers[: [one.name for one in untouched.layers].index(depth) + 1]:
        assert layer.name not in trained
        own = network.get_layer(layer.name).get_weights()
        assert all(map(np.array_equal, own, layer.get_weights()))
    assert network.get_layer("hidden").activation is keras().activations.relu


@pytest.mark.slow  # processes with TensorFlow write and read its files
def test_a_small_network_has_it_too_and_so_have_its_files(dataset, tmp_path, in_this_process):
    settings = replace(SETTINGS, strategy="scratch", epochs=1, hidden_units=8)
    *_, step = train(dataset, settings)
    photo = dataset.photos[0].data
    ((_, embedding),) = step.model.outputs([photo])
    assert embedding.shape == (1, 8)
    assert step.model.explain(photo).method == "cam"
    step.model.write_archive(tmp_path / "small.zip")
    saved.check(tmp_path / "small.zip")
    *_, check = step.model.checking([photo], (".zip", ".tflite", ".onnx"))
    assert len(check.differences) == 3 and check.largest < 1e-4


def test_on_all_photos_it_says_nothing_of_other_photos(dataset, last):
    """The hidden layer is another, so that distances of before say nothing."""
    *_, again = train_on_all(dataset, last.settings, last.epochs, last.card, last.model.novelty)
    assert last.model.novelty is not None
    assert again.model.novelty is None and again.card.none_of_these is None


@pytest.mark.parametrize("units", [7, 1025, 16.5])
def test_a_size_out_of_bounds_is_refused(dataset, units):
    with pytest.raises(InvalidInputError, match="Expected hidden_units from 8 to 1024"):
        next(train(dataset, TrainingSettings(hidden_units=units)))


def test_its_gradients_are_those_of_the_graph(last, photos):
    """What `class_weights` says is the slope of the logit by a channel's mean."""
    network = last.model.predictor
    (embedding,) = network(prepare(photos[0], 224)[None], "embedding")
    weights = network.class_weights(embedding[0], 1)
    hidden, hidden_bias = last.best.weights["hidden"]
    kernel, _ = last.best.weights["predictions"]
    (pooled,) = engine.predictor("efficientnet_lite0", precision="f32")(
        prepare(photos[0], 224)[None], "embedding"
    )

    def logit(features):
        units = np.maximum(features.astype(np.float64) @ hidden + hidden_bias, 0)
        return units @ kernel[:, 1]

    for channel in np.argsort(-np.abs(weights))[:5]:
        nudge = np.zeros(1280)
        nudge[channel] = 1e-5
        slope = (logit(pooled[0] + nudge) - logit(pooled[0] - nudge)) / 2e-5
        assert slope == pytest.approx(weights[channel], rel=1e-2)
