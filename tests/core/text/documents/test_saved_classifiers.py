"""A saved classifier of texts reads like the models that ship."""

from __future__ import annotations

import numpy as np
import pytest

from core import engine
from core.errors import InvalidInputError, UnknownNameError
from core.text import documents
from core.text.encoders import encode
from core.text.transfer.dataset import TextDataset
from core.text.transfer.training import DocumentTrainingSettings, train

TEXTS = ["a long wave in the harbour", "the pilot and a cloud", "", "42"]


@pytest.fixture(scope="module")
def model(stories):
    dataset = TextDataset.from_classes(stories(12))
    *_, last = train(dataset, DocumentTrainingSettings(evidence="words"))
    return last.model


@pytest.fixture(scope="module")
def name(kept, model):
    return kept.texts(model)


def test_it_predicts_what_it_did_when_it_was_trained(name, model):
    assert documents.classes(name) == model.classes == ("sea", "sky")
    probabilities = documents.predict(TEXTS, model=name)
    np.testing.assert_array_equal(probabilities, model.predict(TEXTS))
    assert probabilities[:2].argmax(axis=1).tolist() == [0, 1]


def test_the_models_that_ship_keep_their_classes():
    assert documents.classes() == documents.classes("svm") == documents.CLASSES


def test_it_is_read_from_its_file_once(name, model):
    documents.predict(TEXTS, model=name)
    key = engine.NetworkKey(name, None, "f32")
    before = next(e for e in engine.pool.entries() if e.key == key)
    documents.predict(TEXTS, model=name)
    after = next(e for e in engine.pool.entries() if e.key == key)
    assert after.value is before.value
    assert after.requests > before.requests
    assert after.bytes >= model.term_weights.nbytes


def test_one_string_is_refused_as_by_other_models(name):
    with pytest.raises(InvalidInputError, match="put texts into a list"):
        documents.predict("one text", model=name)


def test_another_kind_of_classifier_is_refused_with_its_title(kept, sound_head):
    name = kept.sounds(sound_head, "Noises")
    for ask in (documents.classes, lambda model: documents.predict(TEXTS, model=model)):
        with pytest.raises(InvalidInputError, match="Noises, a network for sounds"):
            ask(name)


def test_it_is_no_encoder(name):
    with pytest.raises(InvalidInputError, match="Stories, a classifier of text"):
        encode(TEXTS, encoder=name)


def test_a_name_that_stands_for_nothing_is_refused(name):
    with pytest.raises(UnknownNameError, match="no saved classifier"):
        documents.predict(TEXTS, model="kept:nothing")
    with pytest.raises(UnknownNameError, match="no model named 'nothing'"):
        documents.predict(TEXTS, model="nothing")
