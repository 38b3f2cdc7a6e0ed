"""Training on a few drawn pictures: every strategy, what it leaves alone, and what it exports."""

from __future__ import annotations

import subprocess
import sys
from functools import cache
from itertools import pairwise
from typing import get_args

import numpy as np
import pytest

from core import engine, zoo
from core.errors import InvalidInputError, UnknownNameError
from core.learning.feature_cache import FeatureCache
from core.media import encode_jpeg
from core.vision.photos import prepare_all
from core.vision.transfer import (
    STRATEGIES,
    ImageDataset,
    Strategy,
    TrainedModel,
    TrainingSettings,
    strategies,
    train,
)
from core.vision.transfer.augmentation import augment
from core.vision.transfer.classifiers import cuts, last_blocks, transfer_classifier
from core.vision.transfer.strategies import BY_NAME
from core.vision.transfer.training_run import TrainingRun, split_of
from core.zoo import image_network
from core.zoo.keras_runtime import keras

COLOURS = {"blue": (40, 60, 200), "green": (40, 180, 70), "red": (200, 50, 40)}


@pytest.fixture(scope="module")
def dataset() -> ImageDataset:
    """Twelve noisy pictures of each of three colours, easy to tell apart."""
    rng = np.random.default_rng(0)

    def picture(colour):
        noisy = np.array(colour) + rng.normal(0, 8, (100, 120, 3))
        return encode_jpeg(noisy.clip(0, 255).astype(np.uint8))

    return ImageDataset.from_classes(
        {name: [(f"{name}{i}.jpg", picture(c)) for i in range(12)] for name, c in COLOURS.items()}
    )


@pytest.fixture(scope="module")
def feature_cache() -> FeatureCache:
    """Features of the photos, as the training of `steps` has left them."""
    return FeatureCache()


@pytest.fixture(scope="module")
def steps(dataset, feature_cache):
    return list(train(dataset, TrainingSettings(strategy="features", seed=3), feature_cache))


@pytest.fixture(scope="module")
def last_step(dataset):
    """A function that trains with a strategy, once each, and returns the last step."""

    @cache
    def train_once(strategy):
        # one round, and for what learns many layers as few photos as show that it does
        rounds, photos = {"augment": (None, None)}.get(strategy, (1, 4))
        settings = TrainingSettings(strategy=strategy, epochs=rounds, photos_per_class=photos)
        *_, last = train(dataset, settings)
        return last

    return train_once


@pytest.fixture(scope="module")
def model(steps) -> TrainedModel:
    return steps[-1].model


def photos(dataset, positions):
    return [dataset.photos[i].data for i in positions]


def test_frozen_features_tell_colours_apart(dataset, steps, model):
    test = steps[-1].split.test
    probabilities = model.predict(photos(dataset, test))
    assert probabilities.shape == (len(test), 3)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-5)
    assert (probabilities.argmax(axis=1) == dataset.labels[test]).all()
    assert model.classes == ("blue", "green", "red")


def test_the_dense_layer_is_the_solution_that_scikit_learn_finds(dataset, steps, feature_cache):
    from sklearn.linear_model import LogisticRegression

    last = steps[-1]
    train_part = last.split.train
    x = feature_cache.stack("efficientnet_lite0", [dataset.digests[i] for i in train_part])
    scale = np.linalg.norm(x, axis=1).mean()
    peer = LogisticRegression(C=30, tol=1e-6, max_iter=1000)
    peer.fit(x / scale, dataset.labels[train_part])
    kernel, bias = last.best.weights["predictions"]
    ours = np.vstack([kernel * scale, bias])
    theirs = np.vstack([peer.coef_.T, peer.intercept_])
    ours, theirs = (part - part.mean(axis=1, keepdims=True) for part in (ours, theirs))
    temperature = (theirs * ours).sum() / (ours * ours).sum()
    np.testing.assert_allclose(ours * temperature, theirs, atol=0.02 * np.abs(theirs).max())


def keep_rounds(run, stage):
    """A stage whose rounds give the class of the first photos this probability."""
    run.begin_stage(10)
    targets = run.targets(run.split.validation)
    for number, probability in enumerate(stage):
        answers = np.where(targets == 1, 0.5, 0.25)
        answers[0] = np.where(targets[0] == 1, probability, (1 - probability) / 2)
        weights = {"predictions": [np.ones(1)], "round": [np.array(probability)]}
        is_last = number + 1 == len(stage)
        run.finish_epoch((0.0, 1.0), answers, lambda: None, weights, is_last=is_last)
    return float(run.best.weights["round"][0])


def test_the_planned_end_of_a_stage_stands_for_it_unless_validation_speaks_against_it(dataset):
    run = TrainingRun(dataset, TrainingSettings(), FeatureCache())
    assert keep_rounds(run, [0.6, 0.9, 0.7]) == 0.7
    assert keep_rounds(run, [0.4, 0.5]) == 0.7
    assert keep_rounds(run, [0.95, 0.8]) == 0.8


def test_a_difference_within_half_a_standard_error_does_not_speak_against_a_stage(dataset):
    run = TrainingRun(dataset, TrainingSettings(validation_share=0.5), FeatureCache())
    labels = run.targets(run.split.validation)

    def stage(certainties):
        run.begin_stage(10)
        rest = (1 - np.array(certainties)) / 2
        answers = np.where(labels == 1, np.array(certainties)[:, None], rest[:, None])
        weights = {"predictions": [np.ones(1)], "round": [answers[:, 0]]}
        run.finish_epoch((0.0, 1.0), answers, lambda: None, weights, is_last=True)
        return run.best.weights["round"][0] is weights["round"][0]

    half = len(labels) // 2
    assert stage([0.8] * half + [0.6] * (len(labels) - half))
    assert stage([0.6] * half + [0.79] * (len(labels) - half))  # a little worse, by chance
    assert not stage([0.5] * half + [0.6] * (len(labels) - half))  # worse on every photo


def test_steps_say_how_far_training_is(steps):
    shares = [step.share for step in steps]
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0, 1)
    assert [step.model is None for step in steps] == [True] * (len(steps) - 1) + [False]
    assert steps[-1].epochs[-1].validation_accuracy == 1
    assert all(a.seconds < b.seconds for a, b in pairwise(steps[-1].epochs))


def test_the_three_parts_share_no_photo_and_hold_every_class(dataset, steps):
    split = steps[0].split
    parts = (split.train, split.validation, split.test)
    assert sorted(np.concatenate(parts)) == list(range(36))
    assert all(set(dataset.labels[part]) == {0, 1, 2} for part in parts)


def test_the_seed_decides_which_photos_are_for_the_test(dataset):
    first, again, other = (
        split_of(dataset, TrainingSettings(seed=seed, photos_per_class=4)) for seed in (3, 3, 4)
    )
    for part in ("train", "validation", "test"):
        assert list(getattr(first, part)) == list(getattr(again, part))
        assert set(getattr(first, part)) != set(getattr(other, part))


def test_the_same_seed_gives_the_same_classifier(dataset, model):
    *_, again = train(dataset, TrainingSettings(seed=3))
    first, second = (m.predict(photos(dataset, range(6))) for m in (model, again.model))
    np.testing.assert_allclose(first, second, atol=1e-5)


def test_the_time_that_known_features_took_counts(dataset, steps, feature_cache):
    again = train(dataset, TrainingSettings(seed=3), feature_cache)
    step = next(step for step in again if step.stage == "computing features")
    again.close()
    assert step.seconds > sum(feature_cache.seconds.values()) > 0


def test_photos_per_class_bounds_the_training_part(dataset):
    step = next(train(dataset, TrainingSettings(photos_per_class=2)))
    assert sorted(dataset.labels[step.split.train]) == [0, 0, 1, 1, 2, 2]


def test_leaving_early_keeps_the_best_so_far(dataset):
    steps = train(dataset, TrainingSettings(seed=1))
    for step in steps:
        if len(step.epochs) == 2:
            steps.close()
            break
    rescued = TrainedModel.from_checkpoint(step.best)
    assert rescued.predict(photos(dataset, [0])).shape == (1, 3)


@pytest.mark.parametrize("strategy", ["augment", "fine_tune", "scratch", "plain", "initialise"])
def test_every_strategy_ends_in_a_classifier(dataset, last_step, strategy):
    last = last_step(strategy)
    probabilities = last.model.predict(photos(dataset, last.split.test))
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-5)
    assert len(last.novelty.validation) == len(last.split.validation)
    if last.settings.network is not None:  # one round does not teach random weights
        assert (probabilities.argmax(axis=1) == dataset.labels[last.split.test]).all()


def test_a_dense_layer_on_frozen_features_is_trained_without_tensorflow():
    code = """
import io, sys
import numpy as np
from PIL import Image
from core.vision.transfer import ImageDataset, TrainingSettings, train

def picture(level, i):
    buffer = io.BytesIO()
    Image.new("RGB", (64, 64), (level, 3 * i, 90)).save(buffer, "PNG")
    return f"{i}.png", buffer.getvalue()

dataset = ImageDataset.from_classes(
    {name: [picture(level, i) for i in range(6)] for name, level in (("dark", 10), ("red", 240))}
)
*_, last = train(dataset, TrainingSettings())
print(last.model.predict([photo.data for photo in dataset.photos]).shape, end=" ")
print("tensorflow" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split(") ") == ["(12, 2", "False\n"]


def test_every_strategy_says_what_it_freezes():
    assert list(STRATEGIES) == list(get_args(Strategy)) == list(BY_NAME)
    assert all(sentence.endswith(".") for sentence in STRATEGIES.values())


@pytest.mark.parametrize(
    ("strategy", "dropout", "augments"),
    [("plain", 0.0, False), ("dropout", 0.3, False), ("scratch", 0.3, True)],
)
def test_each_small_network_has_one_remedy_more(dataset, monkeypatch, strategy, dropout, augments):
    pictures = set()

    def watched(pixels):
        pictures.update(picture.tobytes() for picture in pixels)
        return pixels.astype(np.float32)

    monkeypatch.setattr(strategies, "_pixels", watched)
    run = WatchedRun(dataset, TrainingSettings(strategy=strategy, epochs=2), FeatureCache())
    for _ in BY_NAME[strategy](run):
        pass
    photos_of_both = run.photos(run.split.train_and_validation)
    as_they_are = {picture.tobytes() for picture in prepare_all(photos_of_both, 64)}
    if augments:  # new views in each epoch, of which none is the photo itself
        assert len(pictures) == 2 * len(run.split.train) + len(run.split.validation)
    else:
        assert pictures == as_they_are
    network, _ = run.last_round
    assert network.get_layer("dropout").rate == dropout


def test_training_figures_are_those_of_all_photos_of_an_epoch(greys, monkeypatch):
    train_on_batch, seen = keras().Model.train_on_batch, []

    def watched(self, x, y, **options):
        logs = train_on_batch(self, x, y, **options)
        seen.append((len(x), logs["cross_entropy"], logs["accuracy"]))
        return logs

    monkeypatch.setattr(keras().Model, "train_on_batch", watched)
    dataset = greys(30)
    run = TrainingRun(dataset, TrainingSettings(strategy="plain", epochs=1), FeatureCache())
    for _ in BY_NAME["plain"](run):
        pass
    sizes, losses, accuracies = np.array(seen).T
    assert len(sizes) == 2 and sizes.sum() == len(run.split.train)
    (epoch,) = run.epochs
    assert epoch.loss == pytest.approx(np.average(losses, weights=sizes))
    assert epoch.accuracy == pytest.approx(np.average(accuracies, weights=sizes))


class WatchedRun(TrainingRun):
    """A run that keeps the weights of its last round, whether they are the best or not."""

    def finish_epoch(self, training, answers, assemble, weights, **options):
        self.last_round = assemble(), weights
        return super().finish_epoch(training, answers, assemble, weights, **options)


def test_fine_tuning_leaves_early_layers_and_batch_statistics_alone(dataset):
    settings = TrainingSettings(strategy="fine_tune", epochs=1, photos_per_class=4)
    run = WatchedRun(dataset, settings, FeatureCache())
    for _ in BY_NAME["fine_tune"](run):
        pass
    before, trained = run.last_round
    assert "predictions" in trained
    assert "stem_conv" not in trained
    normalisations, changed = 0, []
    for layer in before.layers:
        if layer.name not in trained or layer.name == "predictions":
            continue
        same = all(map(np.array_equal, layer.get_weights(), trained[layer.name]))
        if isinstance(layer, keras().layers.BatchNormalization):
            assert same
            normalisations += 1
        elif not same:
            changed.append(layer.name)
    assert normalisations > 10
    assert len(changed) > 10


def test_fine_tuning_begins_at_the_layer_that_is_chosen(dataset):
    depth = "block7a_expand_activation"
    settings = TrainingSettings(
        strategy="fine_tune", epochs=1, photos_per_class=4, depth=depth, learning_rate=5e-3
    )
    run = WatchedRun(dataset, settings, FeatureCache())
    for _ in BY_NAME["fine_tune"](run):
        pass
    network, trained = run.last_round
    frozen = {
        layer.name: layer.get_weights() for layer in network.layers if layer.name not in trained
    }
    for name, weights in trained.items():
        network.get_layer(name).set_weights(weights)
    names = [layer.name for layer in network.layers]
    last = names.index(depth)
    assert not {*trained} & {*names[: last + 1]}
    assert {name for name in names[last + 1 :] if network.get_layer(name).weights} == {*trained}
    original = transfer_classifier(image_network("efficientnet_lite0"), 3)
    for name, weights in frozen.items():  # to the bit
        assert all(map(np.array_equal, original.get_layer(name).get_weights(), weights))
    assert not np.array_equal(
        trained["top_conv"][0], original.get_layer("top_conv").get_weights()[0]
    )


def test_a_layer_at_which_the_network_cannot_be_divided_is_refused(dataset):
    inside = TrainingSettings(strategy="fine_tune", photos_per_class=4, depth="block2b_project_bn")
    with pytest.raises(UnknownNameError, match="layer at which this network can be divided"):
        list(train(dataset, inside))


@pytest.mark.parametrize("setting", [{"learning_rate": 1.0}, {"dropout": 0.95}])
def test_rates_out_of_bounds_are_refused(dataset, setting):
    with pytest.raises(InvalidInputError, match=f"Expected {next(iter(setting))} from"):
        list(train(dataset, TrainingSettings(**setting)))


def test_paths_meet_where_a_network_can_be_divided():
    whole, *places = cuts(transfer_classifier(image_network("efficientnet_lite0"), 3))
    assert whole == "preprocess"
    assert places[0] == "stem_activation"
    assert "block2b_add" in places  # a shortcut ends
    assert "block2b_expand_activation" not in places  # it leads past this
    assert places[-1] == "block7a_project_bn"  # after which top_conv learns


def test_fine_tuning_begins_where_the_last_resolution_does():
    model = transfer_classifier(image_network("efficientnet_lite0"), 3)
    assert last_blocks(model) == "block6a_expand_activation"
    assert model.get_layer("block6a_expand_activation").output.shape[1:3] == (14, 14)


def test_views_are_random_parts_decided_by_the_generator(cat):
    one, same, other = (augment(cat, 64, np.random.default_rng(seed)) for seed in (0, 0, 1))
    assert one.shape == (64, 64, 3)
    np.testing.assert_array_equal(one, same)
    assert np.abs(one.astype(int) - other).mean() > 5


def test_an_unknown_strategy_is_refused_with_the_close_ones(dataset):
    with pytest.raises(UnknownNameError, match="fine_tune"):
        next(train(dataset, TrainingSettings(strategy="finetune")))


@pytest.mark.parametrize(
    "settings", [TrainingSettings(test_share=0), TrainingSettings(validation_share=1.5)]
)
def test_shares_out_of_bounds_are_refused(dataset, settings):
    with pytest.raises(InvalidInputError, match="between 0 and 1"):
        next(train(dataset, settings))


def test_a_class_with_too_few_photos_is_named(dataset):
    poor = dataset.without(range(3, 12))
    with pytest.raises(InvalidInputError, match="blue"):
        next(train(poor, TrainingSettings()))


def test_a_module_that_cannot_be_read_is_no_backbone(dataset, tmp_path):
    (tmp_path / "saved_model.pb").touch()
    with pytest.raises(InvalidInputError, match="no SavedModel"):
        list(train(dataset, TrainingSettings(backbone=str(tmp_path))))


@pytest.mark.slow
@pytest.mark.parametrize("backbone", ["efficientnet_lite2", "hed_vgg16"])
@pytest.mark.parametrize("strategy", ["features", "fine_tune"])
def test_every_network_on_disk_can_be_the_backbone(dataset, backbone, strategy):
    settings = TrainingSettings(strategy=strategy, backbone=backbone, epochs=5)
    *_, last = train(dataset, settings)
    test = last.split.test
    assert (last.model.predict(photos(dataset, test)).argmax(axis=1) == dataset.labels[test]).all()


@pytest.mark.slow
@pytest.mark.parametrize(
    "backbone", ["mobilenet_v3_small", "densenet121", "xception", "convnext_tiny"]
)
def test_networks_of_other_families_are_cut_and_saved_alike(backbone, tmp_path, monkeypatch):
    monkeypatch.setattr(zoo, "weights_path", lambda spec: None)  # random ones will do
    model = transfer_classifier(image_network(backbone), 3)
    last = model.get_layer("pool").input.shape[1]
    cut = model.get_layer(last_blocks(model)).output.shape[1]
    assert 2 * last - 1 <= cut <= 2 * last + 3  # some are padded before they are halved
    model.save(tmp_path / "model.keras")
    again = keras().models.load_model(tmp_path / "model.keras", safe_mode=True)
    pixels = np.random.default_rng(0).uniform(0, 255, (1, *model.input_shape[1:]))
    np.testing.assert_array_equal(model.predict_on_batch(pixels), again.predict_on_batch(pixels))


@pytest.mark.slow
def test_cats_and_dogs_are_told_apart_in_a_minute(shared_data):
    dataset = ImageDataset.from_zip(shared_data / "cats_dogs.zip")
    *_, last = train(dataset, TrainingSettings(strategy="features"))
    probabilities = last.model.predict(photos(dataset, last.split.test))
    accuracy = (probabilities.argmax(axis=1) == dataset.labels[last.split.test]).mean()
    print(f"cats and dogs: {accuracy:.4f} of {len(last.split.test)} photos in {last.seconds:.0f} s")
    assert accuracy >= 0.985
    assert engine.pool.statistics().used <= engine.pool.statistics().budget


@pytest.mark.slow
def test_fine_tuning_pays_on_flowers(shared_data):
    dataset = ImageDataset.from_zip(shared_data / "flowers.zip")
    accuracies = {}
    for strategy in ("features", "fine_tune"):
        *_, last = train(dataset, TrainingSettings(strategy=strategy))
        probabilities = last.model.predict(photos(dataset, last.split.test))
        hits = probabilities.argmax(axis=1) == dataset.labels[last.split.test]
        accuracies[strategy] = hits.mean()
        print(f"flowers, {strategy}: {hits.mean():.4f} in {last.seconds:.0f} s")
    assert accuracies["features"] >= 0.90
    assert accuracies["fine_tune"] > accuracies["features"]
    assert accuracies["fine_tune"] >= 0.93
