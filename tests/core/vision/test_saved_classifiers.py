"""A classifier that somebody has trained and saved is a network like any other."""

from __future__ import annotations

import numpy as np
import pytest

from core import engine, zoo
from core.errors import InvalidInputError, UnknownNameError
from core.tasks.photos import CLASSIFY
from core.tasks.task import CSV
from core.vision.classification import classify, classify_all, embed
from core.vision.comparison import by_classes, compare
from core.vision.explanation import activations, explain, layers, methods
from core.vision.transfer import ImageDataset, TrainingSettings, saved, train


@pytest.fixture(scope="module")
def name(kept, own_photos):
    return kept.photos(own_photos.model)


def test_it_predicts_what_it_did_when_it_was_trained(name, own_photos):
    probabilities = own_photos.model.predict(own_photos.photos)
    for photo, scores in zip(own_photos.photos, probabilities, strict=True):
        answer = classify(photo, backbone=name)
        order = np.argsort(-scores)
        assert answer.labels == tuple(own_photos.model.classes[i] for i in order)
        np.testing.assert_array_equal(answer.scores, scores[order])
        assert (answer.backbone, answer.precision, answer.wnids) == (name, "f32", ("",) * 3)


def test_as_many_classes_come_as_it_has(name, own_photos):
    photo = own_photos.photos[0]
    assert [len(classify(photo, backbone=name, top_k=k).labels) for k in (1, 2, 3, 1000)] == [
        1,
        2,
        3,
        3,
    ]
    with pytest.raises(InvalidInputError, match=r"1\.\.1000"):
        classify(photo, backbone=name, top_k=0)


def test_many_photos_are_classified_and_embedded(name, own_photos, cat):
    answers = list(classify_all([*own_photos.photos, cat], backbone=name))
    assert [a.labels[0] for a in answers[:-1]] == [
        classify(photo, backbone=name).labels[0] for photo in own_photos.photos
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRAFT_PRECISION", "f32")
        np.testing.assert_allclose(embed([cat], backbone=name), embed([cat]), atol=1e-4)


def test_it_says_none_of_these_where_it_is_asked(name, own_photos, cat):
    known = own_photos.photos[0]
    assert classify(cat, backbone=name).none_of_these is None
    for photo in (known, cat):
        plain, asked = (
            classify(photo, backbone=name),
            classify(photo, backbone=name, none_of_these=0),
        )
        *_, (_, embedding) = own_photos.model.outputs([photo])
        assert asked.none_of_these is bool(own_photos.model.novelty.is_novel(embedding, 0)[0])
        assert (asked.labels, asked.scores.tolist()) == (plain.labels, plain.scores.tolist())
    assert classify(cat, backbone=name, none_of_these=0).none_of_these
    assert not classify(known, backbone=name, none_of_these=0).none_of_these
    row = CLASSIFY.files[CSV](classify(cat, backbone=name, none_of_these=0.05)).decode()
    assert row.startswith("none_of_these,label_1") and "\nTrue," in row


def test_a_network_that_cannot_say_none_of_these_is_refused(name, cat):
    with pytest.raises(InvalidInputError, match=r"none of these.*EfficientNet-Lite0"):
        classify(cat, none_of_these=0.05)
    with pytest.raises(InvalidInputError, match="share of known examples"):
        classify(cat, backbone=name, none_of_these=1.0)


def test_it_is_explained_by_its_own_classes(name, own_photos):
    photo = own_photos.photos[0]
    expected = own_photos.model.explain(photo, target="red")
    received = explain(photo, backbone=name, target="red")
    np.testing.assert_array_equal(received.values, expected.values)
    assert (received.label, received.wnid, received.score) == ("red", "", expected.score)
    with pytest.raises(InvalidInputError, match="one of 3 classes"):
        explain(photo, backbone=name, target="tabby")


def test_every_method_of_a_network_with_a_linear_head_explains_it(name, own_photos):
    assert methods(name) == ("cam", "grad_cam", "occlusion")
    photo = own_photos.photos[0]
    maps = {method: explain(photo, backbone=name, method=method) for method in methods(name)}
    by_gradient = np.maximum(maps["cam"].values, 0) / maps["cam"].values.size
    np.testing.assert_allclose(maps["grad_cam"].values, by_gradient, rtol=1e-3, atol=1e-5)
    assert maps["occlusion"].values.shape == (12, 12)


def test_its_layers_are_those_of_its_backbone(name, cat):
    spec, base = zoo.image_network(name), zoo.image_network("efficientnet_lite0")
    assert spec.feature_layers == base.feature_layers
    assert set(spec.feature_layers) <= set(layers(name))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRAFT_PRECISION", "f32")
        own, theirs = (activations(cat, backbone=n, layer="stem_conv") for n in (name, base.name))
    np.testing.assert_allclose(own.values, theirs.values, atol=1e-4)


def test_it_is_compared_with_networks_of_the_zoo(name, own_photos):
    *_, last = compare(own_photos.photos[:1], [name, "efficientnet_lite0"])
    mine, theirs = last.results
    assert mine.measurement.parameters > 3e6
    assert {label for c in mine.classifications for label in c.labels} == {"blue", "green", "red"}
    groups = by_classes([mine, theirs, mine])
    assert [[result.backbone for result in group] for group in groups] == [
        [name, name],
        ["efficientnet_lite0"],
    ]
    assert len(theirs.classifications[0].labels) == 5


def test_an_accuracy_is_its_own_and_none_is_published(name):
    spec = zoo.image_network(name)
    assert spec.published is None
    assert (spec.tested.accuracy, spec.tested.examples) == (0.975, 40)


@pytest.mark.parametrize("wrong", ["kept:", "kept:99", "kept:../0"])
def test_a_name_that_stands_for_nothing_is_refused_and_tells_of_no_other(name, cat, wrong):
    with pytest.raises(UnknownNameError, match="no saved classifier") as refusal:
        classify(cat, backbone=wrong)
    assert name not in str(refusal.value)


def test_a_prefix_that_nobody_resolves_is_an_unknown_name(cat):
    with pytest.raises(UnknownNameError, match="no network named 'lost:1'"):
        classify(cat, backbone="lost:1")


def test_it_lives_in_the_pool_and_is_evicted_like_others(name, cat, monkeypatch):
    classify(cat, backbone=name)
    (entry,) = [e for e in engine.pool.entries() if e.key == engine.NetworkKey(name, None, "f32")]
    assert entry.bytes == engine.predictor(name).bytes > 10e6
    monkeypatch.setenv("GRAFT_MEMORY_BUDGET_MIB", str(entry.bytes // 2**20 + 40))
    monkeypatch.setenv("GRAFT_PRECISION", "f32")
    engine.pool.evict(engine.NetworkKey("efficientnet_lite0", None, "f32"))
    classify(cat)
    assert entry.key not in [e.key for e in engine.pool.entries()]
    assert classify(cat, backbone=name).labels[0] in ("blue", "green", "red")


def test_who_works_with_it_goes_on_when_it_is_deleted(kept, own_photos, cat):
    name = kept.photos(own_photos.model)
    network, before = engine.predictor(name), classify(cat, backbone=name)
    kept.forget(name)
    (scores,) = network(np.zeros((1, 224, 224, 3), np.uint8), "scores")
    assert scores.shape == (1, 3)
    assert before.labels[0] in network.labels.names
    with pytest.raises(UnknownNameError):
        classify(cat, backbone=name)


def test_other_classifiers_are_not_taken_for_networks_of_photos(kept, sound_head, cat):
    name = kept.sounds(sound_head, "Noises")
    with pytest.raises(InvalidInputError, match="Received: Noises, a classifier of sound"):
        classify(cat, backbone=name)


def test_its_backbone_is_named_where_another_is_to_be_trained_on_it(name, greys):
    dataset: ImageDataset = greys(8)
    with pytest.raises(InvalidInputError, match="choose the network that it was trained on"):
        list(train(dataset, TrainingSettings(backbone=name)))


def test_its_file_makes_the_same_classifier_again(kept, own_photos, tmp_path):
    name = kept.photos(own_photos.model)
    model = saved.model_of(name)
    kept.forget(name)
    assert model.classes == own_photos.model.classes
    np.testing.assert_array_equal(
        model.predict(own_photos.photos), own_photos.model.predict(own_photos.photos)
    )
    model.export(tmp_path / "mine.zip")
    assert (tmp_path / "mine.zip").stat().st_size > 10e6
    with pytest.raises(InvalidInputError, match="a saved classifier"):
        saved.model_of("efficientnet_lite0")
