import numpy as np
import pytest

from core.errors import InvalidInputError
from core.sound.heads import INVERSE_PENALTIES, choose_penalty, fit_head


def examples(classes, seed=0, count=20, dimension=60):
    generator = np.random.default_rng(seed)
    centres = np.random.default_rng(9).normal(size=(classes, dimension))
    labels = np.repeat(np.arange(classes), count)
    vectors = centres[labels] + generator.normal(0, 0.3, (len(labels), dimension))
    return vectors.astype(np.float32), labels


@pytest.mark.parametrize("classes", [2, 5])
def test_a_head_knows_what_is_like_what_it_has_learned(classes):
    vectors, labels = examples(classes)
    names = tuple("abcde"[:classes])
    head = fit_head([vectors[:, :20], vectors[:, 20:]], labels, names, ("photos", "birds"), 5.0)
    new, truth = examples(classes, seed=1)
    assert (head.logits(new).argmax(axis=1) == truth).all()
    assert head.classes == names


def test_a_class_without_examples_is_never_the_answer():
    vectors, labels = examples(3)
    head = fit_head([vectors], labels, ("a", "b", "c", "never"), (), 5.0)
    assert head.predict(vectors)[:, 3].max() == 0


def test_a_source_of_larger_numbers_has_no_larger_say():
    vectors, labels = examples(3)
    parts = [vectors[:, :30], vectors[:, 30:]]
    usual = fit_head(parts, labels, "abc", (), 5.0)
    louder = fit_head([parts[0], 50 * parts[1]], labels, "abc", (), 5.0)
    given = np.concatenate([parts[0], 50 * parts[1]], axis=1)
    np.testing.assert_allclose(louder.logits(given), usual.logits(vectors), atol=0.1)


def test_a_penalty_is_as_strong_as_the_labels_are_random():
    vectors, labels = examples(3)
    folds = np.arange(len(labels)) % 2
    assert choose_penalty([vectors], labels, "abc", folds) == max(INVERSE_PENALTIES)
    guessed = np.random.default_rng(0).permutation(labels)
    assert choose_penalty([vectors], guessed, "abc", folds) == min(INVERSE_PENALTIES)


def test_a_penalty_needs_two_folds():
    vectors, labels = examples(3)
    folds = np.arange(len(labels)) % 2
    with pytest.raises(InvalidInputError, match="two folds"):
        choose_penalty([vectors], labels, "abc", folds * 0)
